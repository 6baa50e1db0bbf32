import { generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ClientCredentials } from '@ess/domain/connector/trust/client-credentials.ts';
import { clientCredentials } from '@ess/test/harness/data/client-credentials.ts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { OAuthToken } from './oauth-token.ts';

const SECRET = 'planted-client-secret';
let serve: (response: ServerResponse, request: IncomingMessage) => void;
let asked = 0;
const server = createServer((request, response) => {
  asked += 1;
  request.resume();
  serve(response, request);
});
let url: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

let nowMs = 0;
const open = (allow = ['127.0.0.0/8'], more: Partial<ClientCredentials> = {}) =>
  new OAuthToken({
    credentials: clientCredentials(`${url}/planted-path?planted=query`, more),
    allow,
    now: () => nowMs,
  });
const answering = (body: unknown, status = 200) => {
  serve = (response) => response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
};

test('a token is fetched once and kept until it is nearly over', async () => {
  asked = 0;
  answering({ access_token: 'a.b-c_d~e+f/g==', token_type: 'bearer', expires_in: 3600 });
  const token = open();
  expect(token.current).toBeUndefined();
  expect(await Promise.all([token.get(), token.get()])).toEqual(['a.b-c_d~e+f/g==', 'a.b-c_d~e+f/g==']);
  expect([token.current, asked]).toEqual(['a.b-c_d~e+f/g==', 1]);
  token.refused('a.b-c_d~e+f/g==');
  expect(token.current).toBeUndefined();
});

test.each([undefined, null, 0, 1, -5, '3599', '1e308', 'soon', 1e308, 20, true, [], {}])(
  'a lifetime of %p neither asks before each delivery nor keeps a token for ever',
  async (expires_in) => {
    asked = 0;
    answering({ access_token: 'a', expires_in });
    const token = open();
    await token.get();
    expect(token.current).toBe('a');
    expect(asked).toBe(1);
  },
);

test.each<readonly [name: string, body: unknown, told: string]>([
  ['a line end', { access_token: 'a\nb' }, 'cannot be sent'],
  ['a header of its own', { access_token: 'a\r\nx-admin: 1' }, 'cannot be sent'],
  ['a space', { access_token: 'a b' }, 'cannot be sent'],
  ['a NUL', { access_token: 'a\u0000' }, 'cannot be sent'],
  ['other letters', { access_token: 'é' }, 'cannot be sent'],
  ['nothing in it', { access_token: '' }, 'cannot be sent'],
  ['too many characters', { access_token: 'x'.repeat(8_193) }, 'cannot be sent'],
  ['a number', { access_token: 7 }, 'without access_token'],
  ['no token', {}, 'without access_token'],
  ['a list', [{ access_token: 'a' }], 'without access_token'],
  ['null', 'null', 'without access_token'],
  ['a MAC token', { access_token: 'a', token_type: 'mac' }, 'token_type'],
  ['a type that is no text', { access_token: 'a', token_type: ['bearer'] }, 'token_type'],
  ['a page', '<html>', 'without good JSON'],
  ['the token twice', '{"access_token":"a","access_token":"b"}', 'is there twice'],
  [
    'an error and 200',
    { error: 'invalid_client', error_description: 'no such' },
    '200 without access_token: invalid_client: no such',
  ],
  ['an error that is no text and 200', { error: ['planted'] }, '200 without access_token'],
  ['bytes without end', 'x'.repeat(70_000), 'more than 65536 bytes'],
])('a token endpoint that answers with %s is told in words of ours', async (_name, body, told) => {
  answering(body);
  const failed = await open()
    .get()
    .catch((error: Error) => error.message);
  expect(failed).toContain(told);
  expect(failed).toMatch(/^token endpoint /);
  expect(failed).not.toMatch(/planted|x-admin|<html>/);
});

