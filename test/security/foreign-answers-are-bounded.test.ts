// Whoever answers us, with whatever: a token endpoint, an address of keys, the schema registry, a partner. The answer is read up
// to a bound of bytes and time; then the connection is ended by us, in words that name whose it was.
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { makeCertificate } from '@ess/infra/demo/certificate.ts';
import { createJwtVerifier } from '@ess/runtime/access/jwt.ts';
import { Codec } from '@ess/stream/registry/codec.ts';
import { Subjects } from '@ess/stream/registry/subjects.ts';
import { Sender } from '@ess/worker/send/sender.ts';
import { OAuthToken } from '@ess/worker/send/token/oauth-token.ts';
import { describe, expect, test } from '@jest/globals';
import { FakePartner } from '../fakes/partner.ts';
import { dripping, type Misbehaviour, pouring, RawServer } from '../fakes/raw-server.ts';
import { clientCredentials } from '../harness/data/client-credentials.ts';
import { makeRule } from '../harness/data/rules.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import { openTestStack } from '../harness/test-stack.ts';

const LOCAL = ['127.0.0.0/8'];
/** Never looked at beyond its form. */
const TOKEN = `${btoa('{"alg":"ES256","kid":"k"}')}.${btoa('{}')}.AAAA`.replaceAll('=', '');

/** For what ends by its bounds alone. */
const PATIENT_MS = 60_000;
/** Asks once. @param timeoutMs of a partner @returns what was told, or for a partner the answer */
type Ask = (origin: string, timeoutMs?: number) => Promise<string>;

const told = (asked: Promise<unknown>): Promise<string> =>
  asked.then(
    (answer) => `answered ${JSON.stringify(answer)}`,
    (error: Error) => error.message,
  );

const ENDPOINTS = {
  token: (origin: string) => {
    const credentials = clientCredentials(`${origin}/planted?planted=x`);
    return told(new OAuthToken({ credentials, allow: LOCAL }).get());
  },
  keys: async (origin: string) => {
    let why = '';
    const keys = { jwksUrl: `${origin}/planted?planted=x` };
    const verify = createJwtVerifier({ issuer: 'i', audience: 'a', keys }, (error) => {
      why = error instanceof Error ? error.message : String(error);
    });
    expect(await verify(TOKEN)).toEqual({ ok: false, reason: 'keys-away' });
    return why;
  },
  schema: async (origin: string) => {
    const codec = new Codec(origin.replace('//', '//ess:planted-pass@'));
    const record = Buffer.from([0, 0, 0, 0, 7]);
    const failed = await codec.prepare([record]).catch((error: Error) => error.message);
    return failed ?? JSON.stringify(codec.decode(record));
  },
  subject: (origin: string) => told(new Subjects(origin.replace('//', '//ess:planted-pass@')).latest('rules-value')),
  partner: async (origin: string, timeoutMs = PATIENT_MS) => {
    const sender = new Sender({ url: `${origin}/planted?planted=x`, allow: LOCAL, connections: 1 });
    try {
      return await told(new Promise((done) => sender.send({ headers: {}, body: '{}' }, timeoutMs, undefined, done)));
    } finally {
      await sender.close();
    }
  },
} satisfies Record<string, Ask>;
type Endpoint = keyof typeof ENDPOINTS;
const endpoints = Object.entries(ENDPOINTS) as Array<[Endpoint, Ask]>;

const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n';
const CHUNK = Buffer.alloc(65_536, 0x20);
const chunked = (size: number) => `${size.toString(16)}\r\n${' '.repeat(size)}\r\n`;
/** 64 MB of zeros. */
const BOMB = gzipSync(Buffer.alloc(67_108_864));

const FAST: Readonly<Record<string, Misbehaviour>> = {
  'a body without end': pouring(`${HEAD}\r\n`, CHUNK),
  'a body of a million gigabytes': pouring(`${HEAD}content-length: 1000000000000000\r\n\r\n`, CHUNK),
  'chunks without end': pouring(`${HEAD}transfer-encoding: chunked\r\n\r\n`, chunked(16_384)),
  'tiny chunks, on and on': pouring(`${HEAD}transfer-encoding: chunked\r\n\r\n`, '1\r\n \r\n'.repeat(10_000)),
  'headers without end': pouring(HEAD, `x: ${'y'.repeat(1_000)}\r\n`),
  'a header without end': pouring(`${HEAD}x: `, Buffer.alloc(65_536, 0x78)),
  'a packed body that unpacks without end': pouring(
    Buffer.concat([Buffer.from(`${HEAD}content-encoding: gzip\r\ncontent-length: ${BOMB.length * 100}\r\n\r\n`), BOMB]),
    BOMB,
  ),
  'a redirect to itself': (socket) =>
    socket.end('HTTP/1.1 307 Temporary Redirect\r\nlocation: /again\r\ncontent-length: 0\r\n\r\n'),
  'no HTTP': (socket) => socket.end('220 mail.example ESMTP\r\n'),
  'nothing, and the end': (socket) => socket.end(),
  'half a body': (socket) => socket.end(`${HEAD}content-length: 100\r\n\r\n{"access_token":`),
  'another protocol': (socket) =>
    void socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'),
};

