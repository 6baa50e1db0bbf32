// One demo partner by itself: `npx node infra/demo/main.ts PARTNER [--port N] [--host ADDRESS]`. Its secrets come from the environment,
// under the names that connectors/ uses, or as NAME_FILE from a file.
import { parseArgs } from 'node:util';
import { EssError } from '@ess/domain/text/error.ts';
import { printable } from '@ess/domain/text/printable.ts';
import { readVariable } from '@ess/runtime/settings/environment.ts';
import { startClinic } from './clinic-fhir.ts';
import { startCountyEms } from './county-ems.ts';
import { SEEN_TAKING_MS, startCountyLegacy } from './county-legacy.ts';
import { startHospital } from './hospital.ts';
import { startPolicyEditor } from './policy-editor.ts';
import { startSpeciesIndex } from './species-index.ts';

const PARTNERS = 'hospital|county-ems|clinic-fhir|county-legacy|species-index|policy-editor';
const USAGE = `usage: npx node infra/demo/main.ts ${PARTNERS} [--port N] [--host ADDRESS]`;

function fromEnvironment(name: string): string {
  const value = readVariable(process.env, name);
  if (value) return value;
  throw new EssError('ESS_CONFIG', `${name} is not set: the demo partner checks it, and the connector sends it`);
}

function start() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { port: { type: 'string' }, host: { type: 'string' } },
  });
  const options = {
    ...(values.port === undefined ? {} : { port: Number(values.port) }),
    ...(values.host === undefined ? {} : { host: values.host }),
    print: (line: string) => console.log(printable(line)),
  };
  if (positionals[0] === 'hospital') {
    const signingSecret = fromEnvironment('HOSPITAL_SIGNING_SECRET');
    const doorbell = readVariable(process.env, 'HOSPITAL_DOORBELL');
    return startHospital({
      ...options,
      token: fromEnvironment('HOSPITAL_SECRET'),
      signingSecret,
      ...(doorbell ? { doorbell } : {}),
    });
  }
  if (positionals[0] === 'county-ems') {
    const signingSecret = fromEnvironment('COUNTY_EMS_SIGNING_SECRET');
    return startCountyEms({ ...options, bearer: fromEnvironment('COUNTY_EMS_TOKEN'), signingSecret });
  }
  if (positionals[0] === 'clinic-fhir')
    return startClinic({
      ...options,
      bearer: fromEnvironment('CLINIC_FHIR_TOKEN'),
      tls: { cert: fromEnvironment('CLINIC_FHIR_CERT'), key: fromEnvironment('CLINIC_FHIR_KEY') },
    });
  if (positionals[0] === 'county-legacy')
    return startCountyLegacy({
      ...options,
      clientSecret: fromEnvironment('COUNTY_LEGACY_CLIENT_SECRET'),
      tls: { cert: fromEnvironment('COUNTY_LEGACY_CERT'), key: fromEnvironment('COUNTY_LEGACY_KEY') },
      takesMs: SEEN_TAKING_MS,
    });
  if (positionals[0] === 'policy-editor') {
    const door = readVariable(process.env, 'POLICY_EDITOR_DOOR');
    const signingSecret = fromEnvironment('POLICY_EDITOR_SIGNING_SECRET');
    return startPolicyEditor({ ...options, signingSecret, ...(door ? { door } : {}) });
  }
  if (positionals[0] === 'species-index')
    return startSpeciesIndex({
      ...options,
      apiKey: fromEnvironment('SPECIES_INDEX_API_KEY'),
      bridgeUrl: readVariable(process.env, 'SPECIES_INDEX_BRIDGE') || 'http://127.0.0.1:8082',
    });
  throw new EssError('ESS_USAGE', USAGE);
}

try {
  const partner = await start();
  console.log(`${partner.name} listens at ${'url' in partner ? partner.url : partner.listUrl}`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void partner.stop());
} catch (error) {
  console.error(printable(error instanceof Error ? error.message : String(error)));
  process.exitCode = error instanceof EssError && error.code !== 'ESS_USAGE' ? 1 : 2;
}
