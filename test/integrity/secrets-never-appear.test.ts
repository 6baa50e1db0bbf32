// Guarantee 7: planted secrets are searched for in everything that comes out: logs, audit rows, states, dead letters, metrics,
// commits, answers of commands. Each way in which something goes wrong is a chance to print one.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { newApiKey } from '@ess/runtime/access/api-key.ts';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { read } from '@ess/stream/read/read.ts';
import { expect, test } from '@jest/globals';
import { FakePartner } from '../fakes/partner.ts';
import { writeConnector } from '../harness/data/connector-files.ts';
import { makeRule } from '../harness/data/rules.ts';
import { eventually } from '../harness/deadline.ts';
import { DOOR_SECRET, DOOR_SIGNING_SECRET, writeDoor } from '../harness/programs/door-process.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import { EssProcess } from '../harness/programs/worker-process.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import { openTestStack } from '../harness/test-stack.ts';

const secret = (what: string) => `planted-${what}-${randomBytes(12).toString('hex')}`;
const PLANTED = {
  token: secret('token'),
  bearer: secret('bearer'),
  key: `${secret('key')}"quoted\\`,
  url: secret('url'),
  query: secret('query'),
  signing: `whsec_${randomBytes(24).toString('base64')}`,
};
/** A secret that the program itself is given, not its connector. A rule that is called by it brings it into every log line. */
const OF_SETTINGS = secret('cursor-key');
/** As it is, as it looks in JSON, in a URL and in base64; for the last, only what does not depend on its neighbours. */
const looks = (value: string) => [
  value,
  JSON.stringify(value).slice(1, -1),
  encodeURIComponent(value),
  Buffer.from(value).toString('base64').slice(4, -4),
];
const SEARCHED = [...Object.values(PLANTED), PLANTED.signing.slice('whsec_'.length)].flatMap(looks);
const leaked = (text: string) => SEARCHED.filter((form) => text.includes(form));

test.concurrent('no secret appears in logs, audit rows, dead letters, delivery states, metrics or errors, whatever goes wrong', async () => {
  await using stack = await openTestStack();
  // A partner that echoes what it was sent, as error pages do.
  await using partner = await FakePartner.start(({ text, headers, path }) => ({
    status: answer,
    body: `${text} ${JSON.stringify(headers)} ${path}`,
    headers: { 'x-echo': Buffer.from(text).toString('base64').slice(0, 200), location: `http://127.0.0.1${path}` },
  }));
  let answer = 200;
  await using line = await Pipeline.open(stack, partner, {
    deliver: { timeoutMs: 500, retry: { maxAttempts: 3, firstMs: 10 } },
    deliverWith: (prefix) => ({
      url: `${partner.url}/\${${prefix}URL}?sig=${PLANTED.query}`, // written into the file
      auth: {
        body: { token: `\${${prefix}TOKEN}` },
        bearer: `\${${prefix}BEARER}`,
        header: { 'x-key': `\${${prefix}KEY}` },
      },
      sign: { secrets: [`\${${prefix}SIGNING}`] },
    }),
    env: (prefix) => ({
      [`${prefix}TOKEN`]: PLANTED.token,
      [`${prefix}BEARER`]: PLANTED.bearer,
      [`${prefix}KEY`]: PLANTED.key,
      [`${prefix}URL`]: PLANTED.url,
      [`${prefix}SIGNING`]: PLANTED.signing,
      ESS_CURSOR_KEYS: OF_SETTINGS,
      ESS_LOG_LEVEL: 'debug',
    }),
  });
  const [worker] = await line.start();
  if (!worker) throw new Error('no worker');
  const attempted = (version: number, outcome: string) =>
    worker.logged('delivery.attempted', (row) => row['version'] === version && row['outcome'] === outcome);

  await line.source.publish([makeRule('a', 1)]);
  await attempted(1, 'delivered');
  const [first] = partner.received;
  expect(first?.body['token']).toBe(PLANTED.token); // they do go out, and only there
  expect(first?.headers['authorization']).toBe(`Bearer ${PLANTED.bearer}`);
  expect(first?.headers['x-key']).toBe(PLANTED.key);
  expect(first?.path).toContain(`${PLANTED.url}?sig=${PLANTED.query}`);
  expect(first?.headers['webhook-signature']).toMatch(/^v1,/);

  let version = 1;
  for (const status of [401, 302, 429, 500, 422] as const) {
    version += 1;
    answer = status;
    await line.source.publish([makeRule('a', version)]);
    await attempted(version, status === 422 ? 'deadLettered' : 'held');
    answer = 200;
    await line.drained();
  }
  await partner.down();
  await line.source.publish([makeRule('a', 7)]);
  await attempted(7, 'held');
  await partner.up();
  await line.drained();
  for (const misbehaviour of ['reset', 'hang', 'reset-mid-body', 'endless-body'] as const) {
    const usual = partner.reply;
    version = { reset: 8, hang: 9, 'reset-mid-body': 10, 'endless-body': 11 }[misbehaviour];
    partner.reply = () => misbehaviour;
    const before = partner.received.length;
    await line.source.publish([makeRule('a', version)]);
    await partner.until((received) => received.length > before);
    partner.reply = usual;
    await line.drained();
  }
  line.connect(partner.url, { deliver: { sign: { secrets: [PLANTED.signing] } } });
  const refusals = await worker.logged('connector.refused');
  expect(JSON.stringify(refusals['problems'])).toContain('a secret is written into the file');

  await line.source.publish([makeRule(OF_SETTINGS, 12)]);
  await attempted(12, 'delivered');
  await line.drained();
  const metrics = await line.metrics(worker);
  expect(line.output).not.toContain(OF_SETTINGS);
  expect(metrics).toContain('ess_delivery_attempts_total');
  await worker.signal('SIGTERM');
  expect(leaked(metrics)).toEqual([]);
  expect(worker.lines.length).toBeGreaterThan(20);
  expect(leaked(line.output)).toEqual([]);
  expect(leaked(JSON.stringify([...(await line.committed())]))).toEqual([]);
  for (const topic of ['ess.audit', 'ess.dead-letters', 'ess.delivery-state']) {
    let records = 0;
    for await (const batch of read(stack.kafka, { topic })) {
      records += batch.length;
      for (const { key, value } of batch)
        expect(leaked(`${key?.toString('latin1')} ${value?.toString('latin1')}`)).toEqual([]);
    }
    expect(records).toBeGreaterThan(0);
  }
});

