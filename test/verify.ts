// `npm run verify`: what must hold before a commit. Types, lint and format, arrows, references, lock file, generated files, unit tests.
// With `--without-tests` the unit tests are left to whoever runs all tests anyway.

import { fileURLToPath } from 'node:url';
import { makeCertificate } from '@ess/infra/demo/certificate.ts';
import { spawnSupervised } from '@ess/runtime/supervised.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const JEST = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'];

/** Cheap ones first; all run, so that one round of mending is enough. */
const STEPS: ReadonlyArray<readonly [name: string, command: string, ...args: string[]]> = [
  ['types', 'tsc', '-p', '.'],
  ["the page's types", 'tsc', '-p', 'services/console/page'],
  ['lint and format', 'biome', 'check', '.'],
  ['arrows', process.execPath, 'test/arrows.ts'],
  ['references', process.execPath, 'test/references.ts'],
  ['lock', process.execPath, 'test/lock.ts'],
  ['licences', process.execPath, 'test/licences.ts', '--check'],
  ['generated files', process.execPath, 'schemas/generate.ts', '--check'],
  ['metrics and dashboards', process.execPath, 'test/monitoring/generate.ts', '--check'],
  ['openapi', process.execPath, 'test/openapi.ts'],
  ['asyncapi', process.execPath, 'test/asyncapi.ts'],
  ['connectors', process.execPath, 'services/cli/bin/ess.mjs', 'connector', 'check'],
  ['manifests', process.execPath, 'services/cli/bin/ess.mjs', 'k8s', 'render', '--check'],
  ...(process.argv.includes('--without-tests')
    ? []
    : [['unit tests', process.execPath, ...JEST, '--selectProjects', 'unit', '--silent'] as const]),
];

/** Placeholders: `connector check` needs the secrets to be there, not to be right. */
const SECRETS = {
  HOSPITAL_SECRET: 'verify-only-secret',
  HOSPITAL_SIGNING_SECRET: `whsec_${Buffer.alloc(24, 1).toString('base64')}`,
  COUNTY_EMS_TOKEN: 'verify-only-token',
  CLINIC_FHIR_TOKEN: 'verify-only-token-2',
  COUNTY_LEGACY_CLIENT_SECRET: 'verify-only-client-secret',
  COUNTY_LEGACY_CA: makeCertificate('verify only').cert,
  CLINIC_FHIR_CA: makeCertificate('verify only').cert,
  COUNTY_EMS_SIGNING_SECRET: `whsec_${Buffer.alloc(24, 2).toString('base64')}`,
  POLICY_EDITOR_SIGNING_SECRET: `whsec_${Buffer.alloc(24, 3).toString('base64')}`,
};

function run(command: string, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawnSupervised(command, args, { cwd: ROOT, output: 1, env: { ...SECRETS, ...process.env } });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

const failed: string[] = [];
for (const [name, command, ...args] of STEPS) {
  console.error(`\n— ${name}`);
  if ((await run(command, args)) !== 0) failed.push(name);
}
console.error(failed.length === 0 ? '\nverify: all holds' : `\nverify: ${failed.join(', ')} failed`);
process.exitCode = failed.length === 0 ? 0 : 1;
