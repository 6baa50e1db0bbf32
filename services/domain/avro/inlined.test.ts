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

test.each<[string, unknown, unknown[]]>([
  ['one of another namespace', record('R', 'a.A', { namespace: 'r' }), [A]],
  ['one within another', record('R', ['null', 'b.B']), [A, B]],
  ['one that is named twice', record('R', ['a.A', { type: 'array', items: 'a.A' }]), [A]],
  ['one of the same namespace by its short name', record('R', { type: 'map', values: 'A' }, { namespace: 'a' }), [A]],
  ['one that has no namespace', record('R', 'N', { namespace: 'r' }), [record('N', 'string')]],
  ['a union of them', ['a.A', 'b.B'], [A, B]],
  ['an enum', record('R', { type: 'E' }), [{ type: 'enum', name: 'E', symbols: ['p'] }]],
])('a schema that refers to %s is whole', (_, schema, referred) => {
  const whole = inlined(schema, referred);
  expect(parseAvro([whole])).toEqual(parseAvro([...referred, schema]));
});

test('one that refers to none is the same', () => {
  expect(inlined(A, [])).toBe(A);
});
