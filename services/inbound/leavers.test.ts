// Clients that leave before they are answered: while the gate asks who they are, and while their event is on its way to Kafka.
import type { AddressInfo, Socket } from 'node:net';
import { connect } from 'node:net';
import type { InboundHook } from '@ess/domain/connector/connector.ts';
import { RateLimit } from '@ess/domain/delivery/rate-limit.ts';
import { afterEach, expect, jest, test } from '@jest/globals';
import type { Door } from './door.ts';
import type { Doors } from './doors.ts';
import type { Gate, GateVerdict } from './gate.ts';
import type { HookTopic } from './hook-topic.ts';
import { LIMITS } from './limits.ts';
import { readingOf } from './ring-body.ts';
import type { ToldRequest } from './server.ts';
import { DoorServer } from './server.ts';

const REQUEST = 'POST /beds HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}';

let closing = new AsyncDisposableStack();
afterEach(async () => {
  await closing.disposeAsync();
  closing = new AsyncDisposableStack();
});

/** One door, closed after the test. */
async function open(gate: Gate, publish: HookTopic['publish']) {
  const parts = { path: '/beds', accept: ['json'], auth: {}, handshake: {}, mapping: { fields: [] } };
  const hook = parts as unknown as InboundHook;
  const door = {
    hook,
    gate,
    rate: new RateLimit(Number.POSITIVE_INFINITY, 1_000),
    reading: readingOf(hook),
    events: () => ({ ok: true, events: [{ key: 'ward', record: {} }] }),
    encode: () => Buffer.from('record'),
    topic: { publish } as HookTopic,
  } as unknown as Door;
  const told: ToldRequest[] = [];
  const faults: unknown[] = [];
  const server = new DoorServer({
    doors: { at: () => door } as unknown as Doors,
    wall: gate,
    anonymousPerAddress: 2_000,
    onCut: () => undefined,
    proxies: [],
    clientSubjectHeader: 'x-subject',
    pages: () => new Map(),
    onAnswer: (one) => told.push(one),
    onFault: (error) => faults.push(error),
  });
  await server.server.listen({ port: 0, host: '127.0.0.1' });
  closing.defer(() => server.drain());
  return { server, told, faults, port: (server.server.server.address() as AddressInfo).port };
}

/** Asks, and takes no answer yet. */
async function ring(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' });
  closing.defer(() => void socket.destroy());
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.write(REQUEST);
  return socket;
}

const until = async (isSo: () => boolean) => {
  while (!isSo()) await new Promise(setImmediate);
};

test('those who leave while the gate asks take up no place, and nothing of theirs is published', async () => {
  const keys = Promise.withResolvers<GateVerdict>();
  const publish = jest.fn<HookTopic['publish']>(async () => 'published');
  const { server, told, port } = await open(() => keys.promise, publish);
  const leavers = await Promise.all(Array.from({ length: LIMITS.pending }, () => ring(port)));
  await until(() => server.pending() === LIMITS.pending);
  for (const leaver of leavers) leaver.destroy();
  await until(() => server.pending() === 0);
  keys.resolve({ ok: true });
  const stayer = await ring(port);
  const answer = await new Promise((resolve) => stayer.once('data', (bytes) => resolve(String(bytes))));
  expect(answer).toMatch(/^HTTP\/1.1 204/);
  expect(publish).toHaveBeenCalledTimes(1);
  expect(told.filter(({ outcome }) => outcome === 'aborted')).toHaveLength(LIMITS.pending);
});

test.each<[string, () => ReturnType<HookTopic['publish']>, number]>([
  ['published', async () => 'published', 0],
  ['failed', () => Promise.reject(new Error('nobody knows why')), 1],
])('one who leaves while its event is on its way is told once, as %s', async (outcome, end, faulty) => {
  const begun = Promise.withResolvers<void>();
  const kafka = Promise.withResolvers<void>();
  const { server, told, faults, port } = await open(
    async () => ({ ok: true }),
    () => {
      begun.resolve();
      return kafka.promise.then(end);
    },
  );
  const leaver = await ring(port);
  await begun.promise;
  leaver.destroy();
  await until(() => server.guard.size === 0);
  expect([told, server.pending()]).toEqual([[], 1]);
  kafka.resolve();
  await until(() => server.pending() === 0);
  expect(told).toMatchObject([{ outcome, status: 499 }]);
  await until(() => faults.length === faulty);
});
