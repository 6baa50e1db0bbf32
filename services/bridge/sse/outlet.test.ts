import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { eventually } from '@ess/test/harness/deadline.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { SocketOutlet } from './outlet.ts';
import { spanOf } from './span.ts';

/** More than two sockets hold between them. */
const MUCH = spanOf('x'.repeat(16_000_000));
const LITTLE = spanOf('x');
const accepted: Socket[] = [];
const server = createServer((socket) => accepted.push(socket));
const sockets: Socket[] = [];

beforeAll(() => once(server.listen(0, '127.0.0.1'), 'listening'));
afterAll(() => {
  for (const socket of [...sockets, ...accepted]) socket.destroy();
  server.close();
});

/** What an outlet writes to, and who reads it or does not. */
async function pair(): Promise<{ readonly ours: Socket; readonly theirs: Socket }> {
  const theirs = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => undefined);
  sockets.push(theirs);
  await once(theirs, 'connect');
  const ours = await eventually('accepted', () => accepted.pop());
  ours.on('error', () => undefined);
  theirs.pause();
  return { ours, theirs };
}

test('bytes that the system took at once are read no more', async () => {
  const { ours } = await pair();
  let gone = 0;
  expect(new SocketOutlet(ours, false).write(LITTLE, () => (gone += 1))).toBe(true);
  expect(gone).toBe(1);
});

/** More was written than the connection takes, and nobody reads yet. */
async function blocked() {
  const { ours, theirs } = await pair();
  const outlet = new SocketOutlet(ours, false);
  const seen = { gone: 0, drained: false };
  outlet.onDrain = () => {
    seen.drained = true;
  };
  expect(outlet.write(MUCH, () => (seen.gone += 1))).toBe(false);
  return { outlet, theirs, seen };
}

test('bytes that wait for the other side are read until the last of them has gone', async () => {
  const { theirs, seen } = await blocked();
  await turn();
  expect(seen).toEqual({ gone: 0, drained: false });
  theirs.resume();
  await eventually('drained', () => seen.drained || undefined);
  expect(seen.gone).toBe(1);
});

test('of a connection that is cut nobody knows who reads them still', async () => {
  const { outlet, seen } = await blocked();
  outlet.destroy();
  await eventually('told', () => seen.drained || undefined);
  expect(seen.gone).toBe(0);
});

test('packed bytes are copies', async () => {
  const { ours } = await pair();
  let gone = 0;
  new SocketOutlet(ours, true).write(MUCH, () => (gone += 1));
  expect(gone).toBeGreaterThanOrEqual(1);
});
