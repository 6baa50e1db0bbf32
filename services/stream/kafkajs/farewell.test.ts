import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { farewell, farewellWhenOpen, notHeard, patienceMs } from './farewell.ts';
import { within } from './within.ts';

let hours = 0;

beforeEach(() => {
  jest.useFakeTimers();
  hours += 1;
  jest.advanceTimersByTime(hours * 3_600_000); // what an earlier test was not heard with is long ago
});
afterEach(() => {
  jest.useRealTimers();
});

const never = () => new Promise<void>(() => undefined);
const elapsed = async (work: Promise<unknown>) => {
  const since = performance.now();
  let ms: number | undefined;
  void work.then(() => {
    ms = performance.now() - since;
  });
  await jest.advanceTimersByTimeAsync(20_000);
  return ms;
};

test('who is not heard is left, and the next ones are hardly waited for', async () => {
  expect(patienceMs(5_000)).toBe(5_000);
  const since = performance.now();
  const one = farewell(never);
  await jest.advanceTimersByTimeAsync(1_000);
  await one;
  expect(performance.now() - since).toBe(1_000);
  expect([patienceMs(5_000), patienceMs(7)]).toEqual([100, 7]);
  expect(await elapsed(farewell(never))).toBe(100);
});

test('a Kafka that answers again is waited for again', async () => {
  notHeard();
  expect(await elapsed(farewell(never))).toBe(100);
  expect(await elapsed(farewell(never))).toBe(1_000); // 20 s later
});

test('what goes wrong in time is thrown, and what goes wrong later is nobody’s business', async () => {
  await expect(farewell(() => Promise.reject(new Error('refused')))).rejects.toThrow('refused');
  const late = Promise.withResolvers<void>();
  expect(await elapsed(farewell(() => late.promise))).toBe(1_000);
  late.reject(new Error('late'));
  await jest.advanceTimersByTimeAsync(1);
});

test('what never opens is left; what opens is closed, and what did not open needs no farewell', async () => {
  expect(await elapsed(farewellWhenOpen(new Promise<never>(() => undefined)))).toBe(1_000);
  const close = jest.fn(async () => undefined);
  await farewellWhenOpen(Promise.resolve({ [Symbol.asyncDispose]: close }));
  expect(close).toHaveBeenCalledTimes(1);
  await farewellWhenOpen(Promise.reject(new Error('refused')));
  await farewellWhenOpen(undefined);
});

test('work that ends in time is not late, and leaves no timer behind', async () => {
  expect(await within(Promise.resolve(), 1_000)).toBe(true);
  expect(jest.getTimerCount()).toBe(0);
});
