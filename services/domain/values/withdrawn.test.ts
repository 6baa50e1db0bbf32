import { expect, test } from '@jest/globals';
import { isWithdrawn } from './withdrawn.ts';

test.each<[string | undefined, object, boolean]>([
  ['ruleId', { ruleId: 'a', status: 'withdrawn' }, true],
  ['ruleId', { ruleId: 'a', status: 'active' }, false],
  ['ruleId', { ruleId: 'a' }, false],
  // A permit that its holder withdrew is in that agency's words, and goes out like any other record.
  ['permitId', { permitId: 'a', status: 'withdrawn' }, false],
  [undefined, { status: 'withdrawn' }, false],
])('by %s, %p: %s', (keyField, record, expected) => {
  expect(isWithdrawn(keyField, record)).toBe(expected);
});
