// Guarantees 3 and 6: whose fault is it? One record's: it alone is parked. The endpoint's: everything waits, nothing is parked.
import { expect, test } from '@jest/globals';
import { eventually } from '../fakes/deadline.ts';
import { steadyLoad } from '../fakes/load.ts';
import { FakePartner, type Received, type Reply } from '../fakes/partner.ts';
import { Pipeline } from '../fakes/pipeline.ts';
import { makeRule } from '../fakes/rules.ts';
import { openTestStack } from '../fakes/test-stack.ts';

const KEYS = 60;
const rulesOf = (version: number) => Array.from({ length: KEYS }, (_, index) => makeRule(`r${index}`, version));
const isFor = (ruleId: string) => (request: Received) => request.body['ruleId'] === ruleId;
const oneBad = (reply: Reply) => (request: Received) => (isFor('bad')(request) ? reply : 200);
const acked = (received: readonly Received[]) => received.filter(({ status }) => status === 200).length;
const LOAD = { perSecond: 200, keys: KEYS };

test('a record that is always answered 500 while others succeed is parked as exhausted after exactly maxAttempts', async () => {
  await using stack = await openTestStack();
  await using partner = await FakePartner.start(oneBad(500));
  await using line = await Pipeline.open(stack, partner, { deliver: { retry: { maxAttempts: 3, firstMs: 500 } } });
  const [worker] = await line.start();
  const load = steadyLoad(line.source, LOAD);
  await line.source.publish([makeRule('bad', 1), makeRule('bad', 2)]);
  await worker?.logged('delivery.attempted', ({ outcome, version }) => outcome === 'deadLettered' && version === 2);
  const rules = await load.stop();
  await line.drained();
  const attempts = partner.received
    .filter(isFor('bad'))
    .map(({ body, headers }) => [body['version'], headers['ess-attempt']]);
  expect(attempts).toEqual([
    [1, '1'],
    [1, '2'],
    [1, '3'],
    [2, '1'],
    [2, '2'],
    [2, '3'],
  ]);
  expect(new Set(partner.received.filter(isFor('bad')).map(({ id }) => id)).size).toBe(2);
  const parked = await line.deadLetters();
  expect(parked.map(({ ruleId, version, reason, attempts: used }) => [ruleId, version, reason, used])).toEqual([
    ['bad', 1, 'exhausted', 3],
    ['bad', 2, 'exhausted', 3],
  ]);
  expect(acked(partner.received)).toBe(rules.length);
  expect(worker?.count('partner.held')).toBe(0);
}, 60_000);

test('the attempts of a record survive the restart of its worker', async () => {
  await using stack = await openTestStack();
  await using partner = await FakePartner.start(oneBad(503));
  await using line = await Pipeline.open(stack, partner, { deliver: { retry: { maxAttempts: 4, firstMs: 1_000 } } });
  const [first] = await line.start();
  const load = steadyLoad(line.source, LOAD);
  await line.source.publish([makeRule('bad', 1)]);
  await partner.until((received) => received.filter(isFor('bad')).length === 2);
  await first?.signal('SIGTERM');
  const before = partner.received.filter(isFor('bad')).length;
  const [second] = await line.start();
  await second?.logged('delivery.attempted', ({ outcome }) => outcome === 'deadLettered');
  await load.stop();
  await line.drained();
  expect(first?.ended).toBe(0);
  expect(before).toBeLessThan(4);
  const attempts = partner.received.filter(isFor('bad')).map(({ headers }) => Number(headers['ess-attempt']));
  expect(attempts).toEqual([1, 2, 3, 4]);
  expect(await line.deadLetters()).toMatchObject([{ ruleId: 'bad', reason: 'exhausted', attempts: 4 }]);
}, 60_000);

test.each([1, 12])(
  'a record answered 404 while others succeed is parked, and the others are delivered (%d partitions)',
  async (partitions) => {
    await using stack = await openTestStack();
    await using partner = await FakePartner.start(oneBad(404));
    await using line = await Pipeline.open(stack, partner, { partitions });
    const [worker] = await line.start();
    // Alone at first: until another record comes, nobody can tell whose fault it is.
    await line.source.publish([makeRule('bad', 1)]);
    await worker?.logged('partner.held');
    const load = steadyLoad(line.source, LOAD);
    await line.source.publish([makeRule('bad', 2)]);
    await worker?.logged('delivery.attempted', ({ outcome, version }) => outcome === 'deadLettered' && version === 2);
    const rules = await load.stop();
    await line.drained();
    expect(acked(partner.received)).toBe(rules.length);
    expect((await line.deadLetters()).map(({ ruleId, version, reason }) => [ruleId, version, reason])).toEqual([
      ['bad', 1, 'status-404'],
      ['bad', 2, 'status-404'],
    ]);
  },
  60_000,
);

