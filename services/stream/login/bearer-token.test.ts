// Tokens for Kafka: fetched once for as long as they are young, and anew before they end.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TokenLogin } from '@ess/domain/stream/kafka-access.ts';
import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { bearerToken, forgetToken } from './bearer-token.ts';

let asked: Array<{ readonly authorization: string | undefined; readonly form: URLSearchParams }> = [];
let answer: { readonly status: number; readonly body: string };
const server = createServer((request, response) => {
  let form = '';
  request.on('data', (chunk) => {
    form += chunk;
  });
  request.on('end', () => {
    asked.push({ authorization: request.headers.authorization, form: new URLSearchParams(form) });
    response.writeHead(answer.status, { location: '/elsewhere' }).end(answer.body);
  });
});
let login: TokenLogin;

beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
beforeEach(() => {
  asked = [];
  const { port } = server.address() as AddressInfo;
  const tokenUrl = `http://127.0.0.1:${port}/token`;
  login = { mechanism: 'oauthbearer', tokenUrl, clientId: 'ess', clientSecret: { text: 's e' }, scope: 'kafka' };
  forgetToken(login);
});
afterAll(() => void server.close());

test('one token serves all connections while it is young; then the next is fetched, by client credentials', async () => {
  answer = { status: 200, body: JSON.stringify({ access_token: 'a', expires_in: 100 }) };
  const now = jest.spyOn(performance, 'now');
  now.mockReturnValue(1_000);
  expect([await bearerToken(login), await bearerToken(login)]).toEqual(['a', 'a']);
  expect(asked).toHaveLength(1);
  expect(asked[0]?.authorization).toBe(`Basic ${Buffer.from('ess:s%20e').toString('base64')}`);
  expect(Object.fromEntries(asked[0]?.form ?? [])).toEqual({ grant_type: 'client_credentials', scope: 'kafka' });
  answer = { status: 200, body: JSON.stringify({ access_token: 'b', expires_in: 100 }) };
  now.mockReturnValue(1_000 + 49_999);
  expect(await bearerToken(login)).toBe('a');
  now.mockReturnValue(1_000 + 50_000);
  expect(await bearerToken(login)).toBe('b');
  now.mockRestore();
});

test('connections that are opened together ask once, and once again after a refusal', async () => {
  answer = { status: 503, body: '' };
  const refused = await Promise.allSettled([bearerToken(login), bearerToken(login)]);
  expect(refused.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(asked).toHaveLength(1);
  answer = { status: 200, body: JSON.stringify({ access_token: 'a' }) };
  expect(await Promise.all([bearerToken(login), bearerToken(login), bearerToken(login)])).toEqual(['a', 'a', 'a']);
  expect(asked).toHaveLength(2);
});

test.each([
  [{ status: 401, body: '{"error":"planted-secret"}' }, 'status 401'],
  [{ status: 302, body: '' }, 'broken off'],
  [{ status: 200, body: '{"token":"planted-secret"}' }, 'an answer without access_token'],
  [{ status: 200, body: 'planted-secret' }, 'an answer without access_token'],
  [{ status: 200, body: `"${'x'.repeat(70_000)}"` }, 'an answer that is too long'],
])('%# is told without what was answered', async (given, told) => {
  answer = given;
  const refused = bearerToken(login);
  await expect(refused).rejects.toThrow(`${login.tokenUrl} gives no token for ess: ${told}`);
  await expect(refused).rejects.not.toThrow('planted-secret');
});
