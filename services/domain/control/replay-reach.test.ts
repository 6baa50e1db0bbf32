import { expect, test } from '@jest/globals';
import { replayReach } from './replay-reach.ts';

test.each([
  [
    'to the first record, where nothing was taken',
    [
      { low: 0, firstMs: 50 },
      { low: 0, firstMs: 20 },
    ],
    20,
    false,
  ],
  [
    'to where the last partition is whole again',
    [
      { low: 3, firstMs: 30 },
      { low: 9, firstMs: 60 },
      { low: 0, firstMs: 5 },
    ],
    60,
    true,
  ],
  [
    'as if what is empty were not there',
    [
      { low: 7, firstMs: undefined },
      { low: 0, firstMs: 20 },
    ],
    20,
    false,
  ],
  ['nowhere, where nothing is left', [{ low: 7, firstMs: undefined }], undefined, false],
])('a replay reaches back %s', (_where, starts, sinceMs, isCut) => {
  expect(replayReach(starts)).toEqual({ sinceMs, isCut });
});
