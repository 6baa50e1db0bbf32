// Guarantees 3 and 6: whose fault is it? One record's: it alone is parked. The endpoint's: everything waits, nothing is parked.
import { expect, test } from '@jest/globals';
import { FakePartner, type Received, type Reply } from '../fakes/partner.ts';
import { steadyLoad } from '../harness/data/load.ts';
import { makeRule } from '../harness/data/rules.ts';
import { eventually, PATIENCE_MS } from '../harness/deadline.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import { sized } from '../harness/results.ts';
import { openTestStack } from '../harness/test-stack.ts';

const KEYS = 60;
const rulesOf = (version: number) => Array.from({ length: KEYS }, (_, index) => makeRule(`r${index}`, version));
const isFor = (ruleId: string) => (request: Received) => request.body['ruleId'] === ruleId;
const oneBad = (reply: Reply) => (request: Received) => (isFor('bad')(request) ? reply : 200);
const acked = (received: readonly Received[]) => received.filter(({ status }) => status === 200).length;
const LOAD = { perSecond: 100, keys: KEYS };
/** Some, so that the worker knows of one. */
const OTHERS = 10;
/** A partner in this process may stand for a while: what it has answered is sent once all the same. */
const PATIENT = { timeoutMs: 60_000 };

/**
 * The last attempt of the budget is answered when others have got through meanwhile. Before that it would be the partner's
 * fault, who is held, and the record would rightly be tried once more.
 */
function refuseAmongOthers(partner: FakePartner, reply: Reply, maxAttempts: number): void {
  partner.reply = async (request) => {
    if (!isFor('bad')(request)) return 200;
    const from = partner.received.length;
    if (request.headers['ess-attempt'] === String(maxAttempts))
      await partner.until((received) => acked(received.slice(from)) >= OTHERS);
    return reply;
  };
}

test.concurrent('a record that is always answered 500 while others succeed is parked as exhausted after exactly maxAttempts', async () => {
  await using stack = await openTestStack();
  await using partner = await FakePartner.start();
  refuseAmongOthers(partner, 500, 3);
  await using line = await Pipeline.open(stack, partner, {
    deliver: { ...PATIENT, retry: { maxAttempts: 3, firstMs: 500 } },
  });
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
});

test.concurrent('the attempts of a record survive the restart of its worker', async () => {
  await using stack = await openTestStack();
  await using partner = await FakePartner.start();
  refuseAmongOthers(partner, 503, 4);
  await using line = await Pipeline.open(stack, partner, {
    deliver: { ...PATIENT, retry: { maxAttempts: 4, firstMs: 1_000 } },
  });
  const [first] = await line.start();
  const load = steadyLoad(line.source, LOAD);
  await line.source.publish([makeRule('bad', 1)]);
  await partner.until((received) => received.filter(isFor('bad')).length >= 2); // the third may follow at once
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
});

test.concurrent.each([12, 1].slice(0, sized(1, 2)))(
  'a record answered 404 while others succeed is parked, and the others are delivered (%d partitions)',
  async (partitions) => {
    await using stack = await openTestStack();
    await using partner = await FakePartner.start(oneBad(404));
    await using line = await Pipeline.open(stack, partner, { partitions, deliver: PATIENT });
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
);

test.concurrent('a partner that dies in the middle of its work parks nothing, although slow answers of before still succeed', async () => {
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
  await partner.until((received) => received.length >= then + 3, PATIENCE_MS, 'probes');
  dead = false;
  partner.reply = () => 200;
  await line.drained();
  expect(await line.deadLetters()).toEqual([]);
});

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
});

const WAYS: Readonly<Record<string, Reply>> = {
  '500': 500,
  '404': 404,
  '401': 401,
  '429': 429,
  'a redirect': 302,
  'a broken connection': 'reset',
  silence: 'hang',
};

test.concurrent('a partner that answers the same to everything is held, whatever it is: nothing is parked, and all arrives after its return', async () => {
  await using stack = await openTestStack();
  await using elsewhere = await FakePartner.start();
  const headers = { location: elsewhere.url };
  const retry = { maxAttempts: 3, firstMs: 10 };
  await using partners = new AsyncDisposableStack();
  await using line = await Pipeline.open(stack, elsewhere);
  const ways: Array<{ name: string; way: string; partner: FakePartner }> = [];
  for (const [way, reply] of Object.entries(WAYS)) {
    const partner = partners.use(await FakePartner.start(() => (reply === 302 ? { status: 302, headers } : reply)));
    const deliver = reply === 'hang' ? { timeoutMs: 2_000, retry } : { retry };
    ways.push({ way, partner, name: line.addPartner(partner.url, { deliver }) });
  }
  await line.source.publish(rulesOf(1));
  const worker = line.spawnFor(ways.map(({ name }) => name));
  await Promise.all(
    ways.map(async ({ way, name, partner }) => {
      await worker.logged('partner.held', (row) => row['partner'] === name);
      const atHold = partner.received.length;
      // More probes than attempts in the budget.
      await partner.until((received) => received.length >= atHold + 4, PATIENCE_MS, `probes of ${way}`);
      partner.reply = () => 200;
      await worker.logged('partner.resumed', (row) => row['partner'] === name);
      await line.drained(PATIENCE_MS, name);
      const acked = new Set(partner.received.filter(({ status }) => status === 200).map(({ body }) => body['ruleId']));
      expect([way, acked.size, await line.deadLetters(name)]).toEqual([way, KEYS, []]);
    }),
  );
  expect(elsewhere.received).toEqual([]);
});

