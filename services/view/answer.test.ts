import { expect, test } from '@jest/globals';
import { agesOf } from './answer.ts';

test('a topic is as old as the one of its readers that has read least', () => {
  const read = [
    { topic: 'rules', readToMs: 1_000 },
    { topic: 'ess.audit', readToMs: 9_000 },
    { topic: 'rules', readToMs: 9_900 },
  ];
  expect(agesOf(read, 10_000)).toEqual({ rules: 9, 'ess.audit': 1 });
  expect(agesOf(read.toReversed(), 10_000)).toEqual({ rules: 9, 'ess.audit': 1 });
});
