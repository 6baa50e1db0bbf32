import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { EventSourceClient } from './event-source.ts';

async function serve(handle: (request: IncomingMessage, response: ServerResponse, index: number) => void) {
  const asked: IncomingMessage['headers'][] = [];
  const server = createServer((request, response) => {
    asked.push(request.headers);
    handle(request, response, asked.length - 1);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
const OPEN = { 'content-type': 'text/event-stream' };

test('it comes back with the last id after the wait that the server asked for, and half an event is not counted', async () => {
  await using server = await serve((_request, response, index) => {
    response.writeHead(200, OPEN);
    if (index === 0) response.end('retry: 10\n\nid: a\ndata: 1\n\nid: b\ndata: ha');
    else response.write('id: b\ndata: 2\n\n');
  });
  await using client = new EventSourceClient(server.url);
  await client.until('two events', ({ events }) => events.length === 2);
  expect(client).toMatchObject({ retryMs: 10, halves: 1, lastEventId: 'b', faults: [], statuses: [200, 200] });
  expect(server.asked.map((headers) => headers['last-event-id'])).toEqual([undefined, 'a']);
  expect(server.asked[0]).toMatchObject({ accept: 'text/event-stream', 'cache-control': 'no-store' });
});

test.each([
  [204, {}],
  [205, {}],
  [404, {}],
  [410, {}],
  [429, {}],
  [503, {}],
  [200, { 'content-type': 'text/plain' }],
  [200, { 'content-type': 'text/event-streams' }],
])('after %i %j it never comes back', async (status, headers) => {
  await using server = await serve((_request, response) => response.writeHead(status, headers).end());
  await using client = new EventSourceClient(server.url, { retryMs: 1 });
  await client.until('the end', ({ failed }) => failed !== undefined);
  expect(server.asked).toHaveLength(1);
});