test.each<readonly [name: string, body: string, token: string]>([
  ['a byte order mark', '\ufeff{"access_token":"a"}', 'a'],
  ['no type', '{"access_token":"a","token_type":null}', 'a'],
  ['a token with more in it than RFC 6750 has', '{"access_token":"00D!A|b:c\\"=x"}', '00D!A|b:c"=x'],
  ['an id beyond 2^53', '{"access_token":"a","user":12345678901234567890}', 'a'],
  ['an infinity', '{"access_token":"a","load":1e999}', 'a'],
  ['a prototype', '{"access_token":"a","__proto__":{"access_token":"x"}}', 'a'],
  ['names twice that nobody reads', '{"access_token":"a","x":{"y":1,"y":2},"x":3}', 'a'],
  ['half a surrogate pair', '{"access_token":"a","name":"\\ud800"}', 'a'],
  ['nesting', `{"access_token":"a","x":${'['.repeat(30_000)}${']'.repeat(30_000)}}`, 'a'],
])('a token endpoint may answer with %s beside the token', async (_name, body, token) => {
  answering(body);
  expect(await open().get()).toBe(token);
});

test.each<readonly [name: string, body: unknown, told: string]>([
  ['its word', { error: 'invalid_client' }, '401 invalid_client'],
  [
    'its word and its sentence',
    { error: 'invalid_scope', error_description: 'no rules:write' },
    '401 invalid_scope: no rules:write',
  ],
  ['a sentence alone', { error_description: 'closed on Sundays' }, '401 closed on Sundays'],
  ['our secret', { error: SECRET, error_description: `secret ${SECRET} is wrong` }, '401 ***: secret *** is wrong'],
  ['our secret, encoded', { error: 'x', error_description: 'a%2Fb%3Fplanted%3D1' }, '401 x: ***'],
  [
    'lines and colours',
    { error: 'a\nb', error_description: '\u001b[31mred\u202e' },
    '401 a\\nb: \\u001b[31mred\\u202e',
  ],
  [
    'a page',
    { error: 'e'.repeat(70), error_description: 'd'.repeat(9_000) },
    `401 ${'e'.repeat(64)}…: ${'d'.repeat(200)}…`,
  ],
  ['no texts', { error: 7, error_description: ['planted'] }, '401'],
  ['nothing that is JSON', '<html>planted</html>', '401'],
])('a refusal is told by %s, bounded, printable and without what was sent', async (_name, body, told) => {
  answering(body, 401);
  const token = open(undefined, { parameters: { pass: 'a/b?planted=1' } });
  const failed = await token.get().catch((error: Error) => error.message);
  expect(failed).toBe(`token endpoint answered ${told}`);
});

const SPECIAL = 'p!anted*secret (27) of~county';
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const assertion = {
  privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  algorithm: 'ES256',
  audience: 'county',
};
test.each<readonly [name: string, more: Partial<ClientCredentials>, told: string]>([
  ['the secret in its header', { clientSecret: SPECIAL }, 'Basic *** grant_type=client_credentials'],
  [
    'the secret in its form',
    { authentication: 'post', clientSecret: SPECIAL },
    ' grant_type=client_credentials&client_id=ess&client_secret=***',
  ],
  [
    'a longer parameter that begins with the secret',
    { authentication: 'post', clientSecret: SPECIAL, parameters: { pass: `${SPECIAL}, more` } },
    ' grant_type=client_credentials&pass=***&client_id=ess&client_secret=***',
  ],
  [
    'its JWT',
    { authentication: 'privateKeyJwt', assertion },
    ' grant_type=client_credentials&client_id=ess&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=***',
  ],
])('a refusal that repeats the request hides %s', async (_name, more, told) => {
  serve = (response, request) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const said = `${request.headers.authorization ?? ''} ${Buffer.concat(parts)}`;
      response.writeHead(401).end(JSON.stringify({ error: 'x', error_description: said }));
    });
  };
  const failed = await open(undefined, more)
    .get()
    .catch((error: Error) => error.message);
  expect(failed).toBe(`token endpoint answered 401 x: ${told}`);
});

test('a redirect is not followed: it would take the credentials with it', async () => {
  asked = 0;
  serve = (response) => response.writeHead(307, { location: `${url}/other` }).end();
  await expect(open().get()).rejects.toThrow('answered 307');
  expect(asked).toBe(1);
});

