import { afterAll, expect, test } from '@jest/globals';
import { createLog } from '../log/log.ts';
import { loadSettings } from './settings.ts';
import { disarmEnvironment, logUnsafe } from './unsafe-environment.ts';

afterAll(() => void disarmEnvironment({}, []));

test('certificates are checked whatever the environment says, and it is told', () => {
  const env: NodeJS.ProcessEnv = { NODE_TLS_REJECT_UNAUTHORIZED: '0' };
  expect(disarmEnvironment(env, [])).toEqual([expect.stringContaining('NODE_EXTRA_CA_CERTS')]);
  expect(env).toEqual({});
});

test.each<readonly [env: NodeJS.ProcessEnv, execArgv: readonly string[], told: string]>([
  [{ NODE_DEBUG: 'http' }, [], 'NODE_DEBUG'],
  [{ NODE_DEBUG: 'fs,undici' }, [], 'NODE_DEBUG'],
  [{ NODE_DEBUG: '*' }, [], 'NODE_DEBUG'],
  [{ NODE_OPTIONS: '--tls-keylog=/tmp/keys' }, [], '--tls-keylog'],
  [{ NODE_OPTIONS: '--max-old-space-size=100 --tls_keylog /tmp/keys' }, [], '--tls-keylog'],
  [{}, ['--tls-min-v1.0'], 'TLS before 1.2'],
  [{}, ['--tls-max-v1.1'], 'TLS before 1.2'],
  [{}, ['--insecure-http-parser'], 'insecure-http-parser'],
  [{ NODE_OPTIONS: '--inspect-brk=0.0.0.0:9229' }, [], '--inspect'],
  [{}, ['--security-revert=CVE-2023-46809'], '--security-revert'],
])('%j %j is told', (env, execArgv, told) => {
  expect(disarmEnvironment(env, execArgv)).toEqual([expect.stringContaining(told)]);
});

test.each<readonly [env: NodeJS.ProcessEnv, execArgv: readonly string[]]>([
  [{ NODE_EXTRA_CA_CERTS: '/etc/ca.pem', NODE_OPTIONS: '--enable-source-maps', NODE_DEBUG: 'fs' }, []],
  [{ NODE_TLS_REJECT_UNAUTHORIZED: '1' }, ['--tls-min-v1.3']],
])('%j %j takes nothing away', (env, execArgv) => {
  expect(disarmEnvironment(env, execArgv)).toEqual([]);
});

test('a program has it in its log, and beside it what its settings send in clear text', () => {
  disarmEnvironment({ NODE_TLS_REJECT_UNAUTHORIZED: '0' }, []);
  const lines: string[] = [];
  const log = createLog('worker', { pretty: false, write: (line) => lines.push(line) });
  const sasl = { KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_USERNAME: 'ess', KAFKA_SASL_PASSWORD: 'planted' };
  logUnsafe(log, loadSettings({ ...sasl, SCHEMA_REGISTRY_URL: 'http://ess:planted@registry:8081' }, ''));
  expect(lines.map((line) => JSON.parse(line))).toMatchObject(
    ['NODE_TLS_REJECT_UNAUTHORIZED', 'password of Kafka', 'password of the schema registry'].map((told) => ({
      level: 'warn',
      msg: 'environment.unsafe',
      told: expect.stringContaining(told),
    })),
  );
  expect(lines.join('')).not.toContain('planted');
  lines.length = 0;
  disarmEnvironment({}, []);
  const scram = { ...sasl, KAFKA_SASL_MECHANISM: 'scram-sha-512' };
  logUnsafe(log, loadSettings({ ...scram, SCHEMA_REGISTRY_URL: 'http://ess:planted@127.0.0.1:8081' }, ''));
  expect(lines).toEqual([]);
});
