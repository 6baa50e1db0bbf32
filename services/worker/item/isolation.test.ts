import { expect, test } from '@jest/globals';
import { Isolation } from './isolation.ts';
import type { Item } from './item.ts';

test('a suspect waits until nothing is on its way, and keeps all others from starting until it is through', () => {
  const atWork = { flights: 2 };
  const isolation = new Isolation(atWork);
  const [suspect, other] = [{} as Item, {} as Item];
  expect(isolation.isTaken).toBe(false);
  expect(isolation.admits(suspect)).toBe(false);
  expect(isolation.isTaken).toBe(true);
  atWork.flights = 0;
  expect(isolation.admits(other)).toBe(false);
  expect(isolation.admits(suspect)).toBe(true);
  isolation.release(other);
  expect(isolation.isTaken).toBe(true);
  isolation.release(suspect);
  expect(isolation.isTaken).toBe(false);
  expect(isolation.admits(other)).toBe(true);
});
