// What the demo partners and the connectors to them share: secrets and addresses, in <data>/demo.env, readable by its
// owner alone. A variable that is set in the environment wins; the rest is made once per data folder.
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { hashApiKey, newApiKey } from '@ess/runtime/access/api-key.ts';
import { issueCertificate } from './certificate.ts';

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
  ESS_CONSOLE_KEYS: () => randomBytes(32).toString('base64url'),
};

/** Partners that speak TLS, each with an authority of its own. Its three texts are made together, as long as one of them is missing. */
const TLS_PARTNERS = ['CLINIC_FHIR', 'COUNTY_LEGACY'] as const;
const TLS_TEXTS = ['CA', 'CERT', 'KEY'] as const;
/** A data folder is used as long. */
const TLS_MS = 10 * 365 * 86_400_000;

type TlsPartner = (typeof TLS_PARTNERS)[number];
type Made = keyof typeof SECRETS | `${TlsPartner}_${(typeof TLS_TEXTS)[number]}`;
/** The hash is what a connector gets of its partner's key. */
export type DemoSecrets = Record<
  Made | 'HOSPITAL_API_KEY_HASH' | 'POLICY_EDITOR_API_KEY_HASH' | 'SPECIES_INDEX_API_KEY_HASH',
  string
>;

export const demoEnvFile = (dataDir: string): string => join(dataDir, 'demo.env');

export function demoSecrets(dataDir: string, env: NodeJS.ProcessEnv = process.env): DemoSecrets {
  const file = demoEnvFile(dataDir);
  const before = existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {};
  const kept = (name: string) => env[name] || before[name];
  const entries = Object.entries(SECRETS).map(([name, make]) => [name, kept(name) || make()]);
  const secrets = Object.fromEntries([...entries, ...TLS_PARTNERS.flatMap((name) => tlsOf(name, kept))]) as DemoSecrets;
  return {
    ...secrets,
    HOSPITAL_API_KEY_HASH: hashApiKey(secrets.HOSPITAL_API_KEY),
    POLICY_EDITOR_API_KEY_HASH: hashApiKey(secrets.POLICY_EDITOR_API_KEY),
    SPECIES_INDEX_API_KEY_HASH: hashApiKey(secrets.SPECIES_INDEX_API_KEY),
  };
}

function tlsOf(partner: TlsPartner, kept: (name: string) => string | undefined): Array<[string, string]> {
  const names = TLS_TEXTS.map((text) => `${partner}_${text}`);
  const before = names.flatMap((name): Array<[string, string]> => {
    const value = kept(name);
    return value ? [[name, value]] : [];
  });
  if (before.length === names.length) return before;
  const untilMs = Date.now() + TLS_MS;
  const host = partner.toLowerCase().replace('_', '-'); // its name under compose
  const issuer = issueCertificate({ commonName: `authority of ${host}`, untilMs });
  const { cert, key } = issueCertificate({ commonName: host, issuer, names: ['localhost', host], untilMs });
  return [issuer.cert, cert, key].map((value, index) => [names[index] as string, value]);
}

/** @param urls HOSPITAL_URL and the like: where the partners listen this time */
export function writeDemoEnv(dataDir: string, secrets: DemoSecrets, urls: Record<string, string>): void {
  const lines = Object.entries({ ...secrets, ...urls }).map(([name, value]) => `${name}='${value}'`);
  writeFileSync(demoEnvFile(dataDir), `${lines.join('\n')}\n`, { mode: 0o600 });
}

/** One file for each, under its variable's name. What is there stays as it is: programs that run read it. */
export function writeSecretFiles(dir: string): void {
  const before = Object.fromEntries(
    readdirSync(dir)
      .filter((name) => /^[A-Z_]+$/.test(name))
      .map((name) => [name, readFileSync(join(dir, name), 'utf8')]),
  );
  for (const [name, value] of Object.entries(demoSecrets(dir, before)))
    if (before[name] !== value) writeFileSync(join(dir, name), value, { mode: 0o600 });
}
