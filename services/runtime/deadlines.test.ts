import { expect, jest, test } from '@jest/globals';
import { Deadlines } from './deadlines.ts';

test('each expires when its time is over, the first first, and what was cleared never', () => {
  jest.useFakeTimers();
  try {
    const deadlines = new Deadlines();
    const expired: string[] = [];
    const dueIn = (ms: number, name: string) =>
      deadlines.set({ dueAt: performance.now() + ms, expire: () => void expired.push(name) });
    dueIn(300, 'later');
    const cleared = dueIn(100, 'cleared');
    dueIn(200, 'second');
    dueIn(199, 'first'); // in a later place, and due before
    deadlines.clear(cleared);
    jest.advanceTimersByTime(198);
    expect(expired).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(expired).toEqual(['first']);
    dueIn(1_000, 'last'); // where one of them was
    jest.advanceTimersByTime(101);
    expect(expired).toEqual(['first', 'second', 'later']);
    jest.advanceTimersByTime(10_000);
    expect(expired).toEqual(['first', 'second', 'later', 'last']);
    expect(jest.getTimerCount()).toBe(0);
  } finally {
    jest.useRealTimers();
  }
});

test('of those that are over at once, after a process was frozen say, what was due first expires first', () => {
  jest.useFakeTimers();
  const clock = jest.spyOn(performance, 'now').mockReturnValue(0);
  try {
    const deadlines = new Deadlines();
    const expired: number[] = [];
    for (const dueAt of [30, 10, 20]) deadlines.set({ dueAt, expire: () => void expired.push(dueAt) });
    clock.mockReturnValue(100);
    jest.advanceTimersToNextTimer();
    expect(expired).toEqual([10, 20, 30]);
  } finally {
    clock.mockRestore();
    jest.useRealTimers();
  }
});
