// What web-platform-tests ask of a client of server-sent events (eventsource/), turned into what a server owes such a client:
// answers, ids and retry, the format byte by byte, CORS. One real bridge, real sockets, a strict parser. Its topic has so many
// partitions that ids are as long as they can be (a real browser has its turn in test/browser).
import { readFileSync, writeFileSync } from 'node:fs';
import type { OutgoingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { HUB_LIMITS } from '@ess/bridge/live/hub.ts';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { EventStreamParser } from '../fakes/streams/event-stream-parser.ts';
import type { Question, WireAnswer } from '../fakes/streams/wire-answer.ts';
import { ask, askHttp2, askHttp10 } from '../fakes/streams/wire-answer.ts';
import { TokenIssuer } from '../fakes/tokens.ts';
import type { BridgeProcess, Partner } from '../harness/programs/stream-line.ts';
import { publicRule, rulesOf, StreamLine } from '../harness/programs/stream-line.ts';
import type { TestStack } from '../harness/test-stack.ts';
import { openTestStack } from '../harness/test-stack.ts';

/** Their cursors, while offsets are small, fill 125 of the 128 characters. */
const PARTITIONS = 64;
const CLIENTS_PER_PARTNER = 12;
const EVENT_STREAM = 'text/event-stream; charset=utf-8';
const PROBLEM = 'application/problem+json';
/** All that a stream may consist of, from its first byte to its last. */
const STREAM =
  /^(?::\n\n|retry: \d+\n\n|(?:retry: \d+\n)?(?:id: [\w.~-]{1,128}\n)?(?:event: ess\.(?:gap|busy)\n)?(?:data: [^\r\n]*\n)?\n)*$/;
const SAFE_ID = /^[A-Za-z0-9._~-]{1,128}$/;
/** Everything in it would end a line, an event or the stream somewhere, if it came as it is. */
const NASTY = [
  'one\ntwo\rthree\r\nfour',
  '\n\ndata: forged\nid: forged\n\n',
  '\uFEFFa BOM',
  'nul \0 unit \u001F',
  'separators \u2028 \u2029 \u0085',
  ' a space first',
  ': no comment',
  'élève 🔥 \u{10FFFF} العربية',
  '',
];

/** A connector must do something. */
const ELSEWHERE = 'deliver: { url: "https://elsewhere.example/" }\n';

const cleanup = new Cleanup();
const tokens = new TokenIssuer();
let stack: TestStack;
let line: StreamLine;
let bridge: BridgeProcess;
/** With 48 rules of history; its tokens are of the subject `hospital`. */
let hospital: Partner;
/** Nothing is in its scope, ever; it listens from the beginning. */
let nobody: Partner;
/** By scope; each is of one test. */
let partners: Readonly<Record<'off' | 'primed' | 'plain' | 'gzip' | 'large', Partner>>;
let idle: WireAnswer;
let sinceMs: number;

const keyed = ({ key }: Partner, more: OutgoingHttpHeaders = {}): Question => ({
  headers: { 'x-api-key': key, ...more },
});
const stream = (partner: Partner, query = '', more: OutgoingHttpHeaders = {}) =>
  ask(`${bridge.url}/stream${query}`, keyed(partner, more));
const history = (partner: Partner, more: OutgoingHttpHeaders = {}) => stream(partner, `?since=${sinceMs}`, more);
const versions = (answer: WireAnswer): number[] =>
  answer.documents.map(({ version }) => Number(version)).sort((a, b) => a - b);
const titles = (answer: WireAnswer): unknown[] => answer.documents.map(({ title }) => title);
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index);
const has = (count: number) => (answer: WireAnswer) => answer.documents.length >= count;

