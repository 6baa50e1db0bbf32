import { expect, test } from '@jest/globals';
import type { TopicStarts } from './log-starts.ts';
import { LogStarts } from './log-starts.ts';

const startsAt = (low: number): TopicStarts => ({ starts: [{ low, firstMs: 5 }], retentionMs: 60_000 });
const opened = (read: (topic: string) => Promise<TopicStarts>, topics: () => string[]) =>
  new LogStarts({ kafka: undefined as never, admin: undefined as never, topics, read });

test('nothing is known before it was asked; what cannot be asked grows old, and what retention has taken stays taken', async () => {
  let isAway = false;
  let wanted = ['rules', 'gone'];
  const asked: string[] = [];
  const starts = opened(
    async (topic) => {
      asked.push(topic);
      if (isAway || topic === 'gone') throw new Error('no');
      return startsAt(7);
    },
    () => [...wanted, ...wanted],
  );
  expect([starts.of('rules'), starts.lowOf('rules', 0)]).toEqual([undefined, 0]);
  await starts.ask();
  // Each topic once, and what one says does not hang on another.
  expect([asked, starts.of('gone'), starts.of('rules')?.starts]).toEqual([
    ['rules', 'gone'],
    undefined,
    [{ low: 7, firstMs: 5 }],
  ]);
  isAway = true;
  await starts.ask();
  expect(starts.of('rules')).toBeDefined();
  const later = Date.now() + 120_000;
  expect([starts.of('rules', later), starts.lowOf('rules', 0)]).toEqual([undefined, 7]);
  wanted = [];
  await starts.ask();
  expect(starts.lowOf('rules', 0)).toBe(0);
  await starts[Symbol.asyncDispose]();
});
