// How Kafka is entered: what belongs together, which files are read again, and who one is at a secured local stack.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { loadSettings } from './settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'ess-kafka-settings-'));
afterAll(() => rmSync(folder, { recursive: true }));
const put = (name: string, text: string): string => {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
};
const NO_STACK = join(folder, 'absent');
const CLIENT = {
  KAFKA_SASL_OAUTHBEARER_TOKEN_URL: 'https://id.example/token',
  KAFKA_SASL_OAUTHBEARER_CLIENT_ID: 'ess',
};

test('a token login is told with the file of its secret, which is known for redaction', () => {
  const file = put('secret', 'client secret\n');
  const env = { ...CLIENT, KAFKA_SASL_MECHANISM: 'oauthbearer', KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET_FILE: file };
  const settings = loadSettings(env, NO_STACK);
  expect(settings.kafka.sasl).toEqual({
    mechanism: 'oauthbearer',
    tokenUrl: 'https://id.example/token',
    clientId: 'ess',
    clientSecret: { text: 'client secret', file },
  });
  expect(settings.secrets).toContain('client secret');
});

test.each([
  [{ ...CLIENT, KAFKA_SASL_MECHANISM: 'oauthbearer' }, 'KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET must be set too'],
  [{ ...CLIENT }, 'KAFKA_SASL_MECHANISM must be oauthbearer when'],
  [
    {
      ...CLIENT,
      KAFKA_SASL_MECHANISM: 'oauthbearer',
      KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET: 's',
      KAFKA_SASL_USERNAME: 'u',
    },
    'KAFKA_SASL_USERNAME must not be set with oauthbearer',
  ],
  [{ KAFKA_SASL_OAUTHBEARER_TOKEN_URL: 'http://id.example/token' }, 'must be an https URL (http only on this machine)'],
  [{ KAFKA_SASL_OAUTHBEARER_TOKEN_URL: 'https://u:p@id.example/token' }, 'must have no user and password'],
])('%j is refused', (env, told) => {
  expect(() => loadSettings(env, NO_STACK)).toThrow(told);
});

test('at a secured local stack each program is a user of its own, a person is ess-ops', () => {
  const secured = join(folder, 'secured');
  mkdirSync(join(secured, 'users'), { recursive: true });
  const ca = put('secured/ca.pem', '-----BEGIN CERTIFICATE-----');
  put('secured/users/ess-ops.password', 'of ops\n');
  const worker = put('secured/users/ess-worker.password', 'of the worker\n');
  const stack = put(
    'stack.json',
    JSON.stringify({ brokers: ['127.0.0.1:1'], registry: 'http://r', pid: process.pid, secured }),
  );
  expect(loadSettings({}, stack, 'ess-worker').kafka).toEqual({
    brokers: ['127.0.0.1:1'],
    tls: { ca: { text: '-----BEGIN CERTIFICATE-----', file: ca } },
    sasl: { mechanism: 'scram-sha-512', username: 'ess-worker', password: { text: 'of the worker', file: worker } },
  });
  expect(loadSettings({}, stack)).toMatchObject({ kafka: { sasl: { username: 'ess-ops' } }, secrets: ['of ops'] });
});

test('programs of one environment are each a user of their own, with their own files', () => {
  const [worker, ops] = ['worker', 'ops'].map((name) => put(`ess-${name}.password`, `of ${name}`));
  const env = {
    KAFKA_SASL_MECHANISM: 'scram-sha-512',
    KAFKA_SASL_USERNAME: 'ess-<program>',
    KAFKA_SASL_PASSWORD_FILE: join(folder, 'ess-<program>.password'),
  };
  const saslOf = (user?: string) => loadSettings(env, NO_STACK, user).kafka.sasl;
  expect(saslOf('ess-worker')).toMatchObject({ username: 'ess-worker', password: { text: 'of worker', file: worker } });
  expect(saslOf()).toMatchObject({ username: 'ess-ops', password: { text: 'of ops', file: ops } });
  expect(() => saslOf('ess-bridge')).toThrow('KAFKA_SASL_PASSWORD_FILE: the file cannot be read');
});

test('a password may say what it likes', () => {
  const env = { KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_USERNAME: 'u', KAFKA_SASL_PASSWORD: '<program>' };
  expect(loadSettings(env, NO_STACK).kafka.sasl).toMatchObject({ password: { text: '<program>' } });
});
