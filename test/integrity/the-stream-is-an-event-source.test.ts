// What web-platform-tests ask of a client of server-sent events (eventsource/), turned into what a server owes such a client:
// answers, requests, other origins, and time. One real bridge, real sockets, a strict parser. Its format has a test of its own
// (the-stream-keeps-its-format), and a real browser has its turn in test/browser.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HUB_LIMITS } from '@ess/bridge/live/hub.ts';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Question } from '../fakes/streams/wire-answer.ts';
import { ask } from '../fakes/streams/wire-answer.ts';
import type { Streams } from '../harness/programs/open-streams.ts';
import {
  CLIENTS_PER_PARTNER,
  EVENT_STREAM,
  has,
  keyed,
  openStreams,
  range,
  SAFE_ID,
  STREAM,
  versions,
} from '../harness/programs/open-streams.ts';
import { publicRule, rulesOf } from '../harness/programs/stream-line.ts';

const PROBLEM = 'application/problem+json';
/** A connector must do something. */
const ELSEWHERE = 'deliver: { url: "https://elsewhere.example/" }\n';

const cleanup = new Cleanup();
let stack: Streams['stack'];
let line: Streams['line'];
let bridge: Streams['bridge'];
let tokens: Streams['tokens'];
let hospital: Streams['hospital'];
let nobody: Streams['nobody'];
let partners: Streams['partners'];
let idle: Streams['idle'];
let sinceMs: Streams['sinceMs'];
let stream: Streams['stream'];
let history: Streams['history'];

beforeAll(async () => {
  ({ stack, line, bridge, tokens, hospital, nobody, partners, idle, sinceMs, stream, history } =
    await openStreams(cleanup));
});
afterAll(() => cleanup[Symbol.asyncDispose]());