/** These end by time: 5 s for a token, 3 s for keys, 10 s for the registry, the connector's `timeoutMs` for a partner. */
const SLOW: Readonly<Record<string, Misbehaviour>> = {
  'a byte now and then': dripping(`${HEAD}\r\n`, ' '),
  'a header now and then': dripping(HEAD, 'x: y\r\n'),
  'an answer that never begins': () => undefined,
  'early hints without end': dripping('', 'HTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\n'),
  'an extension of a chunk without end': dripping(`${HEAD}transfer-encoding: chunked\r\n\r\n1;`, 'x'.repeat(100)),
  'blanks before a header': dripping(`${HEAD}x: `, ' '.repeat(1_000)),
  'trailers now and then': dripping(`${HEAD}transfer-encoding: chunked\r\n\r\n1\r\n \r\n0\r\n`, 'x: y\r\n'),
};

test.each(Object.entries(FAST))('%s ends at its bound', async (name, misbehave) => {
  const isLong = /without end|gigabytes/.test(name) && /body|chunks/.test(name);
  const asked = endpoints.map(async ([endpoint, ask]) => {
    await using server = await RawServer.start(misbehave);
    const text = await ask(server.origin);
    await server.untilLeft();
    return { endpoint, text, requests: server.requests };
  });
  for (const { endpoint, text, requests } of await Promise.all(asked)) {
    expect([endpoint, text]).toEqual([endpoint, expect.not.stringContaining('planted')]);
    expect([endpoint, text]).toEqual([endpoint, expect.stringMatching(isLong ? BOUND[endpoint] : ANY[endpoint])]);
    if (name.includes('redirect')) expect(requests).toBe(1);
  }
});

/** How the bound is told, or that the status line of the partner counts all the same. */
const BOUND: Readonly<Record<Endpoint, RegExp>> = {
  token: /^token endpoint http:\/\/127\.0\.0\.1:\d+ answered more than 65536 bytes$/,
  keys: /^http:\/\/127\.0\.0\.1:\d+ answered more than 262144 bytes$/,
  schema: /http:\/\/\*\*\*@127\.0\.0\.1:\d+ answered 200 with more than 1048576 bytes/,
  subject: /http:\/\/\*\*\*@127\.0\.0\.1:\d+ answered 200 with more than 1048576 bytes/,
  partner: /"status":200/,
};

const ANY: typeof BOUND = {
  token: /^token endpoint /,
  keys: /^http:\/\/127\.0\.0\.1:\d+ /,
  schema: /http:\/\/\*\*\*@127\.0\.0\.1/,
  subject: /http:\/\/\*\*\*@127\.0\.0\.1/,
  partner: /^answered /,
};

/** What is neither body nor header has a bound of its own where it is not a matter of time. */
const WIRE: Readonly<Record<string, Misbehaviour>> = {
  'hints without end': pouring('', `HTTP/1.1 103 Early Hints\r\nlink: <${'x'.repeat(1_000)}>\r\n\r\n`),
  'an extension of a chunk without end': pouring(
    `${HEAD}transfer-encoding: chunked\r\n\r\n1;`,
    Buffer.alloc(65_536, 0x78),
  ),
  'blanks without end': pouring(`${HEAD}x: `, CHUNK),
};

test.each(Object.entries(WIRE))('%s end at a bound', async (_name, misbehave) => {
  for (const endpoint of ['token', 'keys'] as const) {
    await using server = await RawServer.start(misbehave);
    expect(await ENDPOINTS[endpoint](server.origin)).toMatch(/answered more than \d+ bytes|HPE_|ECONNRESET/);
    await server.untilLeft();
  }
});

test('what comes slower than that ends by time, at all of them at once', async () => {
  const cases = Object.entries(SLOW).flatMap(([name, misbehave]) =>
    endpoints.map(async ([endpoint, ask]) => {
      await using server = await RawServer.start(misbehave);
      const text = await ask(server.origin, 1_000);
      await server.untilLeft();
      return { name, endpoint, text };
    }),
  );
  for (const { name, endpoint, text } of await Promise.all(cases)) {
    expect([name, text]).toEqual([name, expect.not.stringContaining('planted')]);
    const how = endpoint === 'partner' ? /"status":200|ETIMEDOUT/ : /did not answer in \d+ ms|does not answer/;
    expect([name, endpoint, text]).toEqual([name, endpoint, expect.stringMatching(how)]);
  }
});

