import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { demoSecrets, writeDemoEnv, writeSecretFiles } from './demo-env.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ess-demo-env-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('what is made once is the same for as long as the folder lives, certificates of many lines too', () => {
  const made = demoSecrets(folder, {});
  expect(made.CLINIC_FHIR_CA).toMatch(/^-----BEGIN CERTIFICATE-----\n/);
  writeDemoEnv(folder, made, { HOSPITAL_URL: 'http://127.0.0.1:7001' });
  expect(demoSecrets(folder, {})).toEqual(made);
});

test('what the environment says wins', () => {
  writeDemoEnv(folder, demoSecrets(folder, {}), {});
  expect(demoSecrets(folder, { CLINIC_FHIR_TOKEN: 'ours' }).CLINIC_FHIR_TOKEN).toBe('ours');
});

test('a certificate without the key to it is no certificate: authority, certificate and key are made anew together', () => {
  const { CLINIC_FHIR_KEY: _lost, ...made } = demoSecrets(folder, {});
  const again = demoSecrets(folder, made);
  expect([again.CLINIC_FHIR_CA, again.CLINIC_FHIR_CERT]).not.toContain(made.CLINIC_FHIR_CA);
  expect(again.CLINIC_FHIR_CERT).not.toBe(made.CLINIC_FHIR_CERT);
  expect(again.CLINIC_FHIR_KEY).toContain('PRIVATE KEY');
  expect(again.HOSPITAL_SECRET).toBe(made.HOSPITAL_SECRET);
});

test('files of their own are written once, and a lost key is made anew with its certificate', () => {
  const files = () =>
    Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
  writeSecretFiles(folder);
  const first = files();
  expect(Object.keys(first)).toEqual(Object.keys(demoSecrets(folder, {})).sort());
  const { mtimeNs } = statSync(join(folder, 'HOSPITAL_SECRET'), { bigint: true });
  writeSecretFiles(folder);
  expect([files(), statSync(join(folder, 'HOSPITAL_SECRET'), { bigint: true }).mtimeNs]).toEqual([first, mtimeNs]);
  rmSync(join(folder, 'CLINIC_FHIR_KEY'));
  writeSecretFiles(folder);
  const changed = Object.entries(files()).flatMap(([name, value]) => (value === first[name] ? [] : [name]));
  expect(changed).toEqual(['CLINIC_FHIR_CA', 'CLINIC_FHIR_CERT', 'CLINIC_FHIR_KEY']);
});
