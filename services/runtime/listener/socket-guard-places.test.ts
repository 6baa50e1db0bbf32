// Whose connections have a place, over real sockets: so many of one address, so many in all.
import type { ServerResponse } from 'node:http';
import { eventually } from '@ess/test/harness/deadline.ts';
import { answer, closeAll, dial, GET, gone, never, openGuarded } from '@ess/test/harness/guarded-server.ts';
import { afterEach, describe, expect, test } from '@jest/globals';
import { networksOf } from './client-address.ts';
import type { GuardedRequest } from './guarded-connection.ts';

afterEach(closeAll);

const PROXIES = networksOf('X', ['127.0.0.0/8']);

describe('one address', () => {
  test('has so many unknown connections; the next one is cut, another address comes in', async () => {
    const { port, guard, cuts } = await openGuarded(answer, { anonymousPerAddress: 5, stallMs: 60_000 });
    for (let index = 0; index < 5; index += 1) await dial(port, '127.0.0.2');
    await gone((await dial(port, '127.0.0.2')).resume());
    await dial(port, '127.0.0.3');
    await eventually('all are counted', () => guard.size === 6 || undefined);
    expect(cuts).toEqual([['address', '127.0.0.2']]);
  });

  test('has a place again when one of its connections leaves, or shows who it is', async () => {
    const { port, guard } = await openGuarded(
      (request, response) => {
        guard.known(request);
        (response as ServerResponse).end('well');
      },
      { anonymousPerAddress: 2, stallMs: 60_000 },
    );
    const first = await dial(port);
    const second = await dial(port);
    second.write(GET);
    await new Promise((resolve) => second.once('data', resolve));
    await dial(port);
    await eventually('both are unknown', () => guard.anonymous === 2 || undefined);
    first.destroy();
    await eventually('one has gone', () => guard.anonymous === 1 || undefined);
    const last = await dial(port);
    last.write(GET);
    await new Promise((resolve) => last.once('data', resolve));
    expect(guard.size).toBe(3);
  });

  test('has so many unknown requests at work; in the connection of a proxy the client counts that it names', async () => {
    const { port, cuts } = await openGuarded(never, { anonymousPerAddress: 2, proxies: PROXIES, stallMs: 60_000 });
    const statuses: string[] = [];
    const ask = async (client?: string) => {
      const socket = await dial(port);
      socket.on('data', (bytes) => statuses.push(String(bytes).slice(9, 12)));
      socket.write(`GET / HTTP/1.1\r\nhost: x\r\n${client === undefined ? '' : `x-forwarded-for: ${client}\r\n`}\r\n`);
      return socket;
    };
    for (const client of ['192.0.2.1', '203.0.113.9, 192.0.2.1', undefined, undefined, undefined]) await ask(client);
    await ask('192.0.2.2, 192.0.2.1, 127.0.0.1');
    await eventually('the third is refused', () => statuses.length === 1 || undefined);
    await ask('192.0.2.2');
    expect(statuses).toEqual(['429']);
    expect(cuts).toEqual([['address', '192.0.2.1']]);
  });
});

test('a request that was over before it was known whose it is counts once', async () => {
  const late: GuardedRequest[] = [];
  const { port, guard, cuts } = await openGuarded(
    (request, response) => {
      if (request.url !== '/late') return;
      late.push(request);
      response.once('close', () => guard.known(request));
    },
    { anonymousPerAddress: 1, stallMs: 60_000 },
  );
  for (let index = 0; index < 3; index += 1) {
    const socket = await dial(port);
    socket.write(GET.replace('/', '/late'));
    await eventually('it has come', () => late.length > index || undefined);
    socket.destroy();
    await eventually('it has gone', () => guard.size === 0 || undefined);
  }
  const socket = await dial(port);
  // The first one is at work, and nobody knows whose it is: there is no place for a second one.
  socket.write(GET.repeat(2));
  await eventually('the second one is refused', () => cuts.length > 0 || undefined);
  expect(cuts).toEqual([['address', '127.0.0.1']]);
});

test('when there is no room the oldest unknown connection gives way; when all are known the newcomer does', async () => {
  const { port, guard, cuts } = await openGuarded(
    (request, response) => {
      guard.known(request);
      (response as ServerResponse).end('well');
    },
    { connections: 2, stallMs: 60_000 },
  );
  const oldest = await dial(port, '127.0.0.2');
  const known = await dial(port, '127.0.0.3');
  known.write(GET);
  await new Promise((resolve) => known.once('data', resolve));
  const went = gone(oldest.resume());
  const newcomer = await dial(port, '127.0.0.4');
  await went;
  newcomer.write(GET);
  await new Promise((resolve) => newcomer.once('data', resolve));
  await gone((await dial(port, '127.0.0.5')).resume());
  expect(cuts).toEqual([
    ['full', '127.0.0.2'],
    ['full', '127.0.0.5'],
  ]);
  expect([known.destroyed, newcomer.destroyed, guard.size]).toEqual([false, false, 2]);
});
