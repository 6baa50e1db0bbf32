import { expect, test } from '@jest/globals';
import { exactNumber } from '../text/exact-number.ts';
import { compileContract } from './contract.ts';
import { checkContract } from './contract-check.ts';
import { limitedBy } from './contract-limits.ts';

const D04 = 'http://json-schema.org/draft-04/schema#';
const D06 = 'http://json-schema.org/draft-06/schema#';
const D07 = 'http://json-schema.org/draft-07/schema#';
const D19 = 'https://json-schema.org/draft/2019-09/schema';
const D20 = 'https://json-schema.org/draft/2020-12/schema';
const BELOW = { properties: { n: { minimum: 1, exclusiveMinimum: true } } };
const TUPLE = { properties: { l: { items: [{ type: 'string' }], additionalItems: false } } };

test.each<[string, string | undefined, object, object, string | undefined]>([
  ['a bound as a flag', D04, BELOW, { n: 1 }, 'n must be > 1'],
  ['a bound as a flag', D04, BELOW, { n: 1.5 }, undefined],
  ['a bound of its own', D06, { properties: { n: { exclusiveMinimum: 1 } } }, { n: 1 }, 'n must be > 1'],
  [
    'id',
    D04,
    {
      id: 'http://p.example/x',
      properties: { n: { $ref: 'x#/definitions/n' } },
      definitions: { n: { type: 'string' } },
    },
    { n: 1 },
    'n must be string',
  ],
  [
    '$id as a name for a part',
    D07,
    { properties: { n: { $ref: '#n' } }, definitions: { n: { $id: '#n', type: 'string' } } },
    { n: 1 },
    'n must be string',
  ],
  ['const, which is no word yet', D04, { properties: { n: { const: 2 } } }, { n: 1 }, undefined],
  ['contains, which is no word yet', D04, { properties: { l: { contains: false } } }, { l: [1] }, undefined],
  ['const', D06, { properties: { n: { const: 2 } } }, { n: 1 }, 'n must be equal to constant'],
  ['if, which is no word yet', D06, { if: false, else: { required: ['n'] } }, {}, undefined],
  ['if', D07, { if: false, else: { required: ['n'] } }, {}, "the body must have required property 'n'"],
  [
    'what stands beside a $ref',
    D04,
    { properties: { n: { $ref: '#/definitions/n', maximum: 1 } }, definitions: { n: { type: 'integer' } } },
    { n: 2 },
    undefined,
  ],
  [
    'what stands beside a $ref',
    D06,
    { properties: { n: { $ref: '#/definitions/n', maximum: 1 } }, definitions: { n: { type: 'integer' } } },
    { n: 2 },
    undefined,
  ],
  [
    'what stands beside a $ref',
    D19,
    { properties: { n: { $ref: '#/$defs/n', maximum: 1 } }, $defs: { n: { type: 'integer' } } },
    { n: 2 },
    'n must be <= 1',
  ],
  ['a tuple', D04, TUPLE, { l: ['a', 'b'] }, 'l must NOT have more than 1 items'],
  ['a tuple', D19, TUPLE, { l: ['a', 'b'] }, 'l must NOT have more than 1 items'],
  [
    'a tuple',
    D20,
    { properties: { l: { prefixItems: [{ type: 'string' }], items: false } } },
    { l: ['a', 'b'] },
    'l must NOT have more than 1 items',
  ],
  [
    'names that need others',
    D04,
    { dependencies: { a: ['b'] } },
    { a: 1 },
    'the body must have property b when property a is present',
  ],
  [
    'names that need others',
    D19,
    { dependentRequired: { a: ['b'] } },
    { a: 1 },
    'the body must have property b when property a is present',
  ],
  [
    'a schema within itself',
    D19,
    { $recursiveAnchor: true, properties: { in: { $recursiveRef: '#' }, n: { type: 'string' } } },
    { in: { in: { n: 1 } } },
    'in.in.n must be string',
  ],
  [
    'a schema within itself',
    D20,
    { $dynamicAnchor: 'x', properties: { in: { $dynamicRef: '#x' }, n: { type: 'string' } } },
    { in: { in: { n: 1 } } },
    'in.in.n must be string',
  ],
  [
    'so many that fit',
    D19,
    { properties: { l: { contains: { const: 1 }, minContains: 2 } } },
    { l: [1, 2] },
    'l must contain at least 2 valid item(s)',
  ],
  [
    'what nothing has looked at',
    D19,
    { allOf: [{ properties: { a: true } }], unevaluatedProperties: false },
    { a: 1, b: 1 },
    'the body must NOT have unevaluated properties',
  ],
  [
    'the address with https, and without #',
    'https://json-schema.org/draft-07/schema',
    { required: ['n'] },
    {},
    "the body must have required property 'n'",
  ],
  [
    'the address with http, and with #',
    'http://json-schema.org/draft/2020-12/schema#',
    { required: ['n'] },
    {},
    "the body must have required property 'n'",
  ],
  [
    'no address',
    undefined,
    { required: ['n'], if: false, else: { required: ['m'] } },
    { n: 1 },
    "the body must have required property 'm'",
  ],
  ...[D04, D06, D07, D19, D20].flatMap((draft): [string, string, object, object, string | undefined][] => [
    ['cents', draft, { properties: { n: { multipleOf: 0.01 } } }, { n: 19.99 }, undefined],
    ['half cents', draft, { properties: { n: { multipleOf: 0.01 } } }, { n: 19.995 }, 'n must be multiple of 0.01'],
    [
      'a pattern that would run for ever',
      draft,
      { properties: { a: { pattern: '^(a+)+$' } } },
      { a: `${'a'.repeat(60_000)}!` },
      'a must match pattern "^(a+)+$"',
    ],
    [
      'an enum',
      draft,
      { properties: { a: { enum: [{ x: 1 }] } } },
      { a: { x: 2 } },
      'a must be equal to one of the allowed values',
    ],
    ['a format', draft, { properties: { a: { format: 'email' } } }, { a: 'x' }, 'a must match format "email"'],
    [
      'a definition that is not there',
      draft,
      { definitions: { a: {} }, properties: { a: { type: 'string' } } },
      { a: 1 },
      'a must be string',
    ],
  ]),
])('%s in %s', (_name, $schema, schema, body, verdict) => {
  const contract = { ...($schema !== undefined && { $schema }), ...schema };
  expect(checkContract(contract).problems).toEqual([]);
  expect(compileContract(contract, 10)(body)).toBe(verdict);
});

