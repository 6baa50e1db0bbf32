import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { exactNumber, isExactNumber, isRounded, parseExact, wholeDigits, withNumbers } from './exact-number.ts';

test.each([
  ['9007199254740991', false],
  ['9007199254740993', true],
  ['9007199254740992', false],
  ['0.1', false],
  ['0.10', false],
  ['1.5e3', false],
  ['100000000000000000000', false],
  ['0.1000000000000000055', true],
  ['12345678901234567890.12', true],
  ['1e400', true],
  ['1e-400', true],
  ['-0.0', false],
  ['123456789012345678', true],
])('%s loses digits when it is read: %s', (text, rounded) => {
  expect(isRounded(text)).toBe(rounded);
  expect(isExactNumber(exactNumber(text))).toBe(rounded);
});

test('property: a whole number keeps its digits in JSON, whatever its size', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 300n), max: 2n ** 300n }), (value) => {
      expect(JSON.stringify([exactNumber(String(value))])).toBe(`[${value}]`);
      expect(wholeDigits(String(value))).toBe(String(value));
    }),
  );
});

test.each([
  ['5e3', '5000'],
  ['1.50e1', '15'],
  ['-0', '0'],
  ['1.5', undefined],
  ['1e-1', undefined],
  ['1e999999', undefined],
])('%s is whole: %s', (text, digits) => {
  expect(wholeDigits(text)).toBe(digits);
});

test('a number of a million digits is read in one pass: another pass for each zero would take an hour', () => {
  const text = `1${'0'.repeat(1_000_000)}1`;
  expect(isExactNumber(exactNumber(text))).toBe(true);
  expect(wholeDigits(text)).toBeUndefined();
});

test('a contract is shown numbers; a document without digits is not copied', () => {
  const plain = { a: [1, { b: null }], c: 'x' };
  expect(withNumbers(plain)).toBe(plain);
  const big = exactNumber('9007199254740993');
  const document = { a: [1, { b: big }], c: big };
  expect(withNumbers(document)).toEqual({ a: [1, { b: 2 ** 53 }], c: 2 ** 53 });
  expect(JSON.stringify(document)).toBe('{"a":[1,{"b":9007199254740993}],"c":9007199254740993}');
});

test('JSON keeps the digits of its numbers, and what looks like one in a text', () => {
  const text = '{"a":[9007199254740993,{"b":"9007199254740993"}],"c":1.5}';
  expect(JSON.stringify(parseExact(text))).toBe(text);
  expect(parseExact(text)).toMatchObject({ a: [expect.objectContaining({ rawJSON: '9007199254740993' }), {}], c: 1.5 });
  expect(() => parseExact('{')).toThrow(SyntaxError);
});
