import type { AvroField, AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { expect, test } from '@jest/globals';
import { explainIncompatibility } from './compatibility.ts';

const record = (...fields: AvroField[]): AvroSchemaJson => ({ type: 'record', name: 'R', fields });
const inner = (...fields: AvroField[]): AvroSchemaJson => ({ type: 'record', name: 'N', fields });
const colour = (...symbols: string[]): AvroSchemaJson => ({ type: 'enum', name: 'E', symbols });
const A = { name: 'a', type: 'string' } as const;

test.each<[string, AvroSchemaJson, AvroSchemaJson]>([
  ['a new optional field', record(A, { name: 'b', type: ['null', 'int'], default: null }), record(A)],
  ['a field taken away', record(A), record(A, { name: 'b', type: 'int' })],
  ['int to long', record({ name: 'b', type: 'long' }), record({ name: 'b', type: 'int' })],
  ['a value that may now be null', record({ name: 'a', type: ['null', 'string'] }), record(A)],
  ['a new symbol', record({ name: 'e', type: colour('p', 'q') }), record({ name: 'e', type: colour('p') })],
  ['a renamed field with its alias', record({ name: 'b', type: 'string', aliases: ['a'] } as AvroField), record(A)],
])('%s is compatible', (_, next, previous) => {
  expect(explainIncompatibility(next, previous)).toEqual([]);
});

test.each<[string, AvroSchemaJson, AvroSchemaJson, string, RegExp]>([
  ['a new required field', record(A, { name: 'b', type: 'int' }), record(A), 'b', /no default/],
  [
    'a renamed field',
    record({ name: 'titel', type: 'string' }),
    record({ name: 'title', type: 'string' }),
    'titel',
    /no default/,
  ],
  ['another type', record({ name: 'a', type: 'int' }), record(A), 'a', /was string, and int cannot read that/],
  [
    'no longer null',
    record(A),
    record({ name: 'a', type: ['null', 'string'] }),
    'a',
    /was \[null, string\], and string cannot/,
  ],
  [
    'inside a nullable record',
    record({ name: 'n', type: ['null', inner({ name: 'x', type: 'string' })] }),
    record({ name: 'n', type: ['null', inner({ name: 'x', type: 'int' })] }),
    'n.x',
    /was int/,
  ],
  [
    'inside an array',
    record({ name: 'l', type: { type: 'array', items: inner(A, { name: 'y', type: 'int' }) } }),
    record({ name: 'l', type: { type: 'array', items: inner(A) } }),
    'l[].y',
    /no default/,
  ],
  [
    'a symbol taken away',
    record({ name: 'e', type: colour('p') }),
    record({ name: 'e', type: colour('p', 'q') }),
    'e',
    /hold q/,
  ],
  ['another record', { type: 'record', name: 'S', fields: [A] }, record(A), '', /S cannot read R/],
])('%s is refused with the name of the field', (_, next, previous, field, message) => {
  const found = explainIncompatibility(next, previous);
  expect(found.map((one) => one.field)).toEqual([field]);
  expect(found[0]?.message).toMatch(message);
  expect(found[0]?.remedy).not.toBe('');
});
