import { expect, test } from '@jest/globals';
import { connectionBudget, descriptorLimit } from './descriptors.ts';

const limits = (files: string) =>
  `Limit Soft Limit Hard Limit Units\nMax processes 1 1 processes\nMax open files            ${files} files\n`;

test('the soft limit of open files is what counts; where none is told, a usual one', () => {
  expect(descriptorLimit(() => limits('256                  4096'))).toBe(256);
  expect(descriptorLimit(() => limits('unlimited            unlimited'))).toBe(Number.POSITIVE_INFINITY);
  expect(descriptorLimit(() => 'nothing')).toBe(1_024);
  expect(
    descriptorLimit(() => {
      throw new Error('no /proc here');
    }),
  ).toBe(1_024);
});

test.each([
  [10_000, 1_048_576, 10_000],
  [10_000, 4_096, 3_584],
  [10_000, 1_024, 896],
  [10_000, 256, 160],
  [2_000, Number.POSITIVE_INFINITY, 2_000],
  [10_000, 100, 16],
])('of %i wanted connections %i descriptors leave %i', (wanted, limit, budget) => {
  expect(connectionBudget(wanted, limit)).toBe(budget);
});
