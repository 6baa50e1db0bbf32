// What clients say that they have, over real sockets: by a checkpoint, by a cursor that they come back with; and what is none.
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { CursorSigner } from '@ess/domain/stream/cursor.ts';
import { newApiKey } from '@ess/runtime/access/api-key.ts';
import { QUIET_KEY, quietBridge, streamingPartner } from '@ess/test/fakes/streams/quiet-bridge.ts';
import { eventually } from '@ess/test/harness/deadline.ts';
import { expect, test } from '@jest/globals';
import { MAX_BODY_BYTES } from './checkpoint-route.ts';

const { key, hash } = newApiKey();
const JSON_TYPE = { 'content-type': 'application/json' };
const KEYED = { 'x-api-key': key, ...JSON_TYPE };
const signer = new CursorSigner(QUIET_KEY, 'kiosk');
const cursorAt = (offset: number) => signer.position([offset], 1_795_000_000_000);
const bodyOf = (id: unknown) => JSON.stringify({ id });

async function openBridge() {
  const bridge = await quietBridge({ low: 0, end: 9 });
  bridge.put(streamingPartner('kiosk', 'title', hash));
  const post = async (body: string, headers: Record<string, string> = KEYED, query = '', method = 'POST') => {
    const init = method === 'POST' ? { method, headers, body } : { method, headers };
    const answer = await fetch(`${bridge.url}/stream/checkpoint${query}`, init);
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  };
  /** Client → the position that is known of it, since the last call. */
  const known = () =>
    Object.fromEntries(
      bridge.receipts
        .takeDue()
        .flatMap(({ clients }) => clients.map(({ client, offsets, time }) => [client, offsets[0] ?? time])),
    );
  return Object.assign(bridge, { post, known });
}

test('a checkpoint is the receipt of everything before it, of the client that it names, and never lowers anything', async () => {
  await using bridge = await openBridge();
  expect(await bridge.post(bodyOf(cursorAt(5)))).toMatchObject({ status: 204, text: '' });
  expect(bridge.known()).toEqual({ '': 5 });
  await bridge.post(bodyOf(cursorAt(3)));
  await bridge.post(bodyOf(cursorAt(7)), KEYED, '?client=north.1');
  await bridge.post(bodyOf(cursorAt(6)), { ...KEYED, 'ess-client': 'south' }, '?client=north.1');
  await bridge.post(bodyOf(signer.cursor(1_795_000_000_000)), KEYED, '?client=timed');
  const type = 'application/vnd.x+json; charset="UTF-8"';
  await bridge.post(bodyOf(cursorAt(8)), { 'x-api-key': key, 'content-type': type }, '?client=typed');
  expect(bridge.known()).toEqual({ '': 5, 'north.1': 7, south: 6, timed: 1_795_000_000_000, typed: 8 });
});

test('a cursor that comes back to /stream, /replay or its preview is one too; a time that is asked for is none', async () => {
  await using bridge = await openBridge();
  const get = async (path: string, headers: Record<string, string> = {}, method = 'GET') => {
    const ending = new AbortController();
    const signal = ending.signal;
    const answer = await fetch(bridge.url + path, { method, headers: { 'x-api-key': key, ...headers }, signal });
    ending.abort();
    return answer.status;
  };
  expect(await get('/stream?client=a', { 'last-event-id': cursorAt(4) })).toBe(200);
  expect(await get(`/stream?cursor=${cursorAt(1)}&client=b`, { 'last-event-id': cursorAt(2) })).toBe(200);
  expect(await get(`/replay?cursor=${cursorAt(9)}&client=c`, {}, 'HEAD')).toBe(200);
  expect(await get(`/replay/preview?cursor=${cursorAt(9)}`, { 'ess-client': 'd' })).toBe(200);
  // Beyond the end: of a topic that is there no more.
  expect(await get(`/replay?cursor=${cursorAt(10)}&client=e`, {}, 'HEAD')).toBe(200);
  expect(await get('/replay?since=0&client=f', {}, 'HEAD')).toBe(200);
  expect(bridge.known()).toEqual({ a: 4, b: 2, c: 9, d: 9 });
  // Whoever streams is seen, and has nothing by that.
  expect(await get('/stream?since=0&client=g')).toBe(200);
  expect(await get('/stream?client=h')).toBe(200);
  expect(bridge.known()).toMatchObject({ g: null, h: null });
});

