import { Cleanup } from '@ess/runtime/cleanup.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { EventStreamParser } from '../fakes/streams/event-stream-parser.ts';
import type { WireAnswer } from '../fakes/streams/wire-answer.ts';
import { askHttp2, askHttp10 } from '../fakes/streams/wire-answer.ts';
import type { Streams } from '../harness/programs/open-streams.ts';
import { EVENT_STREAM, has, keyed, openStreams, range, STREAM, versions } from '../harness/programs/open-streams.ts';
import { publicRule, rulesOf } from '../harness/programs/stream-line.ts';

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

const cleanup = new Cleanup();
let line: Streams['line'];
let bridge: Streams['bridge'];
let hospital: Streams['hospital'];
let partners: Streams['partners'];
let sinceMs: Streams['sinceMs'];
let stream: Streams['stream'];
let history: Streams['history'];

beforeAll(async () => {
  ({ line, bridge, hospital, partners, sinceMs, stream, history } = await openStreams(cleanup));
});
afterAll(() => cleanup[Symbol.asyncDispose]());

const titles = (answer: WireAnswer): unknown[] => answer.documents.map(({ title }) => title);

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
