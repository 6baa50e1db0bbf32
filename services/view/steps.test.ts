import { expect, test } from '@jest/globals';
import { atOnce, inTurns } from './steps.ts';

function* counted(steps: number): Generator<void, number> {
  const startedAt = performance.now();
  let done = 0;
  for (; done < steps; done += 1) {
    while (performance.now() - startedAt < done + 1);
    yield;
  }
  return done;
}

test('in turns the same comes out as at once, and others have had their turn before the end', async () => {
  let turns = 0;
  const count = () => {
    turns += 1;
    timer = setImmediate(count);
  };
  let timer = setImmediate(count);
  expect(await inTurns(counted(50))).toBe(atOnce(counted(50)));
  clearImmediate(timer);
  expect(turns).toBeGreaterThan(0);
});