describe('answers', () => {
  test('a stream is 200, an event stream in UTF-8 that nobody keeps or changes on the way', async () => {
    using answer = await stream(hospital, '', { accept: 'text/event-stream', 'cache-control': 'no-store' });
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({ 'content-type': EVENT_STREAM, 'cache-control': 'no-store, no-transform' });
    expect(answer.headers).not.toHaveProperty('set-cookie');
  });

  test('HEAD is answered as GET, without the stream', async () => {
    using answer = await ask(`${bridge.url}/stream`, { ...keyed(hospital), method: 'HEAD' });
    await answer.end();
    expect(answer).toMatchObject({ status: 200, text: '' });
    expect(answer.headers['content-type']).toBe(EVENT_STREAM);
  });

  // A browser never comes back after any of these: none may be given to a client for whom trying again would help.
  test.each<[why: string, status: number, path: () => string | Promise<string>, question: () => Question]>([
    ['without a key', 401, () => '/stream', () => ({})],
    ['with a wrong key', 401, () => '/stream', () => ({ headers: { 'x-api-key': 'ess_wrong' } })],
    ['with a key where only tokens may be', 401, () => `/stream?access_token=${hospital.key}`, () => ({})],
    [
      'with a token that has ended',
      401,
      async () => `/stream?access_token=${await tokens.token('hospital', -1)}`,
      () => ({}),
    ],
    ['with an id that nobody gave', 400, () => '/stream', () => keyed(hospital, { 'last-event-id': 'made-up' })],
    ['with an id longer than any', 400, () => '/stream', () => keyed(hospital, { 'last-event-id': 'a'.repeat(4_096) })],
    [
      'with an id of bytes beyond ASCII',
      400,
      () => '/stream',
      () => keyed(hospital, { 'last-event-id': Buffer.from('é…🔥').toString('latin1') }),
    ],
    ['with a time that is none', 400, () => '/stream?since=yesterday', () => keyed(hospital)],
    ['at another path', 404, () => '/streams', () => keyed(hospital)],
    ['by another method', 405, () => '/stream', () => ({ ...keyed(hospital), method: 'POST' })],
  ])('%s it is %d, told as a problem, to any origin', async (_why, status, path, question) => {
    using answer = await ask(bridge.url + (await path()), question());
    await answer.end();
    expect(answer.status).toBe(status);
    expect(answer.headers).toMatchObject({ 'content-type': PROBLEM, 'access-control-allow-origin': '*' });
    expect(JSON.parse(answer.text)).toMatchObject({ status, title: expect.any(String) });
    expect(answer.text).not.toContain(hospital.name);
  });

  test('a stream that is switched off ends, and 204 tells who comes back that it is for good; who is new gets 403', async () => {
    const partner = partners.off;
    await using client = await line.listening(bridge, partner);
    const file = join(line.connectors, partner.name, 'connector.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('enabled: true', 'enabled: false') + ELSEWHERE);
    await client.until('it gave up', ({ failed }) => failed !== undefined);
    expect(client.statuses).toEqual([200, 204]);
    using fresh = await stream(partner);
    expect(fresh.status).toBe(403);
  });

  test('too many clients are answered 200, a wait and an end, after which a browser comes back with the id it had', async () => {
    const taken = await Promise.all(range(0, CLIENTS_PER_PARTNER - 1).map(() => stream(nobody))); // and `idle`
    try {
      using answer = await stream(nobody, '', { 'last-event-id': idle.parser.lastEventId });
      await answer.end();
      expect(answer.status).toBe(200);
      expect(answer.headers['content-type']).toBe(EVENT_STREAM);
      expect(answer.text).toMatch(STREAM);
      expect(answer.parser.events).toEqual([{ type: 'ess.busy', data: '{"reason":"limit"}', id: '' }]);
      expect(answer.text).not.toMatch(/^id/m); // an empty one would reset what the browser has
      expect(answer.parser.retryMs).toBeGreaterThanOrEqual(2_000);
    } finally {
      for (const one of taken) one[Symbol.dispose]();
    }
  });
});

describe('requests', () => {
  test.each([undefined, '*/*', 'text/html, */*;q=0.1', 'text/event-stream'])(
    'it is a stream whatever is said to be accepted: %s',
    async (accept) => {
      using answer = await stream(hospital, '', accept === undefined ? {} : { accept });
      expect(answer.headers['content-type']).toBe(EVENT_STREAM);
    },
  );

  test('a browser that comes back repeats its first address: its last id counts, not the query', async () => {
    using all = await history(hospital);
    await all.until('all', has(48));
    const [first, middle, last] = [0, 23, 47].map((index) => all.parser.events[index]?.id ?? '');
    for (const query of [`?since=${sinceMs}`, `?cursor=${first}`, `?cursor=${last}`]) {
      using answer = await stream(hospital, query, { 'last-event-id': middle as string });
      await answer.until('the rest', has(24));
      expect(answer.parser.events).toHaveLength(24);
    }
  });

  test('an empty last id is none', async () => {
    using answer = await history(hospital, { 'last-event-id': '' });
    await answer.until('all', has(48));
    expect(versions(answer)).toEqual(range(0, 48));
  });

  test('a token in the query lets in who cannot send headers, and the log has it not', async () => {
    const token = await tokens.token('hospital', 60);
    using answer = await ask(`${bridge.url}/stream?since=${sinceMs}&access_token=${token}`);
    await answer.until('all', has(48));
    expect(versions(answer)).toEqual(range(0, 48));
    expect(bridge.output).not.toContain(token);
  });
});

describe('other origins', () => {
  test.each(['https://species.example', 'http://127.0.0.1:1', 'null'])(
    'a page of %s may read, and cookies are no business of ours',
    async (origin) => {
      using answer = await stream(hospital, '', { origin, cookie: 'session=stolen' });
      expect(answer.status).toBe(200);
      expect(answer.headers['access-control-allow-origin']).toBe('*');
      expect(answer.headers).not.toHaveProperty('access-control-allow-credentials');
    },
  );

  test.each(['last-event-id', 'x-api-key', 'authorization', 'cache-control'])(
    'asked before, without a key, a page may send %s',
    async (header) => {
      const asked = {
        origin: 'https://species.example',
        'access-control-request-method': 'GET',
        'access-control-request-headers': header,
      };
      using answer = await ask(`${bridge.url}/stream`, { method: 'OPTIONS', headers: asked });
      await answer.end();
      expect(answer).toMatchObject({ status: 204, text: '' });
      expect(answer.headers['access-control-allow-origin']).toBe('*');
      expect(String(answer.headers['access-control-allow-methods']).split(', ')).toContain('GET');
      expect(String(answer.headers['access-control-allow-headers']).split(', ')).toContain(header);
    },
  );

  test('the longest ids there are need no asking before: at most 128 safe characters', async () => {
    using answer = await history(hospital);
    await answer.until('all', has(48));
    const ids = answer.parser.events.map(({ id }) => id);
    expect(new Set(ids).size).toBe(48);
    for (const id of ids) expect(id).toMatch(SAFE_ID);
    expect(Math.max(...ids.map(({ length }) => length))).toBeGreaterThan(120);
  });
});

describe('time', () => {
  test('where nothing is in scope the id moves in silence: no event, and no comment needed', async () => {
    const before = idle.parser.silentIds;
    const id = idle.parser.lastEventId;
    await line.publish(rulesOf('Elsewhere', 0, 20));
    await idle.until('a later id', ({ parser }) => parser.silentIds > before);
    expect(idle.parser.lastEventId).not.toBe(id);
    expect(idle.parser.lastEventId).toMatch(SAFE_ID);
    expect(idle.parser.events).toEqual([]);
  });

  test('a quiet stream is kept alive by comments, which change nothing', async () => {
    await idle.until('a comment', ({ parser }) => parser.comments.length > 0);
    expect(HUB_LIMITS.heartbeatMs).toBeLessThanOrEqual(15_000); // proxies cut what is silent for longer
    expect(idle.text).toMatch(STREAM);
    expect(idle.parser).toMatchObject({ events: [], faults: [] });
  });

  test('what retention took is an event of its own name, with an id, before what is left', async () => {
    using before = await history(hospital);
    await before.until('all', has(48));
    const first = before.parser.events[0]?.id as string;
    const ends = await stack.admin.fetchTopicOffsets(line.topic);
    await stack.admin.deleteTopicRecords({
      topic: line.topic,
      partitions: ends.map(({ partition, high }) => ({ partition, offset: high })),
    });
    await line.publish([publicRule('left', 1_000, 'Hospital')]);
    // Another process: this one still has in memory what Kafka has lost, and would give it.
    const other = await line.bridge();
    using answer = await ask(`${other.url}/stream`, keyed(hospital, { 'last-event-id': first }));
    await answer.until('what is left', has(1));
    const [gap, left] = answer.parser.events;
    expect(gap).toMatchObject({ type: 'ess.gap', id: expect.stringMatching(SAFE_ID) });
    const { lost } = JSON.parse(gap?.data ?? '') as { lost: Array<{ from: number; to: number }> };
    expect(lost.reduce((sum, { from, to }) => sum + to - from, 0)).toBeGreaterThanOrEqual(47);
    expect(left?.type).toBe('message');
    expect(versions(answer)).toEqual([1_000]);
    expect(answer.text).toMatch(STREAM);
    expect(answer.parser.faults).toEqual([]);
  });

  test('a bridge that stops sends its clients away between two events: a wait, a name for it, the end of the answer', async () => {
    using answer = await stream(hospital);
    await answer.until('its beginning', ({ parser }) => parser.lastEventId !== '');
    const { lastEventId } = answer.parser;
    await bridge.signal('SIGTERM');
    expect(bridge.ended).toBe(0);
    await answer.end();
    expect(answer.text).toMatch(STREAM);
    expect(answer.parser.events).toEqual([{ type: 'ess.busy', data: '{"reason":"drain"}', id: lastEventId }]);
    expect(answer.parser.end()).toBe(false);
    expect(answer.parser.retryMs).toBeGreaterThanOrEqual(2_000);
  });
});
