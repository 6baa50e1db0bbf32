import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { Turns } from './turns.ts';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

const MB = 1_000_000;

test('so many bytes a second, whoever takes them, in the order in which they came', async () => {
  const turns = new Turns(10 * MB);
  const written: Array<{ client: number; atMs: number }> = [];
  const from = performance.now();
  const client = async (name: number) => {
    for (let chunk = 0; chunk < 10; chunk += 1)
      await turns.take(MB / 4, () => written.push({ client: name, atMs: performance.now() - from }));
  };
  const all = Promise.all([client(1), client(2)]);
  await jest.advanceTimersByTimeAsync(475);
  expect(written).toHaveLength(20);
  expect(written.map((one) => one.client)).toEqual(Array.from({ length: 20 }, (_, index) => 1 + (index % 2)));
  const atMs = written.map((one) => one.atMs);
  for (const [index, at] of atMs.entries()) {
    expect(at).toBeGreaterThanOrEqual(index * 25);
    expect(at).toBeLessThanOrEqual(index * 25 + 1);
  }
  await all;
});

test('what was not used is not saved up', async () => {
  const turns = new Turns(MB);
  await jest.advanceTimersByTimeAsync(60_000);
  let written = 0;
  for (let chunk = 0; chunk < 100; chunk += 1) void turns.take(100_000, () => (written += 1));
  await jest.advanceTimersByTimeAsync(1_000);
  expect(written).toBe(11);
});

test('small pieces share a turn, and the event loop goes round between two turns', async () => {
  const turns = new Turns(MB);
  const seen: string[] = [];
  const take = (name: string, bytes: number) =>
    turns.take(bytes, () => {
      seen.push(name);
      setImmediate(() => seen.push(`after ${name}`));
    });
  const all = Promise.all([take('a', 100), take('b', 100), take('large', 5_000), take('c', 100)]);
  await jest.advanceTimersByTimeAsync(10);
  await all;
  expect(seen.slice(0, 3)).toEqual(['a', 'b', 'large']);
  expect(seen.indexOf('after large')).toBeLessThan(seen.indexOf('c'));
});

test('what one write throws is told to its caller alone', async () => {
  const turns = new Turns(MB);
  const broken = turns.take(1, () => {
    throw new Error('broken');
  });
  const good = turns.take(1, () => undefined);
  const results = Promise.allSettled([broken, good]);
  await jest.advanceTimersByTimeAsync(10);
  expect((await results).map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
});
