import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseStrictJson } from './strict-json.ts';

const parse = (text: string, depth = 16) => parseStrictJson(text, depth);

test('what JSON.stringify writes is read back the same', () => {
  const FORBIDDEN = /__proto__|constructor|prototype/;
  fc.assert(
    fc.property(fc.json({ maxDepth: 8 }), (text) => {
      fc.pre(!FORBIDDEN.test(text));
      const read = parse(text);
      const wanted = JSON.parse(text) as unknown;
      // A large whole number may be written without an exponent: then it is refused, never changed.
      if (read.ok) expect(JSON.stringify(read.value)).toBe(JSON.stringify(wanted));
      else expect(read.message).toMatch(/cannot be held exactly|surrogate/);
    }),
  );
});

test('what JSON.parse refuses is refused, and nothing else throws', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json().chain((json) => fc.nat(json.length).map((at) => json.slice(0, at))),
      ),
      (text) => {
        let valid = true;
        try {
          JSON.parse(text);
        } catch {
          valid = false;
        }
        if (!valid) expect(parse(text).ok).toBe(false);
      },
    ),
    { numRuns: 500 },
  );
});

test('a whole number is one however it is written', () => {
  const text = '[1.0, 1e3, 100e-2, -0, 0.0, 0e9, 9007199254740991, -9007199254740991.0]';
  expect(parse(text, 3)).toEqual({ ok: true, value: [1, 1000, 1, -0, 0, 0, 2 ** 53 - 1, 1 - 2 ** 53] });
});

test.each([
  ['two equal keys', '{"a":{"b":1,"b":2}}', ['a', 'b'], 'is there twice'],
  ['two equal keys, one in disguise', '{"a":1,"\\u0061":2}', ['a'], 'is there twice'],
  ['__proto__', '{"__proto__":{"admin":true}}', ['__proto__'], 'is not allowed as a name'],
  ['constructor inside a list', '{"a":[1,{"constructor":1}]}', ['a', 1, 'constructor'], 'is not allowed as a name'],
  ['infinity by exponent', '{"beds":1e999}', ['beds'], 'is a number that cannot be held exactly'],
  [
    'a number that is nearly whole',
    '{"beds":1.00000000000000001}',
    ['beds'],
    'is a number that cannot be held exactly',
  ],
  ['a number that is nearly none', '{"beds":-1e-400}', ['beds'], 'is a number that cannot be held exactly'],
  ['a whole number beyond 2^53', '{"beds":9007199254740993}', ['beds'], 'is a number that cannot be held exactly'],
  [
    'a number of a thousand digits',
    `{"beds":0.${'1'.repeat(1000)}}`,
    ['beds'],
    'is a number that cannot be held exactly',
  ],
  ['half a surrogate pair', '{"ward":"\\ud800"}', ['ward'], 'holds half of a surrogate pair, which no UTF-8 can carry'],
  ['one level too deep', '[[[[1]]]]', [0, 0, 0], 'is nested more than 3 deep'],
] as const)('%s is refused with its path', (_, text, path, message) => {
  expect(parse(text, 3)).toEqual({ ok: false, path, message });
});

test.each([
  ['nothing', ''],
  ['a byte order mark', '\ufeff{}'],
  ['single quotes', "{'a':1}"],
  ['a trailing comma', '{"a":1,}'],
  ['a comment', '{"a":1} // hello'],
  ['NaN', '{"a":NaN}'],
  ['a leading zero', '{"a":01}'],
  ['a plus', '{"a":+1}'],
  ['a bare line end in a text', '{"a":"x\ny"}'],
  ['two values', '{} {}'],
  ['a vertical tab as space', '{\u000b"a":1}'],
  ['a no-break space', '\u00a0{}'],
])('%s is not JSON', (_, text) => {
  expect(parse(text)).toMatchObject({
    ok: false,
    message: expect.stringContaining('is not JSON') as unknown as string,
  });
});

test('a nesting bomb is refused without a deep stack, and a text without end is linear', () => {
  expect(parse('['.repeat(1_000_000)).ok).toBe(false);
  expect(parse('{"a":'.repeat(100_000)).ok).toBe(false);
  expect(parse(`{"a":"${'\\"'.repeat(500_000)}`).ok).toBe(false);
});
