import { expect, test } from '@jest/globals';
import { compileContract } from './contract.ts';

/** A body like a list that is so many objects deep. */
function nested(depth: number): object {
  const top: { k?: object } = {};
  let here = top;
  for (let at = 0; at < depth; at += 1) {
    here.k = {};
    here = here.k;
  }
  return top;
}

const SELF_TWICE = {
  $ref: '#/$defs/n',
  $defs: { n: { anyOf: [1, 2].map((at) => ({ properties: { k: { $ref: '#/$defs/n' } }, required: [`no${at}`] })) } },
};
const REQUIRED_LAST = {
  $ref: '#/$defs/n',
  $defs: {
    n: {
      anyOf: [1, 2].map((at) => ({ properties: { k: { $ref: '#/$defs/n' }, z: { const: at } }, maxProperties: 1 })),
      not: { properties: { k: false } },
    },
  },
};
const LETTERS = 'a'.repeat(60_000);

test.each<[string, object, object]>([
  ['itself', { $ref: '#' }, {}],
  ['itself in allOf', { allOf: [{ $ref: '#' }] }, {}],
  ['two ways at each depth', REQUIRED_LAST, nested(200)],
  ['a deep body', { properties: { k: { $ref: '#' } } }, nested(100_000)],
  [
    'many dependencies for each of many',
    {
      properties: {
        a: { items: { dependencies: Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`p${at}`, ['q']])) } },
      },
    },
    { a: Array(100_000).fill({}) },
  ],
  [
    'a text measured by each of many',
    { properties: { a: { allOf: Array.from({ length: 600 }, (_, at) => ({ maxLength: 1_000_000 - at })) } } },
    { a: LETTERS.repeat(9) },
  ],
  [
    'names that meet many patterns',
    {
      patternProperties: Object.fromEntries(
        Array.from({ length: 200 }, (_, at) => [`^(a|b)+${at}$`, { type: 'number' }]),
      ),
    },
    Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`${LETTERS.slice(0, 3_000)}${at}`, 1])),
  ],
])('%s cannot be judged, and that is said', (_name, schema, body) => {
  expect(compileContract(schema)(body)).toMatch(/^cannot be judged: /);
});

test.each<[string, object, object, string | undefined]>([
  [
    'a pattern that would run for ever',
    { properties: { a: { pattern: '^(a+)+$' } } },
    { a: `${LETTERS}!` },
    'a must match pattern "^(a+)+$"',
  ],
  [
    'a text that is too long for it',
    { properties: { o: { properties: { a: { pattern: '^(a+)+$' } } } } },
    { o: { a: LETTERS.repeat(2) } },
    'o.a is longer than 65536 characters, which a pattern may meet',
  ],
  [
    'a name that is too long for it',
    { patternProperties: { '^(a+)+$': { type: 'number' } } },
    { [LETTERS.repeat(2)]: 1 },
    'a name is longer than 65536 characters, which a pattern may meet',
  ],
  [
    'an address that would run for ever',
    { properties: { a: { format: 'url' } } },
    { a: `http://${'a:'.repeat(4_000)} ` },
    'a must match format "url"',
  ],
  [
    'another one',
    { properties: { a: { format: 'url' } } },
    { a: `http://${'a.'.repeat(40_000)}${'a:'.repeat(40_000)} ` },
    'a must match format "url"',
  ],
  ['one with a user', { properties: { a: { format: 'url' } } }, { a: 'https://u:p@example.com:8080/x?y#z' }, undefined],
  [
    'many different objects',
    { properties: { a: { uniqueItems: true } } },
    { a: Array.from({ length: 20_000 }, (_, at) => ({ at })) },
    undefined,
  ],
  [
    'two that are the same',
    { properties: { a: { uniqueItems: true } } },
    {
      a: [
        { x: 1, y: [2] },
        { y: [2], x: 1 },
      ],
    },
    'a must NOT have duplicate items',
  ],
  [
    'what only looks the same',
    { properties: { a: { uniqueItems: true } } },
    { a: [1, '1', true, 'true', null, 'null', [1], ['1'], {}, '{}'] },
    undefined,
  ],
  [
    'a long enum for each of many',
    { properties: { a: { items: { enum: Array.from({ length: 20_000 }, (_, at) => `x${at}`) } } } },
    { a: [...Array(20_000).fill('x19999'), 'y'] },
    'a.20000 must be equal to one of the allowed values',
  ],
  [
    'a long enum of lists for each of many',
    { properties: { a: { items: { enum: Array.from({ length: 1_000 }, (_, at) => [LETTERS.slice(0, 900), at]) } } } },
    { a: [...Array(1_000).fill([LETTERS.slice(0, 900), 999]), [LETTERS.slice(0, 900), 1_000]] },
    'a.1000 must be equal to one of the allowed values',
  ],
  [
    'an enum of every kind',
    { properties: { a: { items: { enum: [null, 1, '1', false, { x: 1, y: 2 }, ['z']] } } } },
    { a: [null, 1, '1', false, { y: 2, x: 1 }, ['z'], true] },
    'a.6 must be equal to one of the allowed values',
  ],
  ['two ways that both say no', SELF_TWICE, nested(200), "the body must have required property 'no1'"],
  [
    'fields that were looked at',
    {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      allOf: [{ properties: { a: {} } }],
      unevaluatedProperties: false,
    },
    { a: 1 },
    undefined,
  ],
])('%s: judged in good time', (_name, schema, body, verdict) => {
  expect(compileContract(schema)(body)).toBe(verdict);
});

test('two patterns of one contract are two', () => {
  const contract = compileContract({ properties: { a: { pattern: '^(a)$' }, b: { pattern: '^(b)$' } } });
  expect(
    [contract({ a: 'a', b: 'b' }), contract({ a: 'b' }), contract({ b: 'a' })].map((said) => said?.slice(0, 6)),
  ).toEqual([undefined, 'a must', 'b must']);
});

test('a judgement leaves nothing behind for the next body', () => {
  const contract = compileContract(REQUIRED_LAST);
  expect(contract(nested(200))).toMatch(/^cannot be judged/);
  expect(contract({})).not.toMatch(/^cannot be judged/);
});

test.each([
  ['$async', { $async: true }],
  ['$async below', { properties: { a: { $async: true, type: 'string' } } }],
  ['another file', { $ref: 'https://example.com/x.json' }],
  ['the address of the meta-schema', { $id: 'http://json-schema.org/draft-07/schema' }],
  ['a pattern that looks ahead', { properties: { a: { pattern: '(?=a)' } } }],
])('%s: not compiled', (_name, schema) => {
  expect(() => compileContract(schema)).toThrow();
});