test.each([
  { name: '500', reply: 500 },
  { name: '404', reply: 404 },
  { name: '401', reply: 401 },
  { name: '429', reply: 429 },
  { name: 'a redirect', reply: 302 },
  { name: 'a broken connection', reply: 'reset' as const },
  { name: 'silence', reply: 'hang' as const },
])(
  'a partner that answers $name to everything is held: nothing is parked, and all arrives after its return',
  async ({ reply }) => {
    await using stack = await openTestStack();
    await using elsewhere = await FakePartner.start();
    const headers = { location: elsewhere.url };
    await using partner = await FakePartner.start(() => (reply === 302 ? { status: 302, headers } : reply));
    const deliver = { timeoutMs: 500, retry: { maxAttempts: 3, firstMs: 10 } };
    await using line = await Pipeline.open(stack, partner, { deliver });
    const [worker] = await line.start();
    await line.source.publish(rulesOf(1));
    await worker?.logged('partner.held');
    const atHold = partner.received.length;
    await partner.until((received) => received.length >= atHold + 4, 30_000, 'probes'); // more probes than attempts in the budget
    partner.reply = () => 200;
    await worker?.logged('partner.resumed');
    await line.drained();
    expect(
      new Set(partner.received.filter(({ status }) => status === 200).map(({ body }) => body['ruleId'])).size,
    ).toBe(KEYS);
    expect(await line.deadLetters()).toEqual([]);
    expect(elsewhere.received).toEqual([]);
  },
  60_000,
);

test('a partner that dies in the middle of its work parks nothing, although slow answers of before still succeed', async () => {
  await using stack = await openTestStack();
  await using partner = await FakePartner.start();
  let dead = false;
  // While it dies, what it had accepted is still answered, and late.
  partner.reply = (_request, index) => {
    if (index >= 30) dead = true;
    return dead ? 404 : { status: 200, afterMs: 100 + 10 * index };
  };
  await using line = await Pipeline.open(stack, partner);
  const [worker] = await line.start();
  await line.source.publish(rulesOf(1));
  await worker?.logged('partner.held');
  await partner.until((received) => acked(received) === 30);
  const then = partner.received.length;
  await partner.until((received) => received.length >= then + 3, 30_000, 'probes');
  dead = false;
  partner.reply = () => 200;
  await line.drained();
  expect(await line.deadLetters()).toEqual([]);
}, 60_000);

test.each([
  { name: 'for one record', rules: 1 },
  { name: 'for all of a partner that is held', rules: KEYS },
])(
  'Retry-After is honoured $name',
  async ({ rules }) => {
    await using stack = await openTestStack();
    await using partner = await FakePartner.start(() => ({ status: 429, headers: { 'retry-after': '2' } }));
    await using line = await Pipeline.open(stack, partner, { deliver: { retry: { firstMs: 10 } } });
    await line.start();
    await line.source.publish(rulesOf(1).slice(0, rules));
    await partner.until((received) => received.length >= rules, 10_000);
    const lastRefusedMs = partner.received.at(-1)?.atMs ?? 0;
    partner.reply = () => 200;
    await line.drained();
    const next = partner.received[rules];
    expect((next?.atMs ?? 0) - lastRefusedMs).toBeGreaterThanOrEqual(1_995); // two clocks: the worker's is monotonic
  },
  60_000,
);

test('a flood of 422 parks at most 10 per worker, then holds; after the partner has mended all else is delivered', async () => {
  await using stack = await openTestStack();
  await using partner = await FakePartner.start(() => 422);
  await using line = await Pipeline.open(stack, partner);
  const [worker] = await line.start();
  const rules = Array.from({ length: 500 }, (_, index) => makeRule(`r${index}`, 1));
  await line.source.publish(rules);
  await worker?.logged('partner.held');
  const atHold = partner.received.length;
  await partner.until((received) => received.length >= atHold + 3, 30_000, 'probes');
  partner.reply = () => 200;
  await line.drained();
  const parked = await line.deadLetters();
  const delivered = new Set(partner.received.filter(({ status }) => status === 200).map(({ body }) => body['ruleId']));
  expect(parked.length).toBeLessThanOrEqual(10);
  expect(parked.length + delivered.size).toBe(rules.length);
}, 60_000);

test('a connector that is changed takes effect without a restart, an invalid one is refused and the last good one stays', async () => {
  await using stack = await openTestStack();
  await using before = await FakePartner.start();
  await using after = await FakePartner.start();
  await using line = await Pipeline.open(stack, before);
  const [worker] = await line.start();
  await line.source.publish([makeRule('a', 1)]);
  await before.until((received) => received.length === 1);
  line.connect(after.url);
  await worker?.logged('connector.changed');
  await line.source.publish([makeRule('a', 2)]);
  await after.until((received) => received.length === 1);
  line.connect(before.url, { deliver: { timeOutMs: 5 } });
  const refused = await worker?.logged('connector.refused');
  expect(JSON.stringify(refused?.['problems'])).toMatch(/timeOutMs.*timeoutMs/);
  await line.source.publish([makeRule('a', 3)]);
  await after.until((received) => received.length === 2);
  expect(before.received).toHaveLength(1);
  expect(await line.metric(worker as never, 'ess_rebalances_total')).toBe(1);
}, 60_000);

test('a partner that is down does not slow another in the same worker', async () => {
  await using stack = await openTestStack();
  await using good = await FakePartner.start();
  await using bad = await FakePartner.start(() => 'hang');
  await using line = await Pipeline.open(stack, good);
  const other = line.addPartner(bad.url);
  const worker = line.spawn({}, [other]);
  await line.stable(1);
  await line.source.publish(rulesOf(1));
  await bad.until((received) => received.length >= 1);
  const startedMs = performance.now();
  await line.source.publish(rulesOf(2));
  await good.until((received) => received.length === 2 * KEYS, 5_000);
  expect(performance.now() - startedMs).toBeLessThan(3_000);
  await eventually('the bad one is held', () => worker.lines.find((entry) => entry.msg === 'partner.held'));
}, 60_000);
