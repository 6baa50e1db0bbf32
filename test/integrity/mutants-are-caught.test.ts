// The checker of the chaos runs can fail: what each guarantee rests on is taken away in a copy of the program, and each time it
// finds the violation; of the program as it is, it finds none.
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { expect, test } from '@jest/globals';
import { openTestStack } from '../fakes/test-stack.ts';
import { Gauntlet } from '../mutants/gauntlet.ts';
import { mutate, plantMutant } from '../mutants/mutant-tree.ts';
import { MUTANTS } from '../mutants/mutants.ts';

test('each mutant is caught by the checker, and the program as it is passes', async () => {
  await using cleanup = new Cleanup();
  const stack = await openTestStack();
  cleanup.defer(() => stack[Symbol.asyncDispose]());
  const scripts = [undefined, ...MUTANTS.map((mutant) => plantMutant(cleanup, mutant))];
  const runs = await Promise.all(scripts.map((script) => Gauntlet.open(stack, script)));
  for (const run of runs) cleanup.defer(() => run[Symbol.asyncDispose]());
  await Promise.all(runs.map((run) => run.frozen()));
  await Promise.all(runs.map((run) => run.restarted()));
  const [asItIs, ...verdicts] = await Promise.all(runs.map((run) => run.judged()));
  expect(asItIs).toEqual({ violations: [], history: '' });
  for (const [index, { name, breaks }] of MUTANTS.entries()) {
    const { violations = [], history = '' } = verdicts[index] ?? {};
    process.stderr.write(`mutant "${name}": ${violations.length} violations, e.g. ${history.split('\n')[0]}\n`);
    const found = violations.filter(({ guarantee }) => breaks.includes(guarantee));
    expect([name, found.length > 0]).toEqual([name, true]);
  }
}, 240_000);

test('a mutant whose anchor is gone, or is there twice, is an error that names it', () => {
  const mutation = { name: 'm', file: 'f.ts', anchor: 'a = 1', replacement: 'a = 2' };
  expect(mutate('a = 1; b = 1', mutation)).toBe('a = 2; b = 1');
  expect(() => mutate('b = 1', mutation)).toThrow('mutant "m": its anchor is 0 times in f.ts');
  expect(() => mutate('a = 1; a = 1', mutation)).toThrow('its anchor is 2 times');
});
