// What a partner's answer says is done, and nothing more: of a batch record by record, of the partner as a whole for all its lanes, and
// of a connection that was idle nothing at all.
import { expect, test } from '@jest/globals';
import type { Received } from '../fakes/partner.ts';
import { FakePartner } from '../fakes/partner.ts';
import { makeRule } from '../harness/data/rules.ts';
import { eventually } from '../harness/deadline.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import { openTestStack } from '../harness/test-stack.ts';

interface BatchItem {
  readonly id: string;
  readonly attempt: number;
  readonly data: { readonly ruleId: string };
}

const itemsOf = ({ text }: Received) => JSON.parse(text) as BatchItem[];
const rules = (...ids: string[]) => ids.map((id) => makeRule(id, 1));

test('207: each record of a batch is acked, tried again or parked by what the answer says of it, and alone when it says nothing', async () => {
  await using stack = await openTestStack();
  const statusOf = ({ attempt, data: { ruleId } }: BatchItem) =>
    ruleId === 'bad' ? 422 : ruleId === 'busy' && attempt === 1 ? 503 : 200;
  await using partner = await FakePartner.start((request) => {
    const items = itemsOf(request);
    const named = items.length === 1 ? items : items.filter(({ data }) => data.ruleId !== 'forgotten');
    const said = named.map((item) => ({ ref: item.data.ruleId, result: { code: `${statusOf(item)} said so` } }));
    return { status: 207, body: JSON.stringify({ entries: said.reverse() }) };
  });
  const answer = { items: 'entries', id: 'ref', idOf: 'ruleId', status: 'result.code' };
  const retry = { firstMs: 1, maxMs: 1 };
  await using line = await Pipeline.open(stack, partner, {
    partitions: 1,
    deliver: { timeoutMs: 60_000, retry, batch: { maxRecords: 6, maxWaitMs: 60_000, answer } },
  });
  await line.source.publish(rules('r1', 'bad', 'busy', 'forgotten', 'r2', 'r3'));
  const [worker] = await line.start();
  await partner.until((received) => received.length >= 2);
  // Its companions are through: what is tried again waits for others to fill a batch.
  await line.source.publish(rules('r4', 'r5', 'r6', 'r7', 'r8'));
  await line.drained();

  const [first] = partner.received;
  expect(first && itemsOf(first)).toHaveLength(6);
  const sent = Map.groupBy(partner.received.flatMap(itemsOf), ({ data }) => data.ruleId);
  const times = Object.fromEntries([...sent].map(([ruleId, all]) => [ruleId, all.length]));
  expect(times).toEqual({ r1: 1, r2: 1, r3: 1, r4: 1, r5: 1, r6: 1, r7: 1, r8: 1, bad: 1, busy: 2, forgotten: 2 });
  const rows = (await line.audit()).filter(({ ruleId }) => !/^r\d/.test(ruleId ?? ''));
  const told = rows.map(({ ruleId, outcome, status, attempt }) => [ruleId, outcome, status, attempt].join(' '));
  expect(told.sort()).toEqual([
    'bad deadLettered 422 1',
    'busy delivered 200 2',
    'busy retried 503 1',
    'forgotten delivered 200 1',
    'forgotten retried  1',
  ]);
  expect((await line.deadLetters()).map(({ ruleId, reason }) => `${ruleId} ${reason}`)).toEqual(['bad status-422']);
  expect(worker?.count('partner.held')).toBe(0);
});

interface Status {
  readonly quietUntil: string | null;
  readonly waiting: { readonly quiet: number };
}

test('idle connections that end cost nothing but a row; after a 429 all lanes wait, status says until when, and a change of the connector ends it', async () => {
  await using stack = await openTestStack();
  let reused = 0;
  // One connection at a time: every second request that may come by a used one does, and finds it closed.
  await using partner = await FakePartner.start(({ headers }) => {
    if (headers.connection !== 'keep-alive') return 200;
    reused += 1;
    return reused % 2 === 0 ? 'reset' : 200;
  });
  const breaker = { minAttempts: 2 };
  await using line = await Pipeline.open(stack, partner, { deliver: { timeoutMs: 60_000, concurrency: 1, breaker } });
  await line.source.publish(rules(...Array.from({ length: 20 }, (_, index) => `r${index}`)));
  const [worker] = await line.start();
  await line.drained();
  const attempts = await line.audit();
  const ended = attempts.filter(({ reason }) => reason === 'idle connection closed');
  expect(ended.length).toBeGreaterThanOrEqual(5);
  expect(new Set(attempts.map(({ attempt }) => attempt))).toEqual(new Set([1]));
  expect(new Set(ended.map(({ outcome }) => outcome))).toEqual(new Set(['retried']));
  expect(attempts.filter(({ outcome }) => outcome === 'delivered')).toHaveLength(20);
  const twice = Map.groupBy(partner.received, ({ id }) => id);
  expect([...twice.values()].filter(({ length }) => length === 2)).toHaveLength(ended.length);
  expect([worker?.count('partner.held'), await line.deadLetters()]).toEqual([0, []]);

  const before = partner.received.length;
  partner.reply = () => ({ status: 429, headers: { 'retry-after': '3600' } });
  await line.source.publish(rules('first'));
  await worker?.logged('partner.quiet');
  partner.reply = () => 200;
  await line.source.publish(rules('s1', 's2', 's3', 's4', 's5'));
  const status = await eventually('a status with all that waits', async () => {
    const [one] = await line.json<Status[]>('status', line.partner);
    return one?.waiting.quiet === 6 ? one : undefined;
  });
  expect(Date.parse(status.quietUntil ?? '')).toBeGreaterThan(Date.now());
  expect(partner.received).toHaveLength(before + 1);
  expect(worker?.count('partner.held')).toBe(0);
  line.connect(partner.url, { deliver: { concurrency: 2 } });
  await line.drained();
  expect(partner.received).toHaveLength(before + 7);
});
