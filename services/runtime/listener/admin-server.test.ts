import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { Counter, Gauge, Registry } from 'prom-client';
import type { ProgramHealth } from './admin-server.ts';
import { startAdminServer } from './admin-server.ts';

const WELL: ProgramHealth = { live: () => true, notReady: () => [] };
const open = (health: Partial<ProgramHealth> = {}, registry = new Registry(), port = 0) =>
  startAdminServer(registry, { ...WELL, ...health }, port);
async function get(url: string): Promise<[number, string]> {
  const answer = await fetch(url);
  return [answer.status, await answer.text()];
}

test('a program that is well is live and ready', async () => {
  await using server = await open();
  expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(await get(`${server.url}/livez`)).toEqual([200, 'ok\n']);
  expect(await get(`${server.url}/readyz?verbose`)).toEqual([200, 'ok\n']);
});

test('one that waits says for what, and stays live', async () => {
  await using server = await open({ notReady: () => ['kafka', 'registry'] });
  expect(await get(`${server.url}/readyz`)).toEqual([503, 'waiting for: kafka, registry\n']);
  expect(await get(`${server.url}/livez`)).toEqual([200, 'ok\n']);
});

test('a program may have more to read there', async () => {
  await using server = await open({ pages: new Map([['/more.json', { type: 'application/json', body: '{}' }]]) });
  expect(await get(`${server.url}/more.json?x`)).toEqual([200, '{}']);
  expect(await get(`${server.url}/none`)).toEqual([404, 'there are /more.json, /metrics, /livez and /readyz\n']);
});

test('one that cannot work any more is not live', async () => {
  await using server = await open({ live: () => false });
  expect(await get(`${server.url}/livez`)).toEqual([503, 'not live\n']);
});

describe('/metrics', () => {
  test('are those of the registry, with gauges read at that moment', async () => {
    const registry = new Registry();
    const lag = new Gauge({ name: 'ess_lag_records', help: 'x', registers: [registry] });
    new Counter({ name: 'ess_total', help: 'x', registers: [registry] }).inc(3);
    let reads = 0;
    await using server = await open({ refresh: () => lag.set(++reads * 10) }, registry);
    await get(`${server.url}/metrics`);
    const answer = await fetch(`${server.url}/metrics`);
    expect(answer.headers.get('content-type')).toContain('text/plain; version=0.0.4');
    const text = await answer.text();
    expect(text).toContain('ess_lag_records 20');
    expect(text).toContain('ess_total 3');
  });
});

test('another path says which ones there are', async () => {
  await using server = await open();
  expect(await get(`${server.url}/`)).toEqual([404, 'there are /metrics, /livez and /readyz\n']);
});

test('a busy port gives way to the next free one, which the URL names', async () => {
  await using first = await open();
  const port = Number(new URL(first.url).port);
  await using second = await open({}, new Registry(), port);
  expect(Number(new URL(second.url).port)).toBeGreaterThan(port);
  expect(await get(`${second.url}/livez`)).toEqual([200, 'ok\n']);
});

test('an address that is not ours is an error, not another port', async () => {
  await expect(startAdminServer(new Registry(), WELL, 0, '192.0.2.1')).rejects.toThrow('EADDRNOTAVAIL');
});

test('closing frees the port at once, also while clients keep connections open', async () => {
  const server = await open();
  const { url } = server;
  await get(`${url}/livez`); // fetch keeps the connection
  const half = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => {});
  half.write('GET /livez HTTP/1.1\r\n');
  await new Promise((resolve) => setTimeout(resolve, 20));
  await server[Symbol.asyncDispose]();
  const again = createServer().listen(Number(new URL(url).port), '127.0.0.1');
  await new Promise((resolve, reject) => again.once('listening', resolve).once('error', reject));
  expect((again.address() as AddressInfo).port).toBe(Number(new URL(url).port));
  await new Promise((resolve) => again.close(resolve));
});
