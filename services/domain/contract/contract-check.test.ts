import { expect, test } from '@jest/globals';
import { compileContract } from './contract.ts';
import { checkContract } from './contract-check.ts';

const D2020 = 'https://json-schema.org/draft/2020-12/schema';
const NEVER_ENDS = 'leads back to itself';

function chain(length: number): object {
  const $defs = Object.fromEntries(Array.from({ length }, (_, at) => [`d${at}`, { $ref: `#/$defs/d${at + 1}` }]));
  return { $ref: '#/$defs/d0', $defs: { ...$defs, [`d${length}`]: { type: 'object' } } };
}

function doubling(length: number): object {
  const twice = (at: number) => [{ $ref: `#/$defs/d${at + 1}` }, { $ref: `#/$defs/d${at + 1}` }];
  const $defs = Object.fromEntries(Array.from({ length }, (_, at) => [`d${at}`, { allOf: twice(at) }]));
  return { $ref: '#/$defs/d0', $defs: { ...$defs, [`d${length}`]: { type: 'object' } } };
}

test.each<[string, object, string, string]>([
  ['a promise', { $async: true }, '$async', 'asynchronous'],
  ['a promise by another truth', { $async: 'yes' }, '$async', 'asynchronous'],
  ['a promise below', { properties: { a: { $async: true } } }, 'properties.a.$async', 'asynchronous'],
  ['itself', { $ref: '#' }, '$ref', NEVER_ENDS],
  ['itself by pointer', { $defs: { a: { $ref: '#/$defs/a' } }, $ref: '#/$defs/a' }, '$defs.a.$ref', NEVER_ENDS],
  ['itself in allOf', { allOf: [{ $ref: '#' }] }, 'allOf.0.$ref', NEVER_ENDS],
  ['itself in not', { not: { $ref: '#' } }, 'not.$ref', NEVER_ENDS],
  ['itself in then', JSON.parse('{"if":{},"then":{"$ref":"#"}}'), 'then.$ref', NEVER_ENDS],
  ['itself in a dependency', { dependencies: { a: { $ref: '#' } } }, 'dependencies.a.$ref', NEVER_ENDS],
  [
    'a below a property',
    { properties: { x: { $ref: '#/definitions/a' } }, definitions: { a: { anyOf: [{ $ref: '#/definitions/a' }] } } },
    'definitions.a.anyOf.0.$ref',
    NEVER_ENDS,
  ],
  [
    'a to b to a',
    { $defs: { a: { $ref: '#/$defs/b' }, b: { oneOf: [{ $ref: '#/$defs/a' }] } } },
    '$defs.a.$ref',
    NEVER_ENDS,
  ],
  [
    'a place that no keyword leads to',
    { $ref: '#/x/a', x: { a: { $ref: '#/x/b' }, b: { $ref: '#/x/a' } } },
    'x.b.$ref',
    NEVER_ENDS,
  ],
  [
    'by $id',
    { $id: 'http://e.example/a.json', $ref: 'b.json', $defs: { b: { $id: 'b.json', $ref: 'a.json' } } },
    '$defs.b.$ref',
    NEVER_ENDS,
  ],
  ['by anchor', { $schema: D2020, $ref: '#q', $defs: { b: { $anchor: 'q', $ref: '#' } } }, '$defs.b.$ref', NEVER_ENDS],
  ['by an encoded pointer', { $ref: '#/$defs/a~1%62', $defs: { 'a/b': { $ref: '#' } } }, '$defs.a/b.$ref', NEVER_ENDS],
  [
    'dynamically',
    { $schema: D2020, $dynamicAnchor: 'x', anyOf: [{ $dynamicRef: '#x' }] },
    'anyOf.0.$dynamicRef',
    NEVER_ENDS,
  ],
  ['recursively', { $recursiveAnchor: true, anyOf: [{ $recursiveRef: '#' }] }, 'anyOf.0.$recursiveRef', NEVER_ENDS],
  ['a pattern that looks ahead', { properties: { a: { pattern: '^(?=a)' } } }, 'properties.a.pattern', 'looks ahead'],
  ['a name that refers back', { patternProperties: { '(a)\\1': {} } }, 'patternProperties.(a)\\1', 'refers back'],
  [
    'a pattern for each of many',
    { properties: Object.fromEntries(Array.from({ length: 201 }, (_, at) => [`p${at}`, { pattern: `x{${at}}` }])) },
    '',
    'has 201 different patterns',
  ],
  ['a chain', chain(20_000), '', 'more than 200 steps in a row'],
  ['a doubling', doubling(40), '', 'more than 100000 ways'],
])('%s is refused, with the place', (_name, schema, path, message) => {
  const [problem] = checkContract(schema).problems;
  expect(problem?.path.join('.')).toEqual(path === '' ? problem?.path.join('.') : path);
  expect(problem?.message).toContain(message);
  expect(problem?.remedy).not.toBe('');
});

test.each<[string, object, object, object]>([
  [
    'a tree',
    { required: ['v'], properties: { kids: { items: { $ref: '#' } } } },
    { v: 1, kids: [{ v: 2 }] },
    { v: 1, kids: [{}] },
  ],
  [
    'a list',
    { $ref: '#/$defs/node', $defs: { node: { required: ['v'], properties: { next: { $ref: '#/$defs/node' } } } } },
    { v: 1, next: { v: 2 } },
    { v: 1, next: {} },
  ],
  [
    'a map of itself',
    { maxProperties: 1, additionalProperties: { $ref: '#' } },
    { a: { b: {} } },
    { a: { b: {}, c: {} } },
  ],
  [
    'anyOf above a step',
    {
      $defs: { n: { anyOf: [{ type: 'number' }, { items: { $ref: '#/$defs/n' }, type: 'array' }] } },
      properties: { a: { $ref: '#/$defs/n' } },
    },
    { a: [1, [2]] },
    { a: [1, ['x']] },
  ],
  [
    'two ways to one place',
    {
      $defs: { s: { type: 'string' } },
      properties: { a: { $ref: '#/$defs/s' }, b: { allOf: [{ $ref: '#/$defs/s' }] } },
    },
    { a: 'x', b: 'y' },
    { a: 'x', b: 1 },
  ],
  [
    'a dynamic tree',
    { $schema: D2020, $dynamicAnchor: 'n', required: ['v'], properties: { kids: { items: { $dynamicRef: '#n' } } } },
    { v: 1, kids: [{ v: 2 }] },
    { v: 1, kids: [{}] },
  ],
])('%s goes deeper with each turn, and judges', (_name, schema, good, bad) => {
  const { problems, names } = checkContract(schema);
  expect(problems).toEqual([]);
  const contract = compileContract(schema, names);
  expect(contract(good)).toBeUndefined();
  expect(contract(bad)).toEqual(expect.any(String));
  expect(contract(bad)).not.toContain('cannot be judged');
});

test('lists of names that hang on fields are counted all together, under either keyword', () => {
  const names = Array.from({ length: 80 }, (_, index) => `n${index}`);
  const lists = Object.fromEntries(names.map((name) => [name, names]));
  for (const keyword of ['dependencies', 'dependentRequired']) {
    const { problems } = checkContract({ anyOf: [{ [keyword]: lists }] });
    expect(problems).toEqual([expect.objectContaining({ message: expect.stringContaining('6400 names') })]);
  }
  expect(checkContract({ dependencies: { card: ['number', 'expiry'] } }).problems).toEqual([]);
});
