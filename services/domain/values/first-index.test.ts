import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { firstIndex } from './first-index.ts';

test('it is where a search from the beginning finds it', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 })), fc.integer({ min: -1, max: 21 }), (values, wanted) => {
      const sorted = values.toSorted((a, b) => a - b);
      const found = sorted.findIndex((value) => value >= wanted);
      expect(firstIndex(sorted.length, (index) => (sorted[index] as number) < wanted)).toBe(
        found < 0 ? sorted.length : found,
      );
    }),
  );
});
