import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { tellUncommitted, unlessSilent } from './silence.ts';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

test('as long as heartbeats are answered the end is waited for', async () => {
  const ended = Promise.withResolvers<void>();
  let aliveAt = performance.now();
  const beating = setInterval(() => {
    aliveAt = performance.now();
  }, 1_000);
  const isOver = unlessSilent(ended.promise, () => aliveAt);
  await jest.advanceTimersByTimeAsync(60_000);
  ended.resolve();
  expect(await isOver).toBe(true);
  clearInterval(beating);
});

test('silence counts from the stop on, and from the last answer on', async () => {
  const longAgo = performance.now() - 60_000;
  let over: boolean | undefined;
  const told = (isOver: boolean) => {
    over = isOver;
  };
  void unlessSilent(new Promise(() => undefined), () => longAgo).then(told);
  await jest.advanceTimersByTimeAsync(1_999);
  expect(over).toBeUndefined();
  await jest.advanceTimersByTimeAsync(1);
  expect(over).toBe(false);
});

test('what Kafka does not know is told by partition', () => {
  const warn = jest.fn();
  const log = { debug: warn, info: warn, warn, error: warn };
  const settled = new Map([
    [0, 7],
    [1, 5],
    [2, 9],
  ]);
  tellUncommitted(
    { groupId: 'ess.hospital', topic: 'rules', log },
    settled,
    new Map([
      [0, 7],
      [1, 3],
    ]),
  );
  expect(warn.mock.calls).toEqual([
    [
      expect.objectContaining({
        group: 'ess.hospital',
        uncommitted: [
          { partition: 1, committed: 3, settled: 5 },
          { partition: 2, committed: undefined, settled: 9 },
        ],
      }),
      'stop.without-kafka',
    ],
  ]);
});
