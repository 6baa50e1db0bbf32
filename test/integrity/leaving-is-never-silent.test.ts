// A rule that the partner has acked and whose newer version is out of its scope, without being withdrawn, is
// never dropped in silence: a person is alerted, or the partner is told with the withdrawal mapping.
import { expect, test } from '@jest/globals';
import { evictMembers } from '../fakes/kafka/evict.ts';
import { FakePartner } from '../fakes/partner.ts';
import { makeRule } from '../harness/data/rules.ts';
import { eventually } from '../harness/deadline.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import { openTestStack } from '../harness/test-stack.ts';

const LEFT = 'rule.left';
const away = { scope: 'Ems' };
const rulesOf = (names: readonly string[], version: number, more = {}) =>
  names.map((name) => makeRule(name, version, more));

test.concurrent('a rule that leaves the scope is told to a person once, also by a worker that has not delivered it, and right behind its last version', async () => {
  await using stack = await openTestStack();
  await using partner = await FakePartner.start(({ body }) =>
    body['ruleId'] === 'refused' ? 422 : { status: 200, afterMs: 30 },
  );
  await using line = await Pipeline.open(stack, partner, { partitions: 2 });
  const [first] = await line.start();
  await line.source.publish(rulesOf(['a', 'b', 'c', 'd', 'refused'], 1));
  await line.source.publish(rulesOf(['never'], 1, away));
  await line.drained();
  // What this worker has acked itself.
  await line.source.publish(rulesOf(['a', 'never', 'refused'], 2, away));
  await first?.logged(LEFT, ({ ruleId }) => ruleId === 'a');
  await line.source.publish(rulesOf(['a'], 3, away));
  await line.drained();
  // What was acked a moment before the worker was killed, its row in ess.delivery-state maybe not written.
  await line.source.publish(rulesOf(['b'], 2));
  await partner.until((received) => received.some(({ body, status }) => body['version'] === 2 && status === 200));
  await first?.signal('SIGKILL');
  await evictMembers(stack, line.group);
  const [second] = await line.start();
  await line.source.publish(rulesOf(['b', 'never'], 3, away));
  await second?.logged(LEFT, ({ ruleId }) => ruleId === 'b');
  // One batch: the version before is still on its way.
  await line.source.publish([makeRule('c', 2), makeRule('c', 3, away), makeRule('new', 2), makeRule('new', 3, away)]);
  await second?.logged(LEFT, ({ ruleId }) => ruleId === 'c');
  await second?.logged(LEFT, ({ ruleId }) => ruleId === 'new');
  // Back, and gone again.
  await line.source.publish([makeRule('a', 4), makeRule('a', 5, away)]);
  await second?.logged(LEFT, ({ ruleId, version }) => ruleId === 'a' && version === 5);
  await line.drained();

  const told = line.workers.flatMap(({ lines }) => lines.filter(({ msg }) => msg === LEFT));
  expect(told.map(({ ruleId, version }) => `${ruleId} v${version}`).sort()).toEqual([
    ...['a v2', 'a v5', 'b v3', 'c v3', 'new v3'],
  ]);
  const rows = (await line.audit()).filter(({ outcome }) => outcome === 'skipped');
  const reasons = new Map(rows.map(({ ruleId, version, reason }) => [`${ruleId} v${version}`, reason]));
  expect(Object.fromEntries(reasons)).toEqual({
    ...Object.fromEntries(
      ['a v2', 'a v5', 'b v3', 'c v3', 'new v3'].map((name) => [name, 'left the scope; onLeave: alert']),
    ),
    ...Object.fromEntries(
      ['a v3', 'never v1', 'never v2', 'never v3', 'refused v2'].map((name) => [name, 'out of scope']),
    ),
  });
  expect(await line.metric(second as never, 'ess_withdrawn_rules_total')).toBe(4);
});

test.concurrent('with onLeave: send the partner is told, in order; when the rule comes back it is sent as ever', async () => {
  await using stack = await openTestStack();
  await using partner = await FakePartner.start();
  const withdrawal = { fields: { ruleId: 'ruleId', version: 'version' }, defaults: { bedCap: 'none' } };
  await using line = await Pipeline.open(stack, partner, { partitions: 1, withdrawal });
  await line.start();
  await line.source.publish([makeRule('a', 1), makeRule('a', 2, away), makeRule('a', 3, away)]);
  await line.source.publish([
    makeRule('a', 4),
    makeRule('a', 5, { ...away, status: 'withdrawn' }),
    makeRule('b', 7, away),
  ]);
  await line.drained();
  expect(partner.received.map(({ body }) => [body['ruleId'], body['version'], body['bedCap']])).toEqual([
    ['a', 1, 1],
    ['a', 2, 'none'],
    ['a', 4, 4],
    ['a', 5, 'none'],
  ]);
});

// It is not acked yet when the version that leaves is read: what it is owed must be known all the same, and go first.
test.concurrent.each([
  ['alert', undefined],
  ['send', { fields: { ruleId: 'ruleId', version: 'version' }, defaults: { bedCap: 'none' } }],
])(
  'catchUp: latest, onLeave: %s: a partner that was down gets the newest version in scope, and then the rule leaves',
  async (onLeave, withdrawal) => {
    await using stack = await openTestStack();
    await using partner = await FakePartner.start();
    const deliver = { catchUp: 'latest' };
    await using line = await Pipeline.open(stack, partner, {
      partitions: 1,
      deliver,
      ...(withdrawal && { withdrawal }),
    });
    const [worker] = await line.start();
    await partner.down();
    await line.source.publish(rulesOf(['a', 'stays'], 1));
    await worker?.logged('partner.held');
    await line.source.publish([makeRule('a', 2), makeRule('a', 3, away), makeRule('never', 1, away)]);
    await eventually('all but what the partner is owed is settled', async () => {
      const settled = (await line.audit()).filter(({ outcome }) => outcome === 'superseded' || outcome === 'skipped');
      return (
        settled
          .map(({ ruleId, version }) => `${ruleId} v${version}`)
          .sort()
          .join() === 'a v1,never v1' || undefined
      );
    });
    await partner.up();
    await line.drained();

    const accepted = partner.received.filter(({ status }) => status === 200).map(({ body }) => body);
    const ofA = accepted.filter(({ ruleId }) => ruleId === 'a').map(({ version, bedCap }) => [version, bedCap]);
    expect(ofA).toEqual(
      onLeave === 'send'
        ? [
            [2, 2],
            [3, 'none'],
          ]
        : [[2, 2]],
    );
    expect(accepted.filter(({ ruleId }) => ruleId !== 'a')).toMatchObject([{ ruleId: 'stays', version: 1 }]);
    const told = worker?.lines.filter(({ msg }) => msg === LEFT).map(({ ruleId, version }) => [ruleId, version]);
    expect(told).toEqual(onLeave === 'alert' ? [['a', 3]] : []);
    // Rows of one rule are in one partition, so this is the order in which they were written.
    const rows = (await line.audit()).filter(({ ruleId, outcome }) => ruleId === 'a' && outcome !== 'retried');
    expect(rows.map(({ version, outcome }) => [version, outcome]).slice(-2)).toEqual([
      [2, 'delivered'],
      [3, onLeave === 'send' ? 'delivered' : 'skipped'],
    ]);
  },
);
