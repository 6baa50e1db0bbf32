// Addresses carry credentials: user and password, keys in a query. Whatever goes wrong, none is in what a command or a program
// writes; where one cannot be kept from being seen, it is refused with the remedy.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { describe, expect, test } from '@jest/globals';
import { FakePartner } from '../fakes/partner.ts';
import { writeConnector } from '../harness/data/connector-files.ts';
import { makeRule } from '../harness/data/rules.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import { EssProcess } from '../harness/programs/worker-process.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import { openTestStack } from '../harness/test-stack.ts';

const NOBODY = '127.0.0.1:9';
/** The password is `planted-p@ss/word`. */
const PASSWORD = 'planted-p%40ss%2Fword';
const SPELLINGS = ['planted', 'cGxhbnRlZ', 'p@ss/word', 'p%40ss'];
const seenIn = (text: string): string[] => SPELLINGS.filter((spelling) => text.includes(spelling));

async function ess(args: readonly string[], env: Record<string, string>): Promise<{ code: unknown; output: string }> {
  await using command = new EssProcess(args, { KAFKA_BROKERS: NOBODY, ...env });
  const code = await command.exited;
  return { code, output: command.output };
}

const REGISTRY = `http://ess:${PASSWORD}@${NOBODY}/apis`;

test.each<readonly [name: string, args: readonly string[], env: Record<string, string>, told: RegExp]>([
  ['ess config', ['config'], { SCHEMA_REGISTRY_URL: REGISTRY }, /http:\/\/\*\*\*@127\.0\.0\.1:9\/apis/],
  [
    'ess config --json',
    ['config', '--json'],
    { SCHEMA_REGISTRY_URL: REGISTRY },
    /http:\/\/\*\*\*@127\.0\.0\.1:9\/apis/,
  ],
  [
    'a registry that is away',
    ['schemas', 'check'],
    { SCHEMA_REGISTRY_URL: REGISTRY },
    /\*\*\*@127\.0\.0\.1:9\/apis does not answer/,
  ],
  [
    'a port that is none',
    ['schemas', 'check'],
    { SCHEMA_REGISTRY_URL: `http://ess:${PASSWORD}@127.0.0.1:99999/` },
    /SCHEMA_REGISTRY_URL must be/,
  ],
  [
    'an address without http',
    ['config'],
    { SCHEMA_REGISTRY_URL: `ess:${PASSWORD}@registry:8081` },
    /SCHEMA_REGISTRY_URL must be/,
  ],
  [
    'a key behind it',
    ['schemas', 'check'],
    { SCHEMA_REGISTRY_URL: `http://${NOBODY}/?key=${PASSWORD}` },
    /SCHEMA_REGISTRY_URL must end/,
  ],
  [
    'a user of keys',
    ['config'],
    { ESS_JWT_JWKS_URL: `https://ess:${PASSWORD}@idp.example/` },
    /ESS_JWT_JWKS_URL must have no user/,
  ],
  [
    'a public address with a user',
    ['config'],
    { ESS_INBOUND_PUBLIC_URL: `https://${PASSWORD}@doors.example/` },
    /ESS_INBOUND_PUBLIC_URL is told to everybody/,
  ],
  [
    'a broker with a user',
    ['topics', 'apply'],
    { KAFKA_BROKERS: `ess:${PASSWORD}@kafka:9092` },
    /KAFKA_BROKERS must be/,
  ],
  [
    'a proxy',
    ['schemas', 'check'],
    {
      SCHEMA_REGISTRY_URL: `http://${NOBODY}/`,
      HTTP_PROXY: `http://ess:${PASSWORD}@${NOBODY}`,
      NODE_USE_ENV_PROXY: '1',
    },
    /does not answer/,
  ],
  ['an argument', ['schemas', 'check', '--registry', REGISTRY], {}, /set SCHEMA_REGISTRY_URL instead/],
  [
    'a short cursor key',
    ['config'],
    { ESS_CURSOR_KEYS: 'planted-but-16-b,planted' },
    /ESS_CURSOR_KEYS must hold keys of 16 bytes or more .*openssl rand/,
  ],
])('%s shows none', async (_name, args, env, told) => {
  const { output } = await ess(args, env);
  expect(output).toMatch(told);
  expect(seenIn(output)).toEqual([]);
});

test('NODE_TLS_REJECT_UNAUTHORIZED=0 is told, and Node does not say the opposite', async () => {
  const { output } = await ess(['config'], { NODE_TLS_REJECT_UNAUTHORIZED: '0' });
  expect(output).toContain('ess: NODE_TLS_REJECT_UNAUTHORIZED=0 is ignored: certificates are always checked');
  expect(output).not.toContain('insecure');
});

