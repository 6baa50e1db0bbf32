import type { InboundHook } from '@ess/domain/connector/connector.ts';
import { compileMapping } from '@ess/domain/mapping/mapping.ts';
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { expect, test } from '@jest/globals';
import { mappedFields, readForm } from './form-body.ts';

const schema: AvroSchemaJson = {
  type: 'record',
  name: 'Form',
  fields: [
    { name: 'count', type: ['null', 'long'], default: null },
    { name: 'share', type: 'double', default: 0 },
    { name: 'open', type: 'boolean', default: false },
    { name: 'name', type: ['null', 'string'], default: null },
    { name: 'code', type: 'string', default: '' },
    { name: 'marks', type: { type: 'array', items: 'int' }, default: [] },
    { name: 'at', type: ['null', { type: 'long', logicalType: 'timestamp-millis' }], default: null },
  ],
};
const { mapping, problems } = compileMapping(
  {
    fields: {
      count: 'a.count',
      share: 'share',
      open: 'open',
      name: 'name',
      code: { to: 'code', as: 'number' },
      marks: 'marks',
      at: { to: 'at', as: 'date-time' },
    },
  },
  schema,
  { invertible: true },
);
const read = (text: string) => readForm(text, mappedFields({ mapping, schema } as InboundHook));

test.each<[string, string, object]>([
  ['a number', 'a.count=3', { a: { count: 3 } }],
  ['a number in brackets', 'a%5Bcount%5D=-3', { a: { count: -3 } }],
  ['nothing where nothing may be', 'a.count=', { a: { count: null } }],
  ['a fraction', 'share=0.25', { share: 0.25 }],
  ['a word of truth', 'open=true', { open: true }],
  ['another word', 'open=on', { open: 'on' }],
  ['a text that looks like a number', 'name=007', { name: '007' }],
  ['an empty text', 'name=', { name: '' }],
  ['spaces and letters', 'name=St.+P%C3%B6lten', { name: 'St. Pölten' }],
  ['a number that becomes a text', 'code=12', { code: 12 }],
  ['a list', 'marks=1&marks=2', { marks: [1, 2] }],
  ['a list that says so', 'marks[]=1', { marks: [1] }],
  ['a time by its form', 'at=2026-11-24T10:00:00Z', { at: '2026-11-24T10:00:00Z' }],
  ['what nobody reads', 'x=1&x=2&__proto__=3&y', {}],
  ['hexadecimal, which is no number', 'a.count=0x10', { a: { count: '0x10' } }],
])('%s', (_, text, document) => {
  expect(problems).toEqual([]);
  expect(read(text)).toEqual({ document });
});

test.each<[string, string, string]>([
  ['a field twice', 'share=1&share=2', 'is there twice'],
  ['bytes that are no UTF-8', 'name=%ff', 'is not UTF-8'],
])('%s is told', (_, text, message) => {
  expect(read(text).fault).toMatchObject({ message });
});