describe('keys from an address', () => {
  const serving =
    (body: string): Misbehaviour =>
    (socket) =>
      socket.end(`${HEAD}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  const EC = { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' };

  test.each<readonly [name: string, body: string, why: string]>([
    ['thousands of keys', JSON.stringify({ keys: Array(2_000).fill(EC) }), 'more than 100 keys'],
    ['the keys twice', '{"keys":[],"keys":[]}', 'is there twice'],
    ['a prototype', '{"__proto__":{"keys":[]},"keys":[]}', 'not allowed'],
    ['a list', '[]', 'no list of keys'],
    ['nothing', 'null', 'no list of keys'],
    ['a level too deep', `{"keys":${'['.repeat(100)}${']'.repeat(100)}}`, 'nested'],
    ['a number beyond numbers', '{"keys":1e999}', 'cannot be held'],
  ])('%s are no keys', async (_name, body, why) => {
    await using server = await RawServer.start(serving(body));
    expect(await ENDPOINTS.keys(server.origin)).toContain(why);
  });

  test.each<readonly [name: string, key: object]>([
    ['a secret key', { kty: 'oct', k: 'c2VjcmV0', kid: 'k', alg: 'ES256' }],
    ['a private key', { ...EC, d: 'd', kid: 'k' }],
    ['a private RSA key without d', { kty: 'RSA', n: 'n', e: 'AQAB', p: 'p', q: 'q', kid: 'k' }],
    ['a key id that is no text', { ...EC, kid: ['k'] }],
    ['a kind that is none', { kty: 'XXX', kid: 'k' }],
  ])('%s among them counts as none', async (_name, key) => {
    await using server = await RawServer.start(serving(JSON.stringify({ keys: [key, { ...EC, kid: 'other' }] })));
    const verify = createJwtVerifier({ issuer: 'i', audience: 'a', keys: { jwksUrl: `${server.origin}/` } });
    expect(await verify(TOKEN)).toEqual({ ok: false, reason: 'unknown-key' });
  });
});

describe('a token over the client certificate of the partner', () => {
  const [server, client, other] = ['server', 'client', 'other'].map(makeCertificate);
  if (!server || !client || !other) throw new Error('no certificates');

  async function endpoint() {
    const seen: string[] = [];
    const https = createServer({ ...server, requestCert: true, ca: [client?.cert ?? ''] }, (request, response) => {
      const { subject } = (
        request.socket as unknown as { getPeerCertificate(): { subject: { CN: string } } }
      ).getPeerCertificate();
      seen.push(subject.CN);
      response.end('{"access_token":"bound","token_type":"Bearer"}');
    });
    https.on('tlsClientError', () => undefined);
    await new Promise<void>((resolve) => https.listen(0, '127.0.0.1', resolve));
    return {
      seen,
      url: `https://127.0.0.1:${(https.address() as AddressInfo).port}/token`,
      [Symbol.asyncDispose]: async () => {
        https.closeAllConnections();
        await new Promise((resolve) => https.close(resolve));
      },
    };
  }
  const get = (tokenUrl: string, tls?: { cert: string; key: string; ca?: string }) =>
    new OAuthToken({ credentials: clientCredentials(tokenUrl), allow: LOCAL, tls }).get();

  test('is asked for with it, and the authority that the connector names counts', async () => {
    await using https = await endpoint();
    expect(await get(https.url, { ...client, ca: server.cert })).toBe('bound');
    expect(https.seen).toEqual(['client']);
  });

  test.each<readonly [name: string, tls: Parameters<typeof get>[1]]>([
    ['without the authority', client],
    ['with the authority of somebody else', { ...client, ca: other.cert }],
    ['with the certificate of somebody else', { ...other, ca: server.cert }],
    ['without a certificate', undefined],
  ])('%s there is none, whatever NODE_TLS_REJECT_UNAUTHORIZED says', async (_name, tls) => {
    await using https = await endpoint();
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      await expect(get(https.url, tls)).rejects.toThrow(/^token endpoint https:\/\/127\.0\.0\.1:\d+ gave no answer/);
      expect(https.seen).toEqual([]);
    } finally {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    }
  });
});

test('a token that cannot be sent holds the partner with the reason, and nothing is lost', async () => {
  await using stack = await openTestStack();
  await using partner = await FakePartner.start();
  const body = (token: string) => JSON.stringify({ access_token: token, expires_in: 3600 });
  const answer =
    (text: string): Misbehaviour =>
    (socket) =>
      socket.end(`${HEAD}connection: close\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  await using endpoint = await RawServer.start(answer(body('planted\r\nx-admin: 1')));
  await using line = await Pipeline.open(stack, partner, {
    deliver: { retry: { maxAttempts: 2, firstMs: 10 } },
    deliverWith: (prefix) => ({
      auth: {
        oauth2ClientCredentials: {
          tokenUrl: `${endpoint.origin}/token`,
          clientId: 'ess',
          clientSecret: `\${${prefix}SECRET}`,
        },
      },
    }),
    env: (prefix) => ({ [`${prefix}SECRET`]: 'client-secret-of-ess' }),
  });
  const [worker] = await line.start();
  if (!worker) throw new Error('no worker');
  await line.source.publish([makeRule('a', 1), makeRule('b', 1)]);
  const held = await worker.logged('partner.held');
  expect(held['reason']).toBe(
    'token endpoint gave an access_token that cannot be sent: it is no visible ASCII, or too long',
  );
  expect(partner.received).toHaveLength(0);
  endpoint.misbehave = answer(body('good'));
  await partner.until((received) => received.length === 2);
  expect(partner.received.map(({ headers }) => headers['authorization'])).toEqual(['Bearer good', 'Bearer good']);
  await line.drained();
  expect(line.output).not.toContain('planted');
});