test('a cursor of another partner, a changed one, one of a retired key, and what is none are 400, and no receipt', async () => {
  await using bridge = await openBridge();
  const foreign = new CursorSigner(QUIET_KEY, 'another').position([5], 1);
  const retired = new CursorSigner('a key of before', 'kiosk').position([5], 1);
  for (const id of [foreign, retired, `${cursorAt(5).slice(0, -1)}!`, 'made-up', '', 5, null, undefined, [cursorAt(5)]])
    expect([id, (await bridge.post(bodyOf(id))).status]).toEqual([id, 400]);
  for (const body of ['', 'x', '[]', 'null', '"id"', '{"id":', `{"Id":"${cursorAt(5)}"}`])
    expect([body, (await bridge.post(body)).status]).toEqual([body, 400]);
  for (const name of ['', 'a b', 'ä', 'x'.repeat(65), 'a,b', '<']) {
    const query = `?client=${encodeURIComponent(name)}`;
    expect([name, (await bridge.post(bodyOf(cursorAt(5)), KEYED, query)).status]).toEqual([name, 400]);
    expect([name, (await bridge.get(`/stream${query}`, key)).status]).toEqual([name, 400]);
    expect([name, (await bridge.get(`/replay${query}&since=0`, key)).status]).toEqual([name, 400]);
  }
  expect(bridge.known()).toEqual({});
});

test('who is not let in, another method, another type and too much are refused as elsewhere', async () => {
  await using bridge = await openBridge();
  bridge.put(streamingPartner('off', 'title', newApiKey().hash, false));
  const good = bodyOf(cursorAt(5));
  expect((await bridge.post(good, JSON_TYPE)).status).toBe(401);
  expect((await bridge.post(good, { ...JSON_TYPE, 'x-api-key': newApiKey().key })).status).toBe(401);
  for (const method of ['GET', 'HEAD', 'PUT', 'DELETE']) {
    const { status, headers } = await bridge.post(good, KEYED, '', method);
    expect([method, status, headers.get('allow')]).toEqual([method, 405, 'POST, OPTIONS']);
  }
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=latin1']) {
    const { status, headers } = await bridge.post(good, { ...KEYED, 'content-type': type });
    expect([type, status, headers.get('accept-post')]).toEqual([type, 415, 'application/json']);
  }
  expect((await bridge.post(good, { ...KEYED, 'content-encoding': 'gzip' })).status).toBe(415);
  expect((await bridge.post(good.padEnd(MAX_BODY_BYTES))).status).toBe(204);
  const large = await bridge.post(good.padEnd(MAX_BODY_BYTES + 1));
  expect([large.status, large.headers.get('connection')]).toEqual([413, 'close']);
  const asked = await fetch(`${bridge.url}/stream/checkpoint`, { method: 'OPTIONS' });
  expect(asked.headers.get('access-control-allow-methods')).toContain('POST');
  expect(asked.headers.get('access-control-allow-headers')).toMatch(/content-type.*ess-client/);
  expect(bridge.known()).toEqual({ '': 5 });
});

test('a partner whose stream was switched off is told 403', async () => {
  await using bridge = await openBridge();
  bridge.put(streamingPartner('kiosk', 'title', hash, false));
  expect((await bridge.post(bodyOf(cursorAt(5)))).status).toBe(403);
  expect(bridge.known()).toEqual({});
});

test('over HTTP/2 too much is refused without its rest, and the session goes on', async () => {
  await using bridge = await openBridge();
  const { createServer } = await import('node:http2');
  const server = createServer((request, response) => bridge.handle(request as never, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const session = connectHttp2(`http://127.0.0.1:${(server.address() as { port: number }).port}`);
  session.on('error', () => undefined);
  const post = (client: string) => {
    const head = { ':method': 'POST', ':path': `/stream/checkpoint?client=${client}`, ...KEYED };
    const stream = session.request(head);
    stream.on('error', () => undefined);
    const closed = once(stream, 'close');
    return { stream, closed, answered: once(stream, 'response').then(([headers]) => headers[':status'] as number) };
  };
  try {
    const large = post('large');
    large.stream.write('x'.repeat(MAX_BODY_BYTES + 1)); // and does not end
    expect(await large.answered).toBe(413);
    large.stream.resume();
    await large.closed;
    const good = post('good');
    good.stream.end(bodyOf(cursorAt(5)));
    expect(await good.answered).toBe(204);
    await eventually('it is noted', () => bridge.known()['good'] === 5 || undefined);
  } finally {
    session.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
});