test('over plain http the credentials go only to a listed address', async () => {
  asked = 0;
  for (const allow of [[], ['10.0.0.0/8']])
    await expect(open(allow).get()).rejects.toThrow(
      /^token endpoint http:\/\/127\.0\.0\.1:\d+ gave no answer: ESS_PLAIN_HTTP_REFUSED$/,
    );
  expect(asked).toBe(0);
});

test('what broke off says nothing of the URL but its origin, and the next one is asked again', async () => {
  serve = (response) => response.socket?.destroy();
  const token = open();
  const failed = await token.get().catch((error: Error) => error.message);
  expect(failed).toBe(`token endpoint ${url} gave no answer: ECONNRESET`);
  answering({ access_token: 'a' });
  expect(await token.get()).toBe('a');
});

describe('renewed ahead', () => {
  /** Each token that is given out, and the answers that wait until the test is ready for them. */
  function provider(expires_in: number) {
    const waiting: Array<() => void> = [];
    let isOpen = true;
    let given = 0;
    let woken = (): void => undefined;
    serve = (response) => {
      const answer = () => {
        given += 1;
        response.writeHead(200).end(JSON.stringify({ access_token: `t${given}`, expires_in }));
      };
      if (isOpen) answer();
      else waiting.push(answer);
      woken();
    };
    return {
      close: () => {
        isOpen = false;
      },
      open: () => {
        isOpen = true;
        for (const answer of waiting.splice(0)) answer();
      },
      get given() {
        return given;
      },
      /** Resolves when a request is there. */
      asked: () =>
        new Promise<void>((resolve) => {
          woken = resolve;
        }),
    };
  }

  test.each([2, 5, 20, 30, 60, 600, 3600])(
    'a token of %i s is used while the next one is on its way, and never after its end',
    async (lifetimeS) => {
      nowMs = 0;
      const endpoint = provider(lifetimeS);
      const token = open();
      expect(await token.get()).toBe('t1');
      nowMs = lifetimeS * 1000 * 0.49;
      expect([token.current, endpoint.given]).toEqual(['t1', 1]);
      endpoint.close();
      nowMs = lifetimeS * 1000 - Math.min(lifetimeS * 100, 5_000) - 1;
      const asked = endpoint.asked();
      for (let record = 0; record < 50; record += 1) expect(token.current).toBe('t1');
      await asked;
      expect(token.current).toBe('t1'); // one request is on its way
      nowMs += 1;
      expect(token.current).toBeUndefined();
      const waited = [token.get(), token.get()];
      endpoint.open();
      expect(await Promise.all(waited)).toEqual(['t2', 't2']);
      expect([token.current, endpoint.given]).toEqual(['t2', 2]);
    },
  );

  test('a renewal that fails leaves the token at hand in use, and is tried again after a second', async () => {
    nowMs = 0;
    provider(30);
    const token = open();
    await token.get();
    /** Uses it, and resolves when its renewal has failed. */
    const used = async (): Promise<void> => {
      const ended = new Promise<void>((resolve) => {
        serve = (response) => void response.writeHead(503).end().once('close', resolve);
      });
      for (let record = 0; record < 50; record += 1) expect(token.current).toBe('t1');
      await ended;
      // The connection has ended on this side too when a second request has made its way.
      await fetch(url).catch(() => undefined);
    };
    asked = 0;
    nowMs = 16_000;
    await used();
    expect([token.current, asked]).toEqual(['t1', 2]);
    nowMs += 1_000;
    await used();
    expect([token.current, asked]).toEqual(['t1', 4]);
  });

  test('a late 401 about an old token does not throw the new one away', async () => {
    nowMs = 0;
    const endpoint = provider(3600);
    const token = open();
    const old = await token.get();
    token.refused(old);
    expect(await token.get()).toBe('t2');
    token.refused(old);
    token.refused(old);
    expect([token.current, endpoint.given]).toEqual(['t2', 2]);
  });
});
