// `catchUp: latest` (DESIGN §12.10): after an outage each rule goes out once, in its newest version; the rest is on record
// as superseded. And a rate limit is kept across the workers that share it.
import { expect, test } from '@jest/globals';
import { eventually } from '../fakes/deadline.ts';
import { FakePartner } from '../fakes/partner.ts';
import { Pipeline } from '../fakes/pipeline.ts';
import { report, sized } from '../fakes/results.ts';
import { makeRule } from '../fakes/rules.ts';
import { openTestStack } from '../fakes/test-stack.ts';

const RECORDS = sized(3_000, 30_000);
const KEYS = sized(100, 1_000);

test('a partner that was down gets exactly one record of each rule, the newest', async () => {
  await using stack = await openTestStack();
  await using partner = await FakePartner.start();
  await using line = await Pipeline.open(stack, partner, { deliver: { catchUp: 'latest' } });
  const [worker] = await line.start();
  if (!worker) throw new Error('no worker');
  await partner.down();
  await line.source.publish(Array.from({ length: 20 }, (_, index) => makeRule(`r${index}`, 1)));
  await worker.logged('partner.held');
  const versions = RECORDS / KEYS;
  const rules = Array.from({ length: RECORDS }, (_, index) =>
    makeRule(`r${index % KEYS}`, 2 + Math.floor(index / KEYS)),
  );
  await line.source.publish(rules);
  // Intake goes on while the partner is held: everything but the newest is superseded before it returns.
  const toSupersede = RECORDS + 20 - KEYS;
  await eventually(
    `${toSupersede} superseded`,
    async () =>
      (await line.audit()).filter(({ outcome }) => outcome === 'superseded').length >= toSupersede ? true : undefined,
    { timeoutMs: 60_000 },
  );

  await partner.up();
  const startedAt = performance.now();
  await line.drained();
  const tookMs = Math.round(performance.now() - startedAt);
  const accepted = partner.received.filter(({ status }) => status === 200);
  report('catch-up, latest', `${RECORDS} records of ${KEYS} rules held`, {
    delivered: accepted.length,
    'until lag 0, ms': tookMs,
  });
  expect(accepted.map(({ body }) => `${body['ruleId']} v${body['version']}`).sort()).toEqual(
    Array.from({ length: KEYS }, (_, index) => `r${index} v${1 + versions}`).sort(),
  );
  expect(await line.deadLetters()).toEqual([]);
}, 240_000);

test('two workers share a rate limit by their partitions', async () => {
  const perSecond = 50;
  await using stack = await openTestStack();
  await using partner = await FakePartner.start();
  await using line = await Pipeline.open(stack, partner, { deliver: { rateLimit: { perSecond } } });
  await line.start(2);
  const count = sized(400, 2_000);
  await line.source.publish(Array.from({ length: count }, (_, index) => makeRule(`r${index}`, 1)));
  await partner.until((received) => received.length >= count, 120_000);
  // Both are busy until the one with fewer records is done: only that stretch shows the sum of their shares.
  const busy = partner.received.slice(0, Math.floor(count * 0.6));
  const seconds = ((busy.at(-1)?.atMs ?? 0) - (busy[0]?.atMs ?? 0)) / 1000;
  const rate = (busy.length - 1) / seconds;
  report('rate limit', `${perSecond}/s over two workers`, { 'per second': Math.round(rate * 10) / 10 });
  // The tolerance of 100 ms lets each process start with a burst of 3; what is left is the clock's.
  expect(rate).toBeLessThan(perSecond * (1 + 0.02) + 6 / seconds);
  expect(rate).toBeGreaterThan(perSecond * 0.9);
}, 240_000);
