// A partner has restored what it had last night, its list of ids with it. `ess replay --since` brings it back in step, as
// docs/disaster.md says: what came since goes again, a withdrawal too, and what the backup holds does not.
import type { LockstepAnswer } from '@ess/view/answer.ts';
import { expect, test } from '@jest/globals';
import { FakePartner } from '../fakes/partner.ts';
import { makeRule } from '../harness/data/rules.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import { openTestStack } from '../harness/test-stack.ts';

/** What a partner keeps: by rule its version, 0 once it was withdrawn; and the ids that it has seen. */
class Store {
  rules = new Map<string, number>();
  ids = new Set<string>();

  take(id: string, { ruleId, version }: Record<string, unknown>): void {
    if (this.ids.has(id)) return;
    this.ids.add(id);
    this.rules.set(String(ruleId), Number(version ?? 0));
  }

  backup(): Store {
    return Object.assign(new Store(), { rules: new Map(this.rules), ids: new Set(this.ids) });
  }
}

test('a partner restored from a backup is sent what came since, and ends with the newest of each rule', async () => {
  await using stack = await openTestStack();
  let store = new Store();
  await using partner = await FakePartner.start(({ id, body }) => {
    store.take(id, body);
    return 200;
  });
  const withdrawal = { fields: { ruleId: 'ruleId' } };
  await using line = await Pipeline.open(stack, partner, { partitions: 3, withdrawal });
  await line.start();
  const of = (version: number, from: number, to: number) =>
    Array.from({ length: to - from }, (_, at) => makeRule(`r${from + at}`, version));
  await line.source.publish(of(1, 0, 20));
  await line.drained();
  const since = new Date().toISOString();
  const backup = store.backup();
  await line.source.publish([
    ...of(2, 0, 8),
    ...of(3, 0, 4),
    ...of(1, 20, 25),
    makeRule('r19', 2, { status: 'withdrawn' }),
  ]);
  await line.drained();
  const held = store.rules;
  const before = partner.received.length;

  store = backup;
  await line.json('replay', line.partner, '--since', since, '--reason', 'restored', '--yes', '--wait');
  expect(store.rules).toEqual(held);
  expect([held.get('r0'), held.get('r19'), held.size]).toEqual([3, 0, 25]);
  const again = new Set(partner.received.slice(before).map(({ body }) => body['ruleId']));
  expect(again.size).toBe(8 + 5 + 1);
  const { partners } = await line.json<LockstepAnswer>('lockstep', line.partner);
  expect(partners).toMatchObject([{ drifting: 0 }]);
});