test.concurrent('a flood of 422 parks at most 10 per worker, then holds; after the partner has mended all else is delivered', async () => {
  await using stack = await openTestStack();
  await using partner = await FakePartner.start(() => 422);
  await using line = await Pipeline.open(stack, partner);
  const [worker] = await line.start();
  const rules = Array.from({ length: 500 }, (_, index) => makeRule(`r${index}`, 1));
  await line.source.publish(rules);
  await worker?.logged('partner.held');
  const atHold = partner.received.length;
  await partner.until((received) => received.length >= atHold + 3, PATIENCE_MS, 'probes');
  partner.reply = () => 200;
  await line.drained();
  const parked = await line.deadLetters();
  const delivered = new Set(partner.received.filter(({ status }) => status === 200).map(({ body }) => body['ruleId']));
  expect(parked.length).toBeLessThanOrEqual(10);
  expect(parked.length + delivered.size).toBe(rules.length);
});

const ASKED = [
  { name: 'for all of a partner that is held', rules: KEYS },
  { name: 'for one record', rules: 1 },
];

test.concurrent.each(ASKED.slice(0, sized(1, 2)))(
  'Retry-After is honoured $name: nothing goes out again before, and all of it after',
  async ({ rules }) => {
    await using stack = await openTestStack();
    const refusing = (more: { headers?: Record<string, string> } = {}) =>
      FakePartner.start(() => ({ status: 429, ...more }));
    await using soon = await refusing({ headers: { 'retry-after': '1' } });
    await using late = await refusing({ headers: { 'retry-after': '3600' } });
    await using never = await refusing();
    const deliver = { ...PATIENT, retry: { firstMs: 10, maxMs: 100 } };
    await using line = await Pipeline.open(stack, soon, { deliver });
    // One 429 holds who asks for an hour: how many were under way when it came is chance.
    const atOnce = { ...deliver, breaker: { minAttempts: 1 } };
    const others = [line.addPartner(late.url, { deliver: atOnce }), line.addPartner(never.url, { deliver })];
    const worker = line.spawn({}, others);
    await line.source.publish(rulesOf(1).slice(0, rules));
    await soon.until((received) => received.length >= 1);
    soon.reply = () => 200;
    await line.drained();
    // Who did not ask for time is asked again and again meanwhile, who asked for an hour is not.
    await late.until((received) => received.length >= 1);
    if (rules > 1) await worker.logged('partner.held', ({ partner }) => partner === others[0]);
    const repeated = (received: readonly Received[]) => received.length - new Set(received.map(({ id }) => id)).size;
    await never.until((received) => repeated(received) >= 4, PATIENCE_MS, 'attempts, or probes');
    expect(repeated(late.received)).toBe(0);
    expect(soon.received.filter(({ status }) => status === 200)).toHaveLength(rules);
    expect(worker.ended).toBeUndefined();
  },
);

// How little is for the bench to say (S5).
test.concurrent('a partner that is down does not slow another in the same worker: nothing of the one waits for a request of the other', async () => {
  await using stack = await openTestStack();
  await using good = await FakePartner.start();
  await using bad = await FakePartner.start(() => 'hang');
  await using line = await Pipeline.open(stack, good);
  const other = line.addPartner(bad.url, { deliver: { timeoutMs: 7_999 } });
  const worker = line.spawn({}, [other]);
  await line.stable(1);
  const ended = () =>
    worker.lines.filter(({ msg, partner }) => msg === 'delivery.attempted' && partner === other).length;
  let version = 0;
  /** A wave of the good one comes and goes. @returns whether every request of the bad one was open all the while */
  const waveWithin = async (): Promise<true | undefined> => {
    const before = ended();
    version += 1;
    await line.source.publish(rulesOf(version));
    await good.until((received) => acked(received) === version * KEYS);
    return (bad.received.length > 0 && ended() === before) || undefined;
  };
  await eventually('a wave while requests of the bad one are open', waveWithin);
  await worker.logged('partner.held', ({ partner }) => partner === other);
  await eventually('a wave while the bad one is held', waveWithin);
  expect(worker.lines.filter(({ msg, partner }) => msg === 'partner.held' && partner === line.partner)).toEqual([]);
});