/** So that the seed brokers are worth a try to a command: it listens, and answers nothing. */
async function listener(): Promise<{ readonly port: number } & Disposable> {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, [Symbol.dispose]: () => void server.close() };
}

test.concurrent.each([
  { args: ['worker', '--all', '--port', '0'], until: 'program.waits', tellsFolders: true },
  {
    args: ['inbound', '--port', '0', '--admin-port', '0'],
    until: 'program.waits',
    tellsFolders: true,
  },
  { args: ['bridge', '--port', '0', '--admin-port', '0'], until: 'program.waits', tellsFolders: true },
  { args: ['status'], until: undefined, tellsFolders: false },
])(
  'ess $args.0: no password of Kafka, key of TLS or of cursors is in its log',
  async ({ args, until, tellsFolders }) => {
    await using cleanup = new Cleanup();
    using silent = await listener();
    const [password, cursor, pem] = [secret('password'), secret('cursor'), secret('pem')];
    const [inUrl, token, registryPem] = [secret('p@ss'), secret('token'), secret('registry-pem')];
    const key = `-----BEGIN PRIVATE KEY-----\n${pem}\n-----END PRIVATE KEY-----`;
    // Brokers and folders are called by the secrets: the log tells which broker is waited for, and what is wrong with a folder.
    const root = join(temporaryFolder(cleanup), key, 'connectors');
    writeConnector(root, 'clinic', 'rules', 'http://127.0.0.1:9/hook');
    const streams = `stream: { enabled: true }\naccess: { apiKeyHashes: ["${newApiKey().hash}"] }\n`;
    appendFileSync(join(root, 'clinic', 'connector.yaml'), streams);
    writeDoor(root, 'ward', { topic: 'hospital.bedChange' });
    writeConnector(root, 'bad', 'rules', 'no address');
    await using ess = new EssProcess(args, {
      KAFKA_BROKERS: [`127.0.0.1:${silent.port}`, `${password}.invalid:9`, `${cursor}.invalid:9`].join(','),
      SCHEMA_REGISTRY_URL: ['https://', `https://ess:${encodeURIComponent(inUrl)}@`]
        .map((start) => `${start}127.0.0.1:${silent.port}`)
        .join(','),
      SCHEMA_REGISTRY_TOKEN: token,
      SCHEMA_REGISTRY_SSL_CA: '-----BEGIN CERTIFICATE-----',
      SCHEMA_REGISTRY_SSL_CERT: '-----BEGIN CERTIFICATE-----',
      SCHEMA_REGISTRY_SSL_KEY: `-----BEGIN PRIVATE KEY-----\n${registryPem}\n-----END PRIVATE KEY-----`,
      ESS_CONNECTORS: root,
      KAFKA_SASL_MECHANISM: 'plain',
      KAFKA_SASL_USERNAME: 'ess',
      KAFKA_SASL_PASSWORD: password,
      ESS_CURSOR_KEYS: cursor,
      ESS_BRIDGE_TLS_CERT: key.replaceAll('PRIVATE KEY', 'CERTIFICATE').replace(pem, 'x'),
      ESS_BRIDGE_TLS_KEY: key,
      WARD_SECRET: DOOR_SECRET,
      WARD_SIGNING_SECRET: DOOR_SIGNING_SECRET,
    });
    if (until === undefined) expect(await ess.exited).toBe(1);
    else {
      await ess.logged(until);
      // The first line that waits need not name the brokers.
      await eventually('the brokers are named', () => ess.output.includes('.invalid') || undefined);
      await ess.signal('SIGTERM');
    }
    expect(ess.output).toContain('[secret].invalid');
    const refused = ess.lines.find(({ msg }) => msg === 'connector.refused');
    if (tellsFolders) expect(JSON.stringify(refused)).toContain('[secret]/connectors/bad');
    for (const planted of [password, cursor, pem, inUrl, encodeURIComponent(inUrl), token, registryPem])
      expect(ess.output).not.toContain(planted);
  },
);

