import { expect, test } from '@jest/globals';
import type { RuleState } from './rules-in-force.ts';
import { RulesInForce } from './rules-in-force.ts';

const acked = (ruleId: string): RuleState => ({ ruleId, inForce: true });
const withdrawn = (ruleId: string): RuleState => ({ ruleId, inForce: false });

/** A topic of delivery states whose reading waits for `go` at its end. */
function topicOf(portions: RuleState[][], max?: number) {
  const said = { reads: 0, flushes: 0, errors: 0 };
  const gate = { go: Promise.resolve() };
  const rules = new RulesInForce(
    {
      read: async function* () {
        said.reads += 1;
        yield* portions;
        await gate.go;
      },
      flush: async () => {
        said.flushes += 1;
      },
      log: {
        error: () => {
          said.errors += 1;
        },
      },
    },
    max,
  );
  return { rules, said, gate };
}

test('nothing is known before it was read, and what was told to be over is not in force', async () => {
  const { rules, said } = topicOf([[acked('a'), acked('b')], [withdrawn('b')]]);
  rules.acked('own', false);
  expect([rules.has(0, 'a'), said.reads]).toEqual([undefined, 0]);
  await Promise.all([rules.learn([0, 1]), rules.learn([0, 1])]);
  expect(['a', 'b', 'c'].map((rule) => rules.has(1, rule))).toEqual([true, false, false]);
  expect(rules.has(2, 'a')).toBeUndefined(); // not ours when it was read
  expect(said).toEqual({ reads: 1, flushes: 1, errors: 0 });
});

test('an ack while it is read is newer than what is found; later ones are followed', async () => {
  const { rules, gate } = topicOf([[acked('a'), acked('b')]]);
  const { promise, resolve } = Promise.withResolvers<void>();
  gate.go = promise;
  const learned = rules.learn([0]);
  rules.acked('a', true);
  rules.acked('new', false);
  resolve();
  await learned;
  rules.acked('later', false);
  rules.told('b');
  expect(['a', 'b', 'new', 'later'].map((rule) => rules.has(0, rule))).toEqual([false, false, true, true]);
});

test('a partition that another owner has had meanwhile is read again, one that stayed ours is not', async () => {
  const { rules, said, gate } = topicOf([[acked('a')]]);
  await rules.learn([0, 1]);
  rules.assigned(new Set([1]));
  expect([rules.has(0, 'a'), rules.has(1, 'a')]).toEqual([undefined, true]);
  // Also when the assignment changes in the middle of a reading.
  const { promise, resolve } = Promise.withResolvers<void>();
  gate.go = promise;
  const learned = rules.learn([0, 1]);
  rules.assigned(new Set([0]));
  resolve();
  await learned;
  expect([rules.has(0, 'a'), rules.has(1, 'a'), said.reads]).toEqual([true, undefined, 2]);
});

test('more rules than can be kept are told once, and nothing is made up', async () => {
  const { rules, said } = topicOf([[acked('a'), acked('b')]], 2);
  await rules.learn([0]);
  expect(rules.isBlind).toBe(false);
  rules.acked('a', false);
  expect(rules.isBlind).toBe(false);
  rules.acked('c', false);
  rules.acked('d', false);
  expect([rules.isBlind, said.errors, rules.has(0, 'd')]).toEqual([true, 1, false]);
});
