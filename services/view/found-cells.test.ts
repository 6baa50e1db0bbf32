import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FoundCells } from './found-cells.ts';

test('every piece is what sorting all by age, and nothing else, would cut out', () => {
  const many = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 3_000 });
  fc.assert(
    fc.property(many, fc.nat(3_100), fc.nat(300), (ages, from, limit) => {
      const found = new FoundCells();
      for (const [row, sinceMs] of ages.entries()) found.add(sinceMs, row % 7, row);
      const sorted = ages.map((sinceMs, row) => ({ sinceMs, row })).toSorted((a, b) => a.sinceMs - b.sinceMs);
      const expected = sorted.slice(from, from + limit).map(({ row }) => ({ owner: row % 7, row }));
      expect(found.piece(from, limit)).toEqual(expected);
      expect(found.size).toBe(ages.length);
    }),
  );
});

test('what is added after a piece was cut is in the next', () => {
  const found = new FoundCells();
  found.add(5, 0, 1);
  expect(found.piece(0, 2)).toEqual([{ owner: 0, row: 1 }]);
  found.add(3, 2, 2);
  expect(found.piece(0, 2)).toEqual([
    { owner: 2, row: 2 },
    { owner: 0, row: 1 },
  ]);
});
