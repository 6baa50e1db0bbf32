import { expect, test } from '@jest/globals';
import { Alone } from './alone.ts';
import type { Item } from './item.ts';

test('a suspect waits until nothing is on its way, and keeps all others from starting until it is through', () => {
  const atWork = { flights: 2 };
  const alone = new Alone(atWork);
  const [suspect, other] = [{} as Item, {} as Item];
  expect(alone.isTaken).toBe(false);
  expect(alone.admits(suspect)).toBe(false);
  expect(alone.isTaken).toBe(true);
  atWork.flights = 0;
  expect(alone.admits(other)).toBe(false);
  expect(alone.admits(suspect)).toBe(true);
  alone.release(other);
  expect(alone.isTaken).toBe(true);
  alone.release(suspect);
  expect(alone.isTaken).toBe(false);
  expect(alone.admits(other)).toBe(true);
});
