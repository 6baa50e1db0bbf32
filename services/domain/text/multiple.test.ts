import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isMultipleOf } from './multiple.ts';

test.each<[number | string, number, boolean]>([
  [19.99, 0.01, true],
  [19.999, 0.01, false],
  [0.3, 0.1, true],
  [1.1, 0.1, true],
  [4.35, 0.05, true],
  [0, 0.01, true],
  [-0, 7, true],
  [-19.99, 0.01, true],
  [1e-8, 1e-8, true],
  [3e-8, 1e-8, true],
  [1.5e-8, 1e-8, false],
  [0.00000012, 1e-8, true],
  [12, 5, false],
  [1e21, 3, false],
  [3e21, 3, true],
  [1e308, 1e-8, true],
  [5e-324, 1, false],
  [1e300, 7, false],
  [7.5, 2.5, true],
  [2.5, 7.5, false],
  ['9007199254740993', 3, true],
  ['9007199254740992', 3, false],
  ['123456789012345678.12', 0.01, true],
  ['123456789012345678.123', 0.01, false],
  ['-9223372036854775808', 2, true],
])('%p is a multiple of %p: %p', (value, divisor, verdict) => {
  expect(isMultipleOf(value, divisor)).toBe(verdict);
});

test('a decimal is a multiple of another when the whole numbers of the same unit are', () => {
  const scale = fc.integer({ min: 0, max: 12 });
  fc.assert(
    fc.property(
      fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }),
      fc.integer({ min: 1, max: 10_000 }),
      scale,
      (value, divisor, places) => {
        const shifted = Number(`${divisor}e-${places}`);
        expect(isMultipleOf(`${value}e-${places}`, shifted)).toBe(value % BigInt(divisor) === 0n);
        expect(isMultipleOf(`${value * BigInt(divisor)}e-${places}`, shifted)).toBe(true);
      },
    ),
  );
});
