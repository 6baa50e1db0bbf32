// Where nobody can be asked.
import { afterEach, expect, test } from '@jest/globals';
import { confirm } from './confirm.ts';

const { isTTY } = process.stdin;
afterEach(() => {
  process.stdin.isTTY = isTTY;
});

test('a command that has no --dry-run is not said to have one', async () => {
  process.stdin.isTTY = false;
  await expect(confirm('Go on?', undefined)).rejects.toThrow(/add --yes$/);
  await expect(confirm('Go on?', undefined, true)).rejects.toThrow(/add --yes, or --dry-run to see only$/);
});
