import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { eventually } from '@ess/test/harness/deadline.ts';
import { expect, test } from '@jest/globals';
import { startSpeciesIndex } from './species-index.ts';

/** For what does come. */
const PATIENT_MS = 60_000;
const order = (revision: number, surveys: string, name = 'wildfire') =>
  JSON.stringify({ order: name, revision, zone: 'north-county', surveys });

async function startBridge(handle: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test('surveys pause and go on as the stream says; what was missed comes from the replay, once', async () => {
  const streams: ServerResponse[] = [];
  const keys: unknown[] = [];
  const checkpoints: string[] = [];
  let away = true;
  await using bridge = await startBridge((request, response) => {
    keys.push(request.headers['x-api-key']);
    if (request.url === '/stream') {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': hello\n\n');
      streams.push(response);
    } else if (request.url === '/replay?since=1685940000000') {
      // The stream has the newest one already.
      streams.at(-1)?.write(`id: c\ndata: ${order(3, 'PAUSE')}\n\n`);
      response.writeHead(200, { 'content-type': 'application/json', 'ess-cursor': 'd' });
      response.end(`[${order(2, 'RESUME')},${order(3, 'PAUSE')},${order(1, 'PAUSE', 'flood')}]`);
    } else if (request.url === '/stream/checkpoint' && request.method === 'POST') {
      // A bridge that is about to stop: it is asked again.
      response.writeHead(away ? 503 : 204).end();
      if (!away) request.on('data', (body) => checkpoints.push((JSON.parse(String(body)) as { id: string }).id));
      away = false;
    }
  });
  const lines: string[] = [];
  const print = (line: string) => lines.push(line);
  await using index = await startSpeciesIndex({ bridgeUrl: bridge.url, apiKey: 'key', port: 0, print });
  streams[0]?.write(`id: a\ndata: ${order(1, 'PAUSE')}\n\n`);
  await index.waitFor((received) => received.length === 1, PATIENT_MS);
  expect(await (await fetch(index.listUrl)).json()).toEqual([{ zone: 'north-county', paused: true }]);
  await eventually('it says that it has it', () => checkpoints.includes('a') || undefined);
  index.goOffline();
  expect(await index.comeBack(1_685_940_000_000)).toHaveLength(3);
  await index.waitFor((received) => received.length >= 3, PATIENT_MS);
  // Not before it has what it missed.
  await eventually('it says that it has all', () => checkpoints.includes('d') || undefined);
  expect(checkpoints.slice(0, checkpoints.indexOf('d'))).not.toContain('c');
  const seen = index.received.map((one) => `${one.order} ${one.revision}`);
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen).toContain('wildfire 3');
  expect(index.paused.get('north-county')).toBe(true);
  expect(new Set(keys)).toEqual(new Set(['key']));
  expect(lines[0]).toBe('species-index ← surveys pause in north-county (wildfire v1, streamed)');
});

test('a refused key is told, not waited for', async () => {
  await using bridge = await startBridge((_request, response) => response.writeHead(401).end());
  await expect(startSpeciesIndex({ bridgeUrl: bridge.url, apiKey: 'wrong', port: 0 })).rejects.toThrow('refused');
});
