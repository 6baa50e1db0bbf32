import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
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

const open = (allow = ['127.0.0.0/8']) =>
  new OAuthToken({ tokenUrl: `${url}/planted-path?planted=query`, clientId: 'ess', clientSecret: SECRET }, allow);
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
  token.forget();
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
  ['a quote', { access_token: 'a"b' }, 'cannot be sent'],
  ['a NUL', { access_token: 'a\u0000' }, 'cannot be sent'],
  ['other letters', { access_token: 'é' }, 'cannot be sent'],
  ['padding in the middle', { access_token: 'a=b' }, 'cannot be sent'],
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
  ['a prototype', '{"access_token":"a","__proto__":{"x":1}}', 'not allowed'],
  ['a level too deep', `{"access_token":"a","x":${'['.repeat(50_000)}`, 'nested'],
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

test('a refusal is told with the word of the standard, and no other word', async () => {
  answering({ error: 'invalid_client', error_description: SECRET }, 401);
  await expect(open().get()).rejects.toThrow(/^token endpoint answered 401 invalid_client$/);
  answering({ error: SECRET }, 400);
  await expect(open().get()).rejects.toThrow(/^token endpoint answered 400$/);
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
