import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { expect, test } from '@jest/globals';
import { jsonSchemaOf } from '../forms/json-schema.ts';
import { isNullable, kindsOf, resolvePath, symbolsOf } from './avro-path.ts';

const STATUS = { type: 'enum', name: 'RuleStatus', symbols: ['active', 'withdrawn'] };
const POINT = { type: 'record', name: 'Point', fields: [{ name: 'lat', type: 'double' }] };

const record = (fields: Record<string, unknown>, namespace?: string): AvroSchemaJson =>
  ({
    type: 'record',
    name: 'Rule',
    ...(namespace !== undefined && { namespace }),
    fields: Object.entries(fields).map(([name, type]) => ({ name, type })),
  }) as AvroSchemaJson;

function at(schema: AvroSchemaJson, path: string) {
  const found = resolvePath(schema, path.split('.'));
  if ('unknown' in found) throw new Error(`${found.unknown} (${found.remedy})`);
  return found;
}

test.each<[string, AvroSchemaJson, string, readonly string[]]>([
  ['again as optional', record({ status: STATUS, before: ['null', 'RuleStatus'] }), 'before', ['enum']],
  ['by its full name', record({ a: STATUS, b: 'gov.hms.RuleStatus' }, 'gov.hms'), 'b', ['enum']],
  ['by its simple name, within a namespace', record({ a: STATUS, b: 'RuleStatus' }, 'gov.hms'), 'b', ['enum']],
  [
    'declared with a dotted name, its fields inherit the namespace',
    record({ a: { ...POINT, name: 'geo.Point', fields: [{ name: 'code', type: STATUS }] }, b: 'geo.RuleStatus' }, 'x'),
    'b',
    ['enum'],
  ],
  [
    'of no namespace, from within one',
    record({ a: { ...STATUS, namespace: '' }, b: ['null', 'RuleStatus'] }, 'gov.hms'),
    'b',
    ['enum'],
  ],
  ['with attributes around its name', record({ a: STATUS, b: { type: 'RuleStatus' } }), 'b', ['enum']],
  ['as items of an array', record({ a: POINT, b: { type: 'array', items: 'Point' } }), 'b', ['array']],
  ['through a map of it', record({ a: POINT, b: { type: 'map', values: ['null', 'Point'] } }), 'b.x.lat', ['double']],
  ['a fixed again', record({ a: { type: 'fixed', name: 'Id', size: 16 }, b: 'Id' }), 'b', ['fixed']],
  ['a primitive with attributes', record({ a: { type: { type: 'string' } } }), 'a', ['string']],
  ['several numbers', record({ a: ['null', 'int', 'long'] }), 'a', ['int', 'long']],
  ['text and an enum', record({ a: ['string', STATUS] }), 'a', ['string', 'enum']],
])('a named type is found: %s', (_name, schema, path, kinds) => {
  expect(kindsOf(at(schema, path).type)).toEqual(kinds);
});

test('two types with the same simple name are told apart by their namespaces', () => {
  const other = { ...STATUS, namespace: 'b', symbols: ['on', 'off'] };
  const schema = record({
    one: { ...STATUS, namespace: 'a' },
    two: other,
    first: 'a.RuleStatus',
    second: 'b.RuleStatus',
  });
  expect(symbolsOf(at(schema, 'first').type)).toEqual(['active', 'withdrawn']);
  expect(symbolsOf(at(schema, 'second').type)).toEqual(['on', 'off']);
});

test('a path leads through a record within itself, and no walk is endless', () => {
  const schema = record({ id: 'string', parent: ['null', 'Rule'], children: { type: 'map', values: 'Rule' } });
  expect(kindsOf(at(schema, 'parent.parent.children.x.id').type)).toEqual(['string']);
  expect(() => at(schema, 'parent.parent.idd')).toThrow(
    'unknown source field "parent.parent.idd" (did you mean "parent.parent.id"?)',
  );
  expect(jsonSchemaOf(schema)).toMatchObject({ properties: { parent: { type: ['object', 'null'] } } });
});

test('records in records, two of each, are described up to a bound', () => {
  let inner: unknown = POINT;
  for (let level = 1; level <= 40; level += 1) {
    const again = (inner as { name: string }).name;
    inner = {
      type: 'record',
      name: `L${level}`,
      fields: [
        { name: 'a', type: inner },
        { name: 'b', type: again },
      ],
    };
  }
  expect(JSON.stringify(jsonSchemaOf(inner as AvroSchemaJson)).length).toBeLessThan(1_000_000);
});

test('a path into a union of records takes the branches that have the field', () => {
  const beds = {
    type: 'record',
    name: 'Beds',
    fields: [
      { name: 'count', type: 'int' },
      { name: 'note', type: 'string' },
    ],
  };
  const staff = { type: 'record', name: 'Staff', fields: [{ name: 'count', type: ['null', 'long'] }] };
  const schema = record({ need: ['null', beds, staff], sure: [beds, staff] });
  expect(kindsOf(at(schema, 'need.note').type)).toEqual(['string']);
  expect(kindsOf(at(schema, 'need.count').type)).toEqual(['int', 'long']);
  expect(isNullable(at(schema, 'need.count').type)).toBe(true);
  expect(['need.count', 'sure.count', 'sure.note'].map((path) => at(schema, path).certain)).toEqual([
    false,
    true,
    false,
  ]);
  expect(() => at(schema, 'need.coun')).toThrow('did you mean "need.count"?');
});