beforeAll(async () => {
  stack = await openTestStack();
  cleanup.defer(() => stack[Symbol.asyncDispose]());
  line = await StreamLine.open(stack, { partitions: PARTITIONS });
  cleanup.defer(() => line[Symbol.asyncDispose]());
  hospital = line.partner('Hospital', { subject: 'hospital' });
  nobody = line.partner('nobody');
  partners = {
    off: line.partner('off'),
    primed: line.partner('primed'),
    plain: line.partner('plain'),
    gzip: line.partner('gzip'),
    large: line.partner('large'),
  };
  sinceMs = Date.now() - 1_000;
  await line.publish(rulesOf('Hospital', 0, 48));
  bridge = await line.bridge({
    ...tokens.settings,
    ESS_STREAM_CLIENTS_PER_PARTNER: String(CLIENTS_PER_PARTNER),
  });
  idle = await stream(nobody);
  cleanup.defer(() => idle[Symbol.dispose]());
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

describe('format', () => {
  test('every byte is of the format: lines end with LF, one id before each message, no BOM, nothing unknown', async () => {
    using answer = await history(hospital);
    await answer.until('all', has(48));
    expect(answer.text).toMatch(STREAM);
    expect(answer.bytes[0]).not.toBe(0xef);
    expect(answer.text.match(/^id: .*\ndata: /gm)).toHaveLength(48);
    expect(answer.parser.faults).toEqual([]);
    expect(new Set(answer.parser.events.map(({ type }) => type))).toEqual(new Set(['message']));
  });

  test('a stream begins with a wait in digits, from 1 to 2 s, not the same for all', async () => {
    const answers = await Promise.all(range(0, 8).map(() => stream(hospital)));
    try {
      for (const answer of answers) {
        await answer.until('a wait', ({ parser }) => parser.retryMs !== undefined);
        expect(answer.text).toMatch(/^retry: \d+\n\n/);
        expect(answer.parser.retryMs).toBeGreaterThanOrEqual(1_000);
        expect(answer.parser.retryMs).toBeLessThanOrEqual(2_000);
      }
      expect(new Set(answers.map(({ parser }) => parser.retryMs)).size).toBeGreaterThan(1);
    } finally {
      for (const answer of answers) answer[Symbol.dispose]();
    }
  });

  test('an id comes before the first event, dispatches nothing, and who comes back with it has missed nothing', async () => {
    const partner = partners.primed;
    using before = await stream(partner);
    await before.until('an id', ({ parser }) => parser.lastEventId !== '');
    expect(before.parser).toMatchObject({ events: [], silentIds: 1 });
    before[Symbol.dispose]();
    await line.publish(rulesOf('primed', 0, 5));
    using after = await stream(partner, '', { 'last-event-id': before.parser.lastEventId });
    await after.until('what came meanwhile', has(5));
    expect(versions(after)).toEqual(range(0, 5));
  });

  test.each([
    ['plain', {}],
    ['gzip', { 'accept-encoding': 'gzip' }],
  ] as const)('text that could end a line, an event or the stream arrives as it was: %s', async (how, headers) => {
    const partner = partners[how];
    using answer = await stream(partner, '', headers);
    await answer.until('its beginning', ({ parser }) => parser.lastEventId !== '');
    expect(answer.headers['content-encoding']).toBe(how === 'gzip' ? 'gzip' : undefined);
    // Of one key, so in this order; each one is seen before the next is sent: nothing waits for more.
    for (const [index, title] of NASTY.entries()) {
      await line.publish([{ ...publicRule('nasty', index, how), title }]);
      await answer.until(`text ${index}`, has(index + 1));
    }
    expect(titles(answer)).toEqual(NASTY);
    expect(answer.text).toMatch(STREAM);
    expect(answer.parser.faults).toEqual([]);
  });

  test('a message far larger than any buffer on the way is one message, its characters whole', async () => {
    const partner = partners.large;
    const title = '🔥é'.repeat(50_000);
    using answer = await stream(partner);
    await answer.until('its beginning', ({ parser }) => parser.lastEventId !== '');
    await line.publish([{ ...publicRule('large', 1, 'large'), title }, publicRule('large', 2, 'large')]);
    await answer.until('both', has(2));
    expect(titles(answer)[0]).toBe(title);
    expect(answer.parser.faults).toEqual([]);
  });

  test.each([
    ['HTTP/2', askHttp2],
    ['HTTP/1.0', askHttp10],
  ])('the events are the same over %s', async (_protocol, asked) => {
    using plain = await history(hospital);
    using other = await asked(`${bridge.url}/stream?since=${sinceMs}`, keyed(hospital));
    await plain.until('all', has(48));
    await other.until('all', has(48));
    expect(other.headers['content-type']).toBe(EVENT_STREAM);
    expect(other.text).toMatch(STREAM);
    expect(versions(other)).toEqual(versions(plain));
    expect(other.parser.faults).toEqual([]);
  });

  test('wherever a stream is cut, half an event does not count: the rest begins with that event', async () => {
    using all = await history(hospital);
    await all.until('all', has(48));
    const { bytes } = all;
    // The last message that has three before it and some behind it, from its first byte to its last.
    const at = bytes.indexOf('\n\nid: ', Math.floor(bytes.length / 2)) + 2;
    const data = bytes.indexOf('\ndata: ', at);
    const end = bytes.indexOf('\n\n', data);
    for (const cut of [at, at + 2, at + 20, data, data + 1, data + 12, end - 1, end, end + 1, end + 2]) {
      const before = new EventStreamParser();
      before.feed(bytes.subarray(0, cut));
      before.end();
      using after = await history(hospital, { 'last-event-id': before.lastEventId });
      const seen = before.events.map(({ data: text }) => (JSON.parse(text) as { version: number }).version);
      await after.until(`the rest after ${cut - at} bytes`, has(48 - seen.length));
      expect([...seen, ...versions(after)].sort((a, b) => a - b)).toEqual(range(0, 48));
    }
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
