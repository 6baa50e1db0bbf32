// What the demo partners and the connectors to them share: secrets and addresses, in <data>/demo.env, readable by its
// owner alone. A variable that is set in the environment wins; the rest is made once per data folder.
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { hashApiKey, newApiKey } from '@ess/runtime/access/api-key.ts';

const SECRETS = {
  HOSPITAL_SECRET: () => randomBytes(18).toString('base64url'),
  HOSPITAL_SIGNING_SECRET: () => `whsec_${randomBytes(24).toString('base64')}`,
  COUNTY_EMS_TOKEN: () => randomBytes(18).toString('base64url'),
  CLINIC_FHIR_TOKEN: () => randomBytes(18).toString('base64url'),
  COUNTY_EMS_SIGNING_SECRET: () => `whsec_${randomBytes(24).toString('base64')}`,
  POLICY_EDITOR_SIGNING_SECRET: () => `whsec_${randomBytes(24).toString('base64')}`,
  COUNTY_LEGACY_CLIENT_SECRET: () => randomBytes(18).toString('base64url'),
  HOSPITAL_API_KEY: () => newApiKey().key,
  POLICY_EDITOR_API_KEY: () => newApiKey().key,
  SPECIES_INDEX_API_KEY: () => newApiKey().key,
  ESS_CURSOR_KEYS: () => randomBytes(32).toString('base64url'),
};

/** The hash is what a connector gets of its partner's key. */
export type DemoSecrets = Record<
  keyof typeof SECRETS | 'HOSPITAL_API_KEY_HASH' | 'POLICY_EDITOR_API_KEY_HASH' | 'SPECIES_INDEX_API_KEY_HASH',
  string
>;

export const demoEnvFile = (dataDir: string): string => join(dataDir, 'demo.env');

export function demoSecrets(dataDir: string, env: NodeJS.ProcessEnv = process.env): DemoSecrets {
  const file = demoEnvFile(dataDir);
  const before = existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {};
  const entries = Object.entries(SECRETS).map(([name, make]) => [name, env[name] || before[name] || make()]);
  const secrets = Object.fromEntries(entries) as DemoSecrets;
  return {
    ...secrets,
    HOSPITAL_API_KEY_HASH: hashApiKey(secrets.HOSPITAL_API_KEY),
    POLICY_EDITOR_API_KEY_HASH: hashApiKey(secrets.POLICY_EDITOR_API_KEY),
    SPECIES_INDEX_API_KEY_HASH: hashApiKey(secrets.SPECIES_INDEX_API_KEY),
  };
}

/** @param urls HOSPITAL_URL and the like: where the partners listen this time, and COUNTY_LEGACY_CA, whom they are trusted by */
export function writeDemoEnv(dataDir: string, secrets: DemoSecrets, urls: Record<string, string>): void {
  const lines = Object.entries({ ...secrets, ...urls }).map(([name, value]) => `${name}='${value}'`);
  writeFileSync(demoEnvFile(dataDir), `${lines.join('\n')}\n`, { mode: 0o600 });
}
