import { expect, test } from '@jest/globals';
import { parseAvro } from './avro-type.ts';
import { inlined } from './inlined.ts';

const record = (name: string, type: unknown, more: object = {}) => ({
  type: 'record',
  name,
  fields: [{ name: 'f', type }],
  ...more,
});
const A = record('A', 'int', { namespace: 'a' });
const B = record('B', 'a.A', { namespace: 'b' });
const INNER = record('Inner', 'int');
const OUTER = record('Outer', { type: 'array', items: INNER }, { namespace: 'x' });
const fields = (...types: unknown[]) => ({
  type: 'record',
  name: 'R',
  namespace: 'r',
  fields: types.map((type, index) => ({ name: `f${index}`, type })),
});

test.each<[string, unknown, unknown[]]>([
  ['one of another namespace', record('R', 'a.A', { namespace: 'r' }), [A]],
  ['one within another', record('R', ['null', 'b.B']), [A, B]],
  ['one that is named twice', record('R', ['a.A', { type: 'array', items: 'a.A' }]), [A]],
  ['one of the same namespace by its short name', record('R', { type: 'map', values: 'A' }, { namespace: 'a' }), [A]],
  ['one that has no namespace', record('R', 'N', { namespace: 'r' }), [record('N', 'string')]],
  ['a union of them', ['a.A', 'b.B'], [A, B]],
  ['one that is defined within another, before that', fields('x.Inner', 'x.Outer', 'x.Inner'), [OUTER]],
  ['one that is defined within another, behind that', fields('x.Outer', 'x.Inner'), [OUTER]],
  ['one that is defined within another, alone', fields('x.Inner'), [OUTER]],
  ['one that is defined in a union', fields('x.Inner', 'a.A'), [[A, OUTER]]],
  [
    'one within one that names itself',
    fields('y.In', 'y.Out'),
    [record('Out', ['Out', record('In', 'Out')], { namespace: 'y' })],
  ],
  ['one that it defines itself', fields(record('A', 'string', { namespace: 'a' }), 'a.A'), [A]],
  ['two of a name, twice', fields('N', 'N', 'r.N'), [record('N', 'int'), record('N', 'long', { namespace: 'r' })]],
  ['an enum', record('R', { type: 'E' }), [{ type: 'enum', name: 'E', symbols: ['p'] }]],
])('a schema that refers to %s is whole', (_, schema, referred) => {
  const whole = inlined(schema, referred);
  expect(parseAvro([whole])).toEqual(parseAvro([...referred, schema]));
});

test('each type is defined once, where it is used first', () => {
  const whole = JSON.stringify(inlined(fields('x.Inner', 'x.Outer', 'x.Inner'), [OUTER]));
  expect(whole.match(/"name":"(Inner|Outer)"/g)).toEqual(['"name":"Inner"', '"name":"Outer"']);
});

test('one that refers to none is the same', () => {
  expect(inlined(A, [])).toBe(A);
});
