import { expect, test } from '@jest/globals';
import { shownValue } from './shown-value.ts';

test.each<[string, unknown, string]>([
  ['a long that no number holds', { a: [2n ** 63n - 1n] }, '{"a":[9223372036854775807]}'],
  ['bytes', { a: Buffer.from([1, 2]) }, '{"a":"AQI="}'],
  ['what JSON has no number for', [Number.NaN, Number.NEGATIVE_INFINITY, 1.5], '["NaN","-Infinity",1.5]'],
  ['a key that JavaScript knows', Object.fromEntries([['__proto__', { a: 1n }]]), '{"__proto__":{"a":1}}'],
  ['null and text', { a: null, b: 'x' }, '{"a":null,"b":"x"}'],
])('%s is shown', (_, value, text) => {
  expect(JSON.stringify(shownValue(value))).toBe(text);
});
