// A real Chromium streams from a real bridge of another origin with nothing but `new EventSource(url)`: it is let in by a token
// in the query, loses the bridge, and goes on. The topic has so many partitions that ids are as long as they can be.
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { PageEvent } from '../fakes/streams/browser.ts';
import { Browser, CLOSED, CONNECTING } from '../fakes/streams/browser.ts';
import { TokenIssuer } from '../fakes/tokens.ts';
import type { BridgeProcess, Partner } from '../harness/programs/stream-line.ts';
import { rulesOf, StreamLine } from '../harness/programs/stream-line.ts';
import { openTestStack } from '../harness/test-stack.ts';

/** Their cursors, while offsets are small, fill 125 of the 128 characters. */
const PARTITIONS = 64;
/** Below the ports that systems give to clients: nobody takes it while the bridge is away. */
const FIRST_PORT = 20_000;
const PORTS = 10_000;
const SCOPE = 'Species';

const cleanup = new Cleanup();
const tokens = new TokenIssuer();
let browser: Browser;
let line: StreamLine;
let bridge: BridgeProcess;
let partner: Partner;

const startBridge = (port: number) => line.bridge(tokens.settings, ['--port', String(port)]);
const address = async (lifeS: number, more = '') =>
  `${bridge.url}/stream?access_token=${await tokens.token('species', lifeS)}${more}`;
const documentsOf = (events: readonly PageEvent[]) =>
  events
    .filter(({ type }) => type === 'message')
    .map(({ data }) => JSON.parse(data) as { readonly ruleId: string; readonly version: number });
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index);

/** Every version once, those of each rule in order, and nothing said of a loss. */
function expectEach(events: readonly PageEvent[], from: number, to: number): void {
  expect(events.filter(({ type }) => type === 'ess.gap')).toEqual([]);
  const documents = documentsOf(events);
  expect(documents.map(({ version }) => version).sort((a, b) => a - b)).toEqual(range(from, to));
  for (const versions of Map.groupBy(documents, ({ ruleId }) => ruleId).values())
    expect(versions).toEqual(versions.toSorted((a, b) => a.version - b.version));
}

const sees = (count: number) => async () => documentsOf(await browser.seen()).length >= count;

beforeAll(async () => {
  browser = await Browser.start();
  cleanup.defer(() => browser[Symbol.asyncDispose]());
  const stack = await openTestStack();
  cleanup.defer(() => stack[Symbol.asyncDispose]());
  line = await StreamLine.open(stack, { partitions: PARTITIONS });
  cleanup.defer(() => line[Symbol.asyncDispose]());
  partner = line.partner(SCOPE, { subject: 'species' });
  bridge = await startBridge(FIRST_PORT + Math.floor(Math.random() * PORTS));
});

beforeEach(() => browser.reload());

afterAll(() => cleanup[Symbol.asyncDispose]());

test('a bridge that is killed and comes back is no gap and no duplicate to a page that knows nothing of it', async () => {
  const { url } = bridge;
  await browser.listen(await address(300));
  await browser.until('it is open', async () => (await browser.opens()) === 1);
  await line.publish(rulesOf(SCOPE, 0, 100));
  await browser.until('the first hundred', sees(100));
  await Promise.all([line.publish(rulesOf(SCOPE, 100, 300)), bridge.signal('SIGKILL')]);
  await line.publish(rulesOf(SCOPE, 300, 400));
  await browser.until('it has noticed', async () => (await browser.errors()).length > 0);
  bridge = await startBridge(Number(new URL(url).port));
  expect(bridge.url).toBe(url);
  await line.publish(rulesOf(SCOPE, 400, 450));
  await browser.until('everything', sees(450));
  await line.publish(rulesOf(SCOPE, 450, 500));
  await browser.until('and what is new', sees(500));

  const events = await browser.seen();
  expectEach(events, 0, 500);
  expect(new Set(events.map(({ origin }) => origin))).toEqual(new Set([url]));
  expect(new Set(await browser.errors())).toEqual(new Set([CONNECTING]));
  // It said where it was, with an id as long as they get, and had to ask nobody before.
  const [first, ...later] = browser.lastEventIds;
  expect(first).toBeUndefined();
  const ids = events.map(({ id }) => id);
  expect(ids).toContain(later.at(-1));
  expect(Math.max(...ids.map(({ length }) => length))).toBeGreaterThan(120);
  expect(browser.preflights).toBe(0);
});

test('a token that ends closes the stream for good, and a new one goes on from the last id', async () => {
  await browser.listen(await address(10));
  await browser.until('it is open', async () => (await browser.opens()) === 1);
  await line.publish(rulesOf(SCOPE, 1_000, 1_050));
  await browser.until('the first', sees(1));
  await browser.until('it is closed', async () => (await browser.errors()).includes(CLOSED));
  expect(await browser.errors()).toEqual([CONNECTING, CLOSED]);
  await line.publish(rulesOf(SCOPE, 1_050, 1_100));
  const last = (await browser.seen()).at(-1)?.id as string;
  await browser.listen(await address(300, `&cursor=${last}`));
  await browser.until('the rest', sees(100));
  await line.publish(rulesOf(SCOPE, 1_100, 1_120));
  await browser.until('and what is new', sees(120));
  expectEach(await browser.seen(), 1_000, 1_120);
});

test('a page that sends a key and an id of its own asks first, may, and can read why it is refused', async () => {
  const key = { 'x-api-key': partner.key };
  const refused = await browser.read(`${bridge.url}/stream`, { ...key, 'last-event-id': 'a'.repeat(300) });
  expect(refused.status).toBe(400);
  expect(JSON.parse(refused.text)).toMatchObject({ status: 400, title: 'Unknown cursor' });
  await browser.until('it had asked', async () => browser.preflights === 1);
  const open = await browser.read(`${bridge.url}/stream`, key);
  expect(open).toMatchObject({ status: 200, text: expect.stringMatching(/^retry: \d+\n\n/) });
});