test.each([
  { name: 'a signing secret that is none', variable: 'SIGNING', value: secret('wrong-signing') },
  { name: 'a secret that is too short to be masked', variable: 'TOKEN', value: 'pl4nt' },
  { name: 'a header value that HTTP cannot carry', variable: 'KEY', value: `${secret('split')}\r\nx-injected: 1` },
])('$name is named, never shown', async ({ variable, value }) => {
  await using stack = await openTestStack();
  await using partner = await FakePartner.start();
  const good = { TOKEN: PLANTED.token, KEY: PLANTED.key, SIGNING: PLANTED.signing };
  await using line = await Pipeline.open(stack, partner, {
    deliverWith: (prefix) => ({
      auth: { body: { token: `\${${prefix}TOKEN}` }, header: { 'x-key': `\${${prefix}KEY}` } },
      sign: { secrets: [`\${${prefix}SIGNING}`] },
    }),
    env: (prefix) =>
      Object.fromEntries(Object.entries({ ...good, [variable]: value }).map(([name, text]) => [prefix + name, text])),
  });
  const worker = line.spawn();
  await worker.exited;
  expect(worker.ended).toBe(1);
  expect(worker.output).toMatch(/secrets?|header/);
  expect(worker.output.split(value.slice(0, 20))).toHaveLength(1);
  expect(leaked(worker.output)).toEqual([]);
  await using check = new EssProcess(['connector', 'check', line.partner], {
    ESS_CONNECTORS: line.connectors,
    SCHEMA_REGISTRY_URL: stack.registry,
    ...Object.fromEntries(
      Object.entries({ ...good, [variable]: value }).map(([name, text]) => [line.prefix + name, text]),
    ),
  });
  await check.exited;
  expect(check.output.split(value.slice(0, 20))).toHaveLength(1);
});

test('the process list shows no secret: they come by environment or file, never by argument', async () => {
  await using stack = await openTestStack();
  await using partner = await FakePartner.start();
  await using line = await Pipeline.open(stack, partner, {
    deliverWith: (prefix) => ({ auth: { bearer: `\${${prefix}BEARER}` } }),
    env: (prefix) => ({ [`${prefix}BEARER`]: PLANTED.bearer }),
  });
  await line.start();
  expect(leaked(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }))).toEqual([]);
});
