// The admin listeners ask for no credentials. So they answer nobody whom a page in a browser could have sent (a name of its
// own that leads here), change nothing, and are bounded like every other listener.
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { hostname } from 'node:os';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import type { AdminServer } from '@ess/runtime/listener/admin-server.ts';
import { startAdminServer } from '@ess/runtime/listener/admin-server.ts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { Stranger } from '../fakes/doors/stranger.ts';
import { eventually } from '../harness/deadline.ts';
import { freePort } from '../harness/free-port.ts';
import { EssProcess } from '../harness/programs/worker-process.ts';

const STALL_MS = 1_500;
const cleanup = new Cleanup();
const cuts: string[] = [];
let admin: AdminServer;
beforeAll(async () => {
  const health = { live: () => true, notReady: () => [] };
  admin = await startAdminServer(new Registry(), health, 0, '127.0.0.1', {
    hosts: ['ess-bridge', 'Metrics.example'],
    stallMs: STALL_MS,
    onCut: (reason) => cuts.push(reason),
  });
  cleanup.defer(() => admin[Symbol.asyncDispose]());
});
afterAll(() => cleanup[Symbol.asyncDispose]());

/** @returns everything that came until the connection ended */
async function say(url: string, text: string): Promise<string> {
  const socket: Socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  let answer = '';
  socket.on('data', (bytes) => {
    answer += String(bytes);
  });
  socket.write(text);
  await new Promise((resolve) => socket.once('close', resolve));
  return answer;
}
const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);
const ask = async (hosts: readonly string[], { method = 'GET', target = '/livez', url = admin.url } = {}) => {
  const lines = hosts.map((host) => `Host: ${host}\r\n`).join('');
  return say(url, `${method} ${target} HTTP/1.1\r\n${lines}Connection: close\r\n\r\n`);
};

test.each<[host: string, status: number]>([
  ['127.0.0.1', 200],
  ['127.0.0.1:9464', 200],
  ['10.20.30.40:80', 200],
  ['0.0.0.0', 200],
  ['2130706433', 200],
  ['[::1]', 200],
  ['[::1]:9464', 200],
  ['[::ffff:127.0.0.1]:9464', 200],
  ['[fe80::1%25eth0]:9464', 200],
  ['localhost', 200],
  ['LocalHost.:9464', 200],
  ['ess-bridge:9466', 200],
  ['metrics.example', 200],
  ['evil.example', 421],
  ['localhost.evil.example', 421],
  ['127.0.0.1.evil.example:9464', 421],
  ['evil-ess-bridge', 421],
  ['ess-bridge.evil.example', 421],
  ['metrics.example@evil.example', 421],
  ['127.0.0.1@evil.example', 421],
  ['evil.example#127.0.0.1', 421],
  ['127.0.0.1/evil', 421],
  ['::1', 421],
  ['[::1', 421],
  ['[evil.example]', 421],
  ['127.0.0.1:9464:9464', 421],
  ['127.0.0.1, evil.example', 421],
  ['256.0.0.1', 421],
  ['１２７.0.0.1', 421],
  ['', 421],
  [':9464', 421],
  ['null', 421],
])('a request to the Host "%s" is answered %i', async (host, status) => {
  const answer = await ask([host]);
  expect(statusOf(answer)).toBe(status);
  if (status === 421) expect(answer).toContain('ESS_ADMIN_HOSTS');
});

describe('one Host and no more', () => {
  test.each<[string, string, number]>([
    ['none', 'GET /livez HTTP/1.1\r\n', 400],
    ['none, in HTTP/1.0', 'GET /livez HTTP/1.0\r\n', 421],
    ['two', 'GET /livez HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n', 421],
    ['two alike', 'GET /livez HTTP/1.1\r\nHost: localhost\r\nhost: localhost\r\n', 421],
    ['another one in the target', 'GET http://evil.example/livez HTTP/1.1\r\nHost: localhost\r\n', 421],
    ['another one beside the target', 'GET http://localhost/livez HTTP/1.1\r\nHost: evil.example\r\n', 421],
    ['the same in the target', 'GET http://localhost:9464/livez?x HTTP/1.1\r\nHost: localhost:9464\r\n', 200],
    [
      'a name in the target behind another one',
      'GET http://localhost@evil.example/livez HTTP/1.1\r\nHost: localhost\r\n',
      421,
    ],
    ['another scheme', 'GET ws://evil.example/livez HTTP/1.1\r\nHost: localhost\r\n', 421],
  ])('%s', async (_, head, status) => {
    expect(statusOf(await say(admin.url, `${head}Connection: close\r\n\r\n`))).toBe(status);
  });
});