test.each([
  ['of a later draft', { $schema: D07, properties: { n: { minimum: 1, exclusiveMinimum: true } } }],
  ['of an older draft', { $schema: D04, properties: { n: { exclusiveMinimum: 1 } } }],
  ['of a later tuple', { $schema: D20, properties: { l: { items: [{}] } } }],
])('a word %s is no schema', (_name, contract) => {
  expect(() => compileContract(contract)).toThrow(/schema is invalid/);
});

test.each([
  [
    'http://json-schema.org/draft-03/schema#',
    '"http://json-schema.org/draft-03/schema#" is not a draft of JSON Schema that ESS knows',
  ],
  ['https://partner.example/own', '"https://partner.example/own" is not a draft of JSON Schema that ESS knows'],
  [7, '$schema is not a text'],
])('%p is no draft', ($schema, message) => {
  expect(checkContract({ $schema } as object).problems).toEqual([
    {
      path: ['$schema'],
      message,
      remedy: `write one of ${[D04, D06, D07, D19, D20].join(', ')}; without $schema it is draft-07`,
    },
  ]);
});

test.each([
  ['by id', { $schema: D04, id: 'http://p.example/x', $ref: 'x#' }],
  [
    'by the outermost $recursiveAnchor',
    {
      $schema: D19,
      $id: 'http://p.example/a',
      $recursiveAnchor: true,
      $ref: 'b#/$defs/x',
      $defs: { b: { $id: 'b', $recursiveAnchor: true, $defs: { x: { $recursiveRef: '#' } } } },
    },
  ],
])('a way back to the same value is found: %s', (_name, contract) => {
  expect(checkContract(contract).problems).toMatchObject([
    { message: expect.stringContaining('leads back to itself') },
  ]);
});

test('a number beyond 2^53 is a multiple by all of its digits, wherever it lies', () => {
  const contract = compileContract({
    properties: { id: { multipleOf: 3 }, l: { items: { type: 'integer', multipleOf: 3 } } },
  });
  const [multiple, next] = ['9007199254740993', '9007199254740995'].map(exactNumber);
  expect(contract({ id: multiple, l: [multiple, 3] }, true)).toBeUndefined();
  expect(contract({ id: next }, true)).toBe('id must be multiple of 3');
  expect(contract({ l: [3, next] }, true)).toBe('l.1 must be multiple of 3');
  expect(contract({ id: 9_007_199_254_740_990 }, true)).toBeUndefined();
});

test('bounds of draft-04 are said in the newest draft', () => {
  const mapped = { type: 'object', properties: { n: { type: 'integer' }, m: { type: 'integer' } } };
  const properties = {
    n: { minimum: 1, exclusiveMinimum: true, const: 1 },
    m: { maximum: 5, exclusiveMaximum: false },
  };
  expect(limitedBy(mapped, { $schema: D04, properties })).toMatchObject({
    properties: {
      n: { allOf: [{ type: 'integer' }, { exclusiveMinimum: 1 }] },
      m: { allOf: [{ type: 'integer' }, { maximum: 5 }] },
    },
  });
});
