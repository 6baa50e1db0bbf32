import { writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { temporaryFolder } from '@ess/test/harness/temporary-folder.ts';
import { afterAll, describe, expect, test } from '@jest/globals';
import { describeSettings, loadSettings, settingSecrets } from './settings.ts';

const folder = temporaryFolder({ defer: afterAll });
const LOCAL_REGISTRY = 'http://127.0.0.1:8081/apis/ccompat/v7';
const NO_STACK = join(folder, 'absent.json');
const registryIn = (env: NodeJS.ProcessEnv, file: string) => loadSettings(env, file).registry.endpoints[0]?.url;
const stackFile = (pid: number): string => {
  const file = join(folder, `stack-${pid}.json`);
  writeFileSync(
    file,
    JSON.stringify({
      brokers: ['127.0.0.1:19092', '127.0.0.1:19093'],
      registry: 'http://127.0.0.1:18081/apis/ccompat/v7',
      data: '.ess',
      pid,
    }),
  );
  return file;
};

test('with nothing set the documented defaults hold, frozen', () => {
  const settings = loadSettings({}, NO_STACK);
  expect(settings).toEqual({
    kafka: { brokers: ['127.0.0.1:9092'] },
    registry: { endpoints: [{ url: LOCAL_REGISTRY, shown: LOCAL_REGISTRY }] },
    connectors: './connectors',
    ports: {
      console: 8080,
      consoleAdmin: 9469,
      bridge: 8082,
      inbound: 8083,
      worker: 9464,
      observer: 9467,
      serve: 9468,
    },
    adminHost: '127.0.0.1',
    adminHosts: [hostname()],
    console: {
      host: '127.0.0.1',
      access: {
        proxies: [],
        keys: [],
        ended: './.ess/console-ended.jsonl',
        idleMs: 3_600_000,
        sessionMs: 43_200_000,
      },
    },
    bridge: {
      host: '127.0.0.1',
      adminPort: 9466,
      anonymousPerAddress: 256,
      proxies: [],
      clients: 10_000,
      clientsPerPartner: 2_000,
      slowBytes: 4_194_304,
      historyBytes: 67_108_864,
      catchUpRate: 125_000_000,
      slow: 'catch-up',
    },
    inbound: {
      host: '127.0.0.1',
      adminPort: 9465,
      docs: true,
      windowMs: 86_400_000,
      maxKeys: 500_000,
      anonymousPerAddress: 256,
      proxies: [],
      clientSubjectHeader: 'x-client-subject',
    },
    view: { file: './.ess/view.sqlite', indexBytes: 2_000_000_000 },
    approvalRecords: Number.POSITIVE_INFINITY,
    senderThreads: 0,
    cursorKeys: [],
    tracing: { headers: {}, resource: {}, sampler: 'parentbased_always_on', ratio: 1 },
    logLevel: 'info',
    secrets: [],
  });
  expect(Object.isFrozen(settings.ports)).toBe(true);
});

test('the local stack is used when the environment names no broker, as long as it lives', () => {
  expect(loadSettings({}, stackFile(process.pid)).kafka.brokers).toEqual(['127.0.0.1:19092', '127.0.0.1:19093']);
  expect(registryIn({}, stackFile(process.pid))).toBe('http://127.0.0.1:18081/apis/ccompat/v7');
  expect(registryIn({ KAFKA_BROKERS: 'k:9092' }, stackFile(process.pid))).toBe(LOCAL_REGISTRY);
  const gone = 4_194_303; // the highest pid of Linux: nothing has it here
  expect(loadSettings({}, stackFile(gone)).kafka.brokers).toEqual(['127.0.0.1:9092']);
});

test('the admin listeners answer to the names of the machine and of its service, unless others are set', () => {
  const hosts = (env: NodeJS.ProcessEnv) => loadSettings(env, NO_STACK).adminHosts;
  expect(hosts({ ESS_POD_SERVICE: 'ess-bridge' })).toEqual([hostname(), 'ess-bridge']);
  expect(hosts({ ESS_ADMIN_HOSTS: 'metrics.example, ess', ESS_POD_SERVICE: 'x' })).toEqual(['metrics.example', 'ess']);
});

test('every wrong variable is named at once', () => {
  const env = {
    KAFKA_BROKERS: 'kafka',
    KAFKA_SSL: 'yes',
    ESS_WORKER_PORT: '99999',
    SCHEMA_REGISTRY_URL: 'registry:8081',
    ESS_LOG_LEVEL: 'loud',
    KAFKA_SASL_USERNAME: 'ess',
    KAFKA_SASL_PASSWORD_FILE: join(folder, 'absent'),
  };
  expect(() => loadSettings(env, NO_STACK)).toThrow(
    [
      'the settings are invalid ("ess config" lists them all):',
      '  KAFKA_BROKERS must be host:port, several separated by commas',
      '  KAFKA_SSL must be true or false',
      '  KAFKA_SASL_PASSWORD_FILE: the file cannot be read: it is not there, or a link whose target is gone (put it back, or remove the link)',
      '  SCHEMA_REGISTRY_URL must be an http or https URL, or several separated by commas',
      '  ESS_WORKER_PORT must be a port from 0 to 65535',
      '  ESS_LOG_LEVEL must be one of trace, debug, info, warn, error, fatal, silent',
      '  KAFKA_SASL_MECHANISM and KAFKA_SASL_PASSWORD must be set too: SASL needs all three',
    ].join('\n'),
  );
});

test('SASL and TLS, with the files that are read again; secrets from files, known for redaction, masked in the table', () => {
  const file = join(folder, 'password');
  writeFileSync(file, 'pass word\n');
  const env = {
    KAFKA_SSL: 'true',
    KAFKA_SASL_MECHANISM: 'scram-sha-256',
    KAFKA_SASL_USERNAME: 'ess',
    KAFKA_SASL_PASSWORD_FILE: file,
    ESS_CURSOR_KEYS: 'first-key-of-16b, second-key-of-16',
  };
  const settings = loadSettings(env, NO_STACK);
  expect(settings).toMatchObject({
    kafka: { tls: {}, sasl: { mechanism: 'scram-sha-256', username: 'ess', password: { text: 'pass word', file } } },
    cursorKeys: ['first-key-of-16b', 'second-key-of-16'],
  });
  expect(settings.secrets).toEqual(expect.arrayContaining(['pass word', 'first-key-of-16b', 'second-key-of-16']));
  const rows = describeSettings(env, NO_STACK);
  expect(rows.find(({ name }) => name === 'KAFKA_SASL_PASSWORD')).toMatchObject({ value: '********', source: 'file' });
  expect(JSON.stringify(rows)).not.toMatch(/pass word|-key-of/);
});

test('settings of tokens come together: issuer, audience, and keys from one place', () => {
  const jwt = { ESS_JWT_ISSUER: 'https://gateway.test', ESS_JWT_AUDIENCE: 'ess' };
  const jwksUrl = 'https://gateway.test/jwks';
  expect(loadSettings({ ...jwt, ESS_JWT_JWKS_URL: jwksUrl }, NO_STACK).jwt).toEqual({
    issuer: 'https://gateway.test',
    audience: 'ess',
    keys: { jwksUrl },
  });
  for (const more of [{}, { ESS_JWT_JWKS_URL: jwksUrl, ESS_JWT_KEY: 'k' }])
    expect(() => loadSettings({ ...jwt, ...more }, NO_STACK)).toThrow('belong together');
  expect(() => loadSettings({ ESS_JWT_KEY: 'k' }, NO_STACK)).toThrow('belong together');
  expect(() => loadSettings({ ESS_JWT_JWKS_URL: 'http://gateway.test/jwks' }, NO_STACK)).toThrow(
    'must be an https URL',
  );
});

const REGISTRIES = 'https://registry.example';
test.each<readonly [env: NodeJS.ProcessEnv, wrong: string]>([
  [{ SCHEMA_REGISTRY_URL: 'http://a:8081,b:8081' }, 'SCHEMA_REGISTRY_URL must be an http or https URL'],
  [{ SCHEMA_REGISTRY_URL: ' , ' }, 'SCHEMA_REGISTRY_URL must be an http or https URL'],
  [{ SCHEMA_REGISTRY_URL: 'http://a,b/' }, 'must name http or https for each URL'],
  [{ SCHEMA_REGISTRY_URL: 'http://u:planted,x@b/' }, 'must name http or https for each URL'],
  [{ SCHEMA_REGISTRY_USERNAME: 'u' }, 'SCHEMA_REGISTRY_USERNAME and SCHEMA_REGISTRY_PASSWORD must be set together'],
  [{ SCHEMA_REGISTRY_USERNAME: 'u:planted', SCHEMA_REGISTRY_PASSWORD: 'p' }, 'SCHEMA_REGISTRY_USERNAME must hold no'],
  [{ SCHEMA_REGISTRY_TOKEN: 'Bearer planted' }, 'SCHEMA_REGISTRY_TOKEN must be a token alone'],
  [
    { SCHEMA_REGISTRY_TOKEN: 'planted', SCHEMA_REGISTRY_USERNAME: 'u', SCHEMA_REGISTRY_PASSWORD: 'planted' },
    'SCHEMA_REGISTRY_TOKEN and SCHEMA_REGISTRY_USERNAME exclude each other',
  ],
  [
    { SCHEMA_REGISTRY_URL: REGISTRIES, SCHEMA_REGISTRY_SSL_CERT: '-----BEGIN CERTIFICATE-----' },
    'SCHEMA_REGISTRY_SSL_CERT and SCHEMA_REGISTRY_SSL_KEY must be set together',
  ],
  [
    { SCHEMA_REGISTRY_URL: `${REGISTRIES},http://b`, SCHEMA_REGISTRY_SSL_CA: '-----BEGIN CERTIFICATE-----' },
    'SCHEMA_REGISTRY_URL must be https when',
  ],
])('of the registry %j is refused: %s', (env, wrong) => {
  expect(() => loadSettings(env, NO_STACK)).toThrow(wrong);
  expect(() => loadSettings(env, NO_STACK)).not.toThrow('planted');
});

test('user, token and certificates of the registry are read, and what is secret of them is known as such', () => {
  const pem = (what: string) => `-----BEGIN ${what}-----\nplanted\n-----END ${what}-----`;
  const tls = { ca: pem('CERTIFICATE'), cert: pem('CERTIFICATE'), key: pem('PRIVATE KEY') };
  const env = {
    SCHEMA_REGISTRY_URL: `${REGISTRIES}/a,https://u:planted-p@b`,
    SCHEMA_REGISTRY_USERNAME: 'ess',
    SCHEMA_REGISTRY_PASSWORD: 'planted-word',
    SCHEMA_REGISTRY_SSL_CA: tls.ca,
    SCHEMA_REGISTRY_SSL_CERT: tls.cert,
    SCHEMA_REGISTRY_SSL_KEY: tls.key,
  };
  const { registry, secrets } = loadSettings(env, NO_STACK);
  const basic = (user: string) => Buffer.from(user).toString('base64');
  expect(registry.tls).toEqual(tls);
  expect(registry.endpoints.map(({ authorization }) => authorization)).toEqual([
    `Basic ${basic('ess:planted-word')}`,
    `Basic ${basic('u:planted-p')}`,
  ]);
  expect(secrets).toEqual(
    expect.arrayContaining(['planted-word', basic('ess:planted-word'), 'planted-p', basic('u:planted-p'), tls.key]),
  );
  const { SCHEMA_REGISTRY_SSL_CA: _ca, SCHEMA_REGISTRY_SSL_CERT: _cert, ...secret } = env;
  expect(JSON.stringify(describeSettings(secret, NO_STACK))).not.toContain('planted');
  const token = loadSettings({ SCHEMA_REGISTRY_TOKEN: 'planted-token' }, NO_STACK);
  expect(token.registry.endpoints[0]?.authorization).toBe('Bearer planted-token');
  expect(token.secrets).toContain('planted-token');
});

describe('secrets in URLs', () => {
  const planted = 'planted-p%40ss';
  const registry = (url: string) => ({ SCHEMA_REGISTRY_URL: url });

  test('a registry with user and password works, and neither is shown', () => {
    const env = registry(`https://ess:${planted}@registry.example/apis`);
    const settings = loadSettings(env, NO_STACK);
    expect(settings.registry.endpoints).toEqual([
      {
        url: 'https://registry.example/apis',
        shown: 'https://***@registry.example/apis',
        authorization: `Basic ${Buffer.from('ess:planted-p@ss').toString('base64')}`,
      },
    ]);
    expect(settings.secrets).toEqual(
      expect.arrayContaining([planted, 'planted-p@ss', Buffer.from('ess:planted-p@ss').toString('base64')]),
    );
    const row = describeSettings(env, NO_STACK).find(({ name }) => name === 'SCHEMA_REGISTRY_URL');
    expect(row?.value).toBe('https://***@registry.example/apis');
  });

  test.each<readonly [variable: string, value: string, wrong: string]>([
    ['SCHEMA_REGISTRY_URL', `https://registry.example/?token=${planted}`, 'without ? and #'],
    ['SCHEMA_REGISTRY_URL', `https://registry.example/#${planted}`, 'without ? and #'],
    ['SCHEMA_REGISTRY_URL', `ess:${planted}@registry.example:8081`, 'must be an http or https URL'],
    ['SCHEMA_REGISTRY_URL', `https://ess:${planted}@registry.example:99999`, 'must be an http or https URL'],
    ['ESS_JWT_JWKS_URL', `https://ess:${planted}@idp.example/jwks`, 'public keys need none'],
    ['ESS_JWT_JWKS_URL', `https://${planted}@idp.example/jwks`, 'public keys need none'],
    ['ESS_INBOUND_PUBLIC_URL', `https://ess:${planted}@doors.example/`, 'told to everybody'],
    ['ESS_INBOUND_PUBLIC_URL', `https://doors.example/?key=${planted}`, 'told to everybody'],
    ['KAFKA_BROKERS', `ess:${planted}@kafka:9092`, 'must be host:port'],
  ])('%s=%s is refused by name, and its value shown nowhere', (variable, value, wrong) => {
    const env = { [variable]: value };
    let message = '';
    try {
      loadSettings(env, NO_STACK);
    } catch (error) {
      message = String(error);
    }
    expect(message).toContain(variable);
    expect(message).toContain(wrong);
    expect(message).not.toContain('planted');
    expect(JSON.stringify(describeSettings(env, NO_STACK))).not.toContain('planted');
    expect(settingSecrets(env).join()).toContain('planted');
  });

  test('a private key is not shown, whatever variable it is in', () => {
    const key = '-----BEGIN CERTIFICATE-----\nx\n-----BEGIN PRIVATE KEY-----\nplanted';
    const env = { KAFKA_SSL_CA: key, ESS_JWT_KEY: key, ESS_BRIDGE_TLS_CERT: key };
    expect(JSON.stringify(describeSettings(env, NO_STACK))).not.toContain('planted');
  });

  test('the password of a proxy is known for redaction', () => {
    expect(settingSecrets({ https_proxy: `http://ess:${planted}@proxy:3128` })).toContain('planted-p@ss');
  });
});

test.each(['k', 'short,0123456789abcdef', '0123456789abcdef,short', '15-bytes-only-x'])(
  'a cursor key that is short enough to be guessed is refused: %s',
  (keys) => {
    expect(() => loadSettings({ ESS_CURSOR_KEYS: keys }, NO_STACK)).toThrow(
      /ESS_CURSOR_KEYS must hold keys of 16 bytes or more .*openssl rand -base64 32/,
    );
    expect(() => loadSettings({ ESS_CURSOR_KEYS: keys }, NO_STACK)).not.toThrow(/short|15-bytes/);
  },
);

test('what is wrong in a file is told with the file, and with the variable that names it', () => {
  const file = join(folder, 'hostname');
  writeFileSync(file, 'no certificate');
  expect(() => loadSettings({ KAFKA_SSL: 'true', KAFKA_SSL_CA_FILE: file }, NO_STACK)).toThrow(
    `  KAFKA_SSL_CA_FILE: what is in ${file} must be a PEM text`,
  );
});