test.each([
  ['POST', '/livez'],
  ['PUT', '/metrics'],
  ['DELETE', '/metrics'],
  ['OPTIONS', '/metrics'],
  ['OPTIONS', '*'],
  ['TRACE', '/metrics'],
  ['PATCH', '/readyz'],
  ['PROPFIND', '/'],
])('%s %s is refused with what is allowed', async (method, target) => {
  const answer = await ask(['localhost'], { method, target });
  expect(statusOf(answer)).toBe(405);
  expect(answer).toMatch(/^allow: GET, HEAD\r$/im);
});

test('HEAD is answered without a body, and a wrong Host before a wrong method', async () => {
  expect(await ask(['localhost'], { method: 'HEAD' })).toMatch(/^HTTP\/1\.1 200 .*\r\n\r\n$/s);
  expect(statusOf(await ask(['evil.example'], { method: 'POST' }))).toBe(421);
});

test('strangers who get nowhere are cut, and the scraper is answered meanwhile', async () => {
  using silent = new Stranger(admin.url, '127.0.6.1', 80, {});
  using heads = new Stranger(admin.url, '127.0.6.2', 80, { says: 'GET /metrics HTTP/1.1\r\nx: ', repeats: 'x' });
  using _pages = new Stranger(admin.url, '127.0.6.3', 20, {
    says: 'GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n'.repeat(300),
    deaf: true,
  });
  for (let index = 0; index < 10; index += 1)
    expect(statusOf(await ask(['localhost'], { target: '/metrics' }))).toBe(200);
  await eventually('too many of one are refused', () => cuts.includes('address') || undefined);
  await eventually('too much in a row is cut', () => cuts.includes('pipelined') || undefined);
  const all = [...silent.sockets, ...heads.sockets];
  await eventually('the silent and the slow are cut', () => all.every(({ closed }) => closed) || undefined);
  expect(cuts).toContain('idle');
  expect(statusOf(await ask(['localhost']))).toBe(200);
});

test('a program answers to the names in its environment, else to those of its machine and service', async () => {
  const start = async (env: Record<string, string>) => {
    const port = await freePort();
    // Its Kafka is nowhere: the admin listener is there all the same, and says what is waited for.
    const args = ['worker', 'hospital', '--port', String(port)];
    const secrets = {
      HOSPITAL_SECRET: 'a-secret',
      HOSPITAL_SIGNING_SECRET: `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
    };
    const nowhere = { KAFKA_BROKERS: '127.0.0.1:9', SCHEMA_REGISTRY_URL: 'http://127.0.0.1:9' };
    const worker = new EssProcess(args, { ...secrets, ...nowhere, ESS_LOG_LEVEL: 'silent', ...env });
    cleanup.defer(() => worker[Symbol.asyncDispose]());
    const url = `http://127.0.0.1:${port}`;
    await eventually('it listens', async () => {
      if (worker.ended !== undefined) throw new Error(`it ended:\n${worker.output}`);
      return statusOf(await ask(['127.0.0.1'], { url })) === 200 || undefined;
    });
    return async (host: string) => statusOf(await ask([host], { url }));
  };
  const [usual, own] = await Promise.all([
    start({ ESS_POD_SERVICE: 'ess-worker-hospital' }),
    start({ ESS_ADMIN_HOSTS: 'metrics.example, ess' }),
  ]);
  const asked = ['ess-worker-hospital:9464', hostname(), 'metrics.example', 'ess', 'evil.example'];
  expect(await Promise.all(asked.map(usual))).toEqual([200, 200, 421, 421, 421]);
  expect(await Promise.all(asked.map(own))).toEqual([421, 421, 200, 200, 421]);
});