describe('a connector', () => {
  test.each([
    ['deliver.url', `https://ess:${PASSWORD}@partner.example/`, undefined],
    ['deliver.url', `https://${PASSWORD}@partner.example/`, undefined],
    ['tokenUrl', 'https://partner.example/', `https://ess:${PASSWORD}@partner.example/token`],
  ])('with user and password in %s is refused with the remedy', async (field, url, tokenUrl) => {
    await using cleanup = new Cleanup();
    const root = temporaryFolder(cleanup);
    const oauth = tokenUrl && {
      auth: { oauth2ClientCredentials: { tokenUrl, clientId: 'ess', clientSecret: `\${PARTNER_SECRET}` } },
    };
    writeConnector(root, 'partner', 'rules', url, oauth ? { deliver: oauth } : {});
    const { code, output } = await ess(['connector', 'check', '--connectors', root], {
      PARTNER_SECRET: 'a-secret-here',
    });
    expect(code).toBe(1);
    expect(output).toContain(field);
    expect(output).toContain('the URL holds a user or a password (move them to deliver.auth');
    expect(seenIn(output)).toEqual([]);
  });

  test('is probed without its key being shown, and --url takes no password', async () => {
    await using cleanup = new Cleanup();
    await using partner = await FakePartner.start();
    const root = temporaryFolder(cleanup);
    const url = `http://127.0.0.1:${partner.port}/\${PARTNER_PATH}?key=\${PARTNER_KEY}`;
    writeConnector(root, 'partner', 'rules', url);
    const env = { PARTNER_PATH: 'planted-path', PARTNER_KEY: 'planted-key' };
    const probed = await ess(['connector', 'probe', 'partner', '--yes', '--connectors', root, '--json'], env);
    expect(partner.received[0]?.path).toBe('/planted-path?key=planted-key');
    expect(seenIn(probed.output)).toEqual([]);
    const refused = await ess(
      [
        'connector',
        'probe',
        'partner',
        '--connectors',
        root,
        '--url',
        `http://ess:${PASSWORD}@127.0.0.1:${partner.port}/`,
      ],
      env,
    );
    expect([refused.code, refused.output]).toEqual([2, expect.stringContaining('--url holds a user or a password')]);
    expect(seenIn(refused.output)).toEqual([]);
  });
});

test('a probe that gets no token says why in one line, and sends nothing', async () => {
  await using cleanup = new Cleanup();
  await using partner = await FakePartner.start(() => ({ status: 200, body: '<html>planted</html>' }));
  const root = temporaryFolder(cleanup);
  const tokenUrl = `${partner.url}/\${PARTNER_PATH}?key=planted-key`;
  const oauth = { oauth2ClientCredentials: { tokenUrl, clientId: 'ess', clientSecret: `\${PARTNER_SECRET}` } };
  writeConnector(root, 'partner', 'rules', partner.url, { deliver: { auth: oauth } });
  const env = { PARTNER_PATH: 'planted-path', PARTNER_SECRET: 'planted-secret' };
  const { code, output } = await ess(['connector', 'probe', 'partner', '--yes', '--connectors', root], env);
  expect(code).toBe(1);
  expect(output).toMatch(
    /^ess: nothing was sent, there is no token: token endpoint answered 200 without good JSON.*$/m,
  );
  expect([partner.received.length, seenIn(output)]).toEqual([1, []]);
});

test('a worker whose registry wants a password, and whose partner has a key in its address, shows neither', async () => {
  await using stack = await openTestStack();
  // A registry behind a gateway that wants Basic, and is away at first.
  let isAway = true;
  const basic = `Basic ${Buffer.from('ess:planted-p@ss/word').toString('base64')}`;
  const gateway = createServer((request, response) => {
    if (isAway) return request.socket.destroy();
    if (request.headers.authorization !== basic) return response.writeHead(401).end('{"error_code":40101}');
    const headers = { 'content-type': 'application/json' };
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', async () => {
      const body = request.method === 'GET' ? null : Buffer.concat(chunks);
      const { origin } = new URL(stack.registry);
      const answer = await fetch(origin + request.url, { method: request.method ?? 'GET', headers, body });
      response.writeHead(answer.status, headers).end(await answer.text());
    });
  });
  await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
  const { port } = gateway.address() as AddressInfo;
  const { pathname } = new URL(stack.registry);
  await using partner = await FakePartner.start();
  await using line = await Pipeline.open(stack, partner, {
    deliverWith: () => ({ url: `${partner.url}?access_token=planted-in-the-file&v=1` }),
    env: () => ({
      SCHEMA_REGISTRY_URL: `http://ess:${PASSWORD}@127.0.0.1:${port}${pathname}`,
      ESS_LOG_LEVEL: 'debug',
    }),
  });
  try {
    await line.source.publish([makeRule('a', 1)]);
    const worker = line.spawn();
    await worker.logged('program.waits', (told) => told['for'] === 'the schema registry');
    isAway = false;
    await partner.until((received) => received.length === 1);
    await line.drained();
    expect(partner.received[0]?.path).toBe('/hook?access_token=planted-in-the-file&v=1');
    await worker.logged('delivery.attempted', ({ path }) => path === '/hook?access_token=***&v=***');
    expect(seenIn(await line.metrics(worker))).toEqual([]);
    await worker.signal('SIGTERM');
    expect(seenIn(line.output)).toEqual([]);
  } finally {
    gateway.close();
    gateway.closeAllConnections();
  }
});
