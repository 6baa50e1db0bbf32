// The positions of a group may be gone: expired, or the group was deleted. Its partitions are read again from their start, and what
// the partner has acked by then is not sent again: it is on record as superseded, also over a kill in the middle. `ess replay`
// sends it all the same.
import { expect, test } from '@jest/globals';
import { FakePartner } from '../fakes/partner.ts';
import { makeRule } from '../harness/data/rules.ts';
import { eventually } from '../harness/deadline.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import { openTestStack } from '../harness/test-stack.ts';

const versionsOf = (ruleId: string, from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, at) => makeRule(ruleId, from + at));
const received = (partner: FakePartner) =>
  partner.received.map(({ body, headers }) => `${body['ruleId']} v${headers['ess-rule-version']}`).sort();
/** No number tells it from the next. */
const LARGE = 2n ** 53n;
const large = (more: bigint) => ({ ...makeRule('n', 1), version: LARGE + more });
const superseded = async (line: Pipeline) => {
  const rows = (await line.audit()).filter(({ outcome }) => outcome === 'superseded');
  return rows.map(({ ruleId, offset }) => `${ruleId} @${offset}`).sort();
};

test.concurrent('a group that was deleted: version 1 never comes again after version 5, newer ones do, and a replay sends all', async () => {
  await using stack = await openTestStack();
  await using partner = await FakePartner.start();
  await using line = await Pipeline.open(stack, partner, { partitions: 1 });
  const [first] = await line.start();
  await line.source.publish([...versionsOf('a', 1, 5), ...versionsOf('b', 1, 1), large(0n)]);
  await line.drained();
  expect(first?.count('position.gone')).toBe(0); // a new partner has nothing to be told of
  await first?.signal('SIGTERM');
  await stack.admin.deleteGroups([line.group]);
  await line.source.publish([...versionsOf('a', 6, 6), ...versionsOf('c', 1, 1), large(1n)]);
  const [second] = await line.start();
  expect(await second?.logged('position.gone')).toMatchObject({
    rules: 3,
    partitions: [{ partition: 0, ackedUntil: 10 }],
  });
  await line.drained();
  const once = ['a v1', 'a v2', 'a v3', 'a v4', 'a v5', 'a v6', 'b v1', 'c v1', `n v${LARGE}`, `n v${LARGE + 1n}`];
  expect(received(partner)).toEqual(once);
  expect(await superseded(line)).toEqual(['a @0', 'a @1', 'a @2', 'a @3', 'a @4', 'b @5', 'n @6']);
  await line.json('replay', line.partner, '--since', '1h', '--yes', '--wait');
  await line.drained();
  for (const each of once) expect(received(partner).filter((one) => one === each).length).toBeGreaterThan(1);
});

test.concurrent('where versions are offsets, those of the same topic are compared', async () => {
  await using stack = await openTestStack();
  await using partner = await FakePartner.start();
  const source = { version: undefined } as never;
  await using line = await Pipeline.open(stack, partner, { partitions: 1, source });
  const [first] = await line.start();
  await line.source.publish([...versionsOf('a', 1, 3), ...versionsOf('b', 1, 1)]);
  await line.drained();
  await first?.signal('SIGTERM');
  await stack.admin.deleteGroups([line.group]);
  await line.start();
  await line.drained();
  expect(received(partner)).toEqual(['a v0', 'a v1', 'a v2', 'b v3']);
  expect(await superseded(line)).toEqual(['a @0', 'a @1', 'a @2', 'b @3']);
});

test.concurrent('killed in the middle: who takes over sends nothing again either', async () => {
  await using stack = await openTestStack();
  // `h` is refused for now: the position stays before it, and what comes after is settled above it.
  await using partner = await FakePartner.start(({ body }) => (body['ruleId'] === 'h' ? 503 : 200));
  const retry = { maxAttempts: 1_000, firstMs: 200, maxMs: 400 };
  await using line = await Pipeline.open(stack, partner, { partitions: 1, deliver: { retry } });
  const acked = (name: string) => partner.until((all) => all.some(({ body }) => body['ruleId'] === name));
  const [first] = await line.start();
  await line.source.publish([...versionsOf('a', 1, 2), ...versionsOf('h', 1, 1), ...versionsOf('b', 1, 3)]);
  await acked('b');
  await eventually('b is acked', async () => received(partner).includes('b v3') || undefined);
  await first?.signal('SIGTERM');
  await stack.admin.deleteGroups([line.group]);
  const [killed] = await line.start();
  await killed?.logged('position.gone');
  await eventually('some are passed', async () => ((await superseded(line)).length >= 2 ? true : undefined));
  await killed?.signal('SIGKILL');
  const heir = line.spawn();
  await heir.logged('partitions.assigned');
  expect(heir.count('position.gone')).toBe(0); // it was told
  partner.reply = () => 200;
  await line.drained();
  const others = received(partner).filter((one) => !one.startsWith('h'));
  expect(others).toEqual(['a v1', 'a v2', 'b v1', 'b v2', 'b v3']);
  expect(new Set(await superseded(line))).toEqual(new Set(['a @0', 'a @1', 'b @3', 'b @4', 'b @5']));
  expect(received(partner)).toContain('h v1');
});
