// Replays whose clients leave or do not read, over real connections: what such a one held is free again.
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { visited, WAYS_TO_LEAVE } from '@ess/test/fakes/streams/leaving-client.ts';
import { afterEach, expect, jest, test } from '@jest/globals';
import type { Hub } from '../live/hub.ts';
import type { Principals } from '../principals.ts';
import type { ReplayRoute } from './replay-route.ts';
import { previewReplay, replay } from './replay-route.ts';

const STRETCHES = 20;
/** More than a response takes at once. */
const TEXT = 'x'.repeat(1_000_000);

/** A route over a history of twenty stretches. @param onAsked awaited before a stretch is there; told how many were asked for */
function routeOver(onAsked: (asked: number) => Promise<void> | void) {
  let asked = 0;
  let stretches = 0;
  const next = async (_view: unknown, [at = 0]: readonly number[]) => {
    asked += 1;
    await onAsked(asked);
    stretches += 1;
    const documents = () => [{ text: TEXT, cursor: () => '' }].values();
    return { stretch: { to: [at + 1], lost: [], events: 1, documents }, release: () => (stretches -= 1) };
  };
  const route: ReplayRoute = {
    hub: {
      channels: new Map([['kiosk', { view: { cursor: () => 'c' } }]]),
      publicLog: { changes: 0 },
      source: { partitions: [0], bounds: async () => [{ low: 0, end: STRETCHES }], offsetsAt: async () => [0] },
      stretches: { next },
    } as unknown as Hub,
    principals: { admit: async () => ({ kind: 'in', principal: { partner: 'kiosk' } }) } as unknown as Principals,
    receipts: { brought: () => undefined },
    perPartner: 1,
    busy: () => undefined,
    running: new Map(),
  };
  return { route, asked: () => asked, held: () => ({ places: route.running.get('kiosk'), stretches }) };
}

const NOTHING = { places: 0, stretches: 0 };
const SERVED = [
  ['a whole answer', '/replay?since=0', replay],
  ['a page', '/replay?since=0&limit=100', replay],
  ['a preview', '/replay/preview?since=0', previewReplay],
] as const;

afterEach(() => {
  jest.restoreAllMocks();
});

test.each(WAYS_TO_LEAVE.flatMap((way) => SERVED.map((served) => [way, ...served] as const)))(
  'a client that leaves while history is read for it (%s) has its place no more, and nothing more is read: %s',
  async (way, _, path, serve) => {
    await visited(way, path, async ({ request, response, url, leave }) => {
      const { route, asked, held } = routeOver((count) => (count === 2 ? leave() : undefined));
      await serve(route, request, response, url);
      expect([asked(), held()]).toEqual([2, NOTHING]);
    });
  },
);

test('a client that reads slowly is listened to once, however often it is waited for', async () => {
  await visited('HTTP/1.1, cut', '/replay?since=0', async ({ request, response, url }) => {
    let waits = 0;
    response.on('drain', () => (waits += 1));
    const listeners = () => ['close', 'drain', 'error'].map((name) => response.listenerCount(name)).join();
    const before = listeners();
    const seen = new Set<string>();
    const { route, held } = routeOver(() => void seen.add(listeners()));
    await replay(route, request, response, url);
    expect(waits).toBe(STRETCHES);
    expect([...seen]).toEqual([before]);
    expect(held()).toEqual(NOTHING);
  });
});

test('an answer that is not taken in time gives its place back, even if its end is never told, and is not ended', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const second = new Promise<[IncomingMessage, ServerResponse]>((resolve) =>
    server.on('request', (request, response) => request.url === '/replay' && resolve([request, response])),
  );
  // It waits behind the first, which nobody answers.
  client.write(['/first', '/replay'].map((path) => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`).join(''));
  const [request, response] = await second;
  jest.spyOn(response, 'destroy').mockImplementation(() => Object.assign(response, { destroyed: true }));
  // The time is over at once.
  jest.spyOn(globalThis, 'setTimeout').mockImplementation((over) => setImmediate(over) as never);
  const { route, held } = routeOver(() => undefined);
  await replay(route, request, response, new URL('http://x/replay?since=0'));
  expect([held(), response.writableEnded]).toEqual([NOTHING, false]);
  client.destroy();
  server.close();
});
