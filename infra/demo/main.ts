// One demo partner by itself: `npx node infra/demo/main.ts hospital|county-ems|clinic-fhir|species-index [--port N] [--host ADDRESS]`.
// Its secrets come from the environment, under the names that connectors/ uses, or as
// NAME_FILE from a file. county-legacy makes its authority anew at each start, so whoever starts it hands that on: `npm start`.
import { parseArgs } from 'node:util';
import { EssError } from '@ess/domain/text/error.ts';
import { printable } from '@ess/domain/text/printable.ts';
import { readVariable } from '@ess/runtime/settings/environment.ts';
import { startClinic } from './clinic-fhir.ts';
import { startCountyEms } from './county-ems.ts';
import { startHospital } from './hospital.ts';
import { startSpeciesIndex } from './species-index.ts';

const USAGE =
  'usage: npx node infra/demo/main.ts hospital|county-ems|clinic-fhir|species-index [--port N] [--host ADDRESS]';

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
