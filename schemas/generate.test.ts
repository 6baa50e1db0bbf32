import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import avro from 'avsc';
import { findSchema, readSchema, SCHEMAS, schemaPath } from './catalog.ts';
import { generatedTypes } from './generate.ts';
import { generatedShapes } from './shapes.ts';
import { declarations } from './typescript.ts';

test('generated/types.ts is what the .avsc files say', () => {
  expect(readFileSync(schemaPath('generated/types.ts'), 'utf8')).toBe(generatedTypes());
});

test('generated/shapes.mjs is what the JSON Schemas say', () => {
  expect(readFileSync(schemaPath('generated/shapes.mjs'), 'utf8')).toBe(generatedShapes());
});

describe.each(SCHEMAS)('$file', ({ topic, record }) => {
  const type = avro.Type.forSchema(readSchema(topic) as avro.Schema) as avro.types.RecordType;

  test('is the record that the catalogue names', () => {
    expect(type.name).toBe(record);
  });

  test('every nullable field is null by default, so that it can be left out', () => {
    for (const field of type.fields) {
      const schema = field.type.schema();
      if (Array.isArray(schema) && schema.includes('null'))
        expect([field.name, field.defaultValue()]).toEqual([field.name, null]);
    }
  });
});

test('a topic without a schema is told apart from a broken one', () => {
  expect(findSchema('nowhere')).toBeUndefined();
  expect(() => readSchema('nowhere')).toThrow('no schema for topic nowhere');
});

test('Avro types become TypeScript types, outer records first', () => {
  const schema = {
    type: 'record',
    name: 'Outer',
    fields: [
      { name: 'at', type: ['null', { type: 'long', logicalType: 'timestamp-millis' }], default: null, doc: 'When.' },
      { name: 'kind', type: { type: 'enum', name: 'Kind', symbols: ['a', 'b'] } },
      {
        name: 'inner',
        type: { type: 'array', items: { type: 'record', name: 'Inner', fields: [{ name: 'raw', type: 'bytes' }] } },
      },
      { name: 'again', type: { type: 'map', values: 'Inner' } },
    ],
  } as const;
  expect(declarations(schema)).toEqual([
    `export interface Outer {
  /** When. Milliseconds since the epoch. */
  at: number | null;
  kind: Kind;
  inner: Array<Inner>;
  again: Record<string, Inner>;
}`,
    "export type Kind = 'a' | 'b';",
    `export interface Inner {
  raw: Buffer;
}`,
  ]);
});
