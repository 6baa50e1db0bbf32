import type { AvroRecord, AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { readSchema } from '@ess/schemas/catalog.ts';
import { expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { compileMapping } from './mapping.ts';
import type { MappingFile } from './mapping-file.ts';

const RULE: AvroRecord = {
  type: 'record',
  name: 'Rule',
  fields: [
    { name: 'title', type: 'string' },
    { name: 'beds', type: ['null', 'int'] },
    { name: 'radius', type: 'double' },
    { name: 'pause', type: ['null', 'boolean'] },
    { name: 'status', type: { type: 'enum', name: 'Status', symbols: ['active', 'withdrawn'] } },
    { name: 'zone', type: ['null', { type: 'record', name: 'Zone', fields: [{ name: 'code', type: 'string' }] }] },
    { name: 'notes', type: { type: 'map', values: 'string' } },
    { name: 'tags', type: { type: 'array', items: 'string' } },
    { name: 'choice', type: ['null', 'string', 'long'] },
  ],
};
const rules = fc.record({
  title: fc.constantFrom('a', 'b'),
  beds: fc.option(fc.integer({ min: -5, max: 5 })),
  radius: fc.double({ noNaN: true, noDefaultInfinity: true }),
  pause: fc.option(fc.boolean()),
  status: fc.constantFrom('active', 'withdrawn'),
  zone: fc.option(fc.record({ code: fc.string() })),
  notes: fc.dictionary(fc.constantFrom('x', 'y'), fc.string()),
  tags: fc.array(fc.string()),
  choice: fc.option(fc.oneof(fc.string(), fc.integer())),
});
const SOURCES = ['title', 'beds', 'radius', 'pause', 'status', 'zone', 'zone.code', 'notes.x', 'tags', 'choice'];
const DICTIONARIES: MappingFile['values'] = {
  title: { a: 'A', b: { deep: [1] } },
  status: { active: 1, withdrawn: null },
  pause: { true: 'halt', false: 'go' },
};
const mappings = fc
  .record({
    sources: fc.uniqueArray(fc.constantFrom(...SOURCES), { minLength: 1 }),
    nested: fc.boolean(),
    values: fc.subarray(Object.keys(DICTIONARIES)),
    defaults: fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 12 }), fc.constantFrom(null, 'HIGH', 7)), {
      selector: ([index]) => index,
    }),
  })
  .map(({ sources, nested, values, defaults }): MappingFile => {
    const target = (index: number) => (nested ? `out.at${index % 3}.f${index}` : `f${index}`);
    return {
      fields: Object.fromEntries(sources.map((source, index) => [source, target(index)])),
      values: Object.fromEntries(values.map((name) => [name, DICTIONARIES[name] as Record<string, never>])),
      defaults: Object.fromEntries(defaults.map(([index, value]) => [target(index), value])),
    };
  });

const validator = (schema: object) => new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema);

test('every document that a mapping makes is valid, and with a field more it is not', () => {
  fc.assert(
    fc.property(mappings, fc.array(rules, { minLength: 1, maxLength: 5 }), (file, records) => {
      const { mapping, problems } = compileMapping(file, RULE);
      expect(problems).toEqual([]);
      const isValid = validator(mapping?.bodySchema(RULE) as object);
      for (const record of records) {
        const mapped = mapping?.forward(record);
        if (!mapped?.ok) continue;
        const body = JSON.parse(JSON.stringify(mapped.document)) as object;
        isValid(body);
        expect(isValid.errors).toBeNull();
        expect(isValid({ ...body, unheardOf: 1 })).toBe(false);
      }
    }),
  );
});

test('it says what is always there, what may be null, which values a dictionary has, and what our schema says of a field', () => {
  const file: MappingFile = {
    fields: { pauseSurveys: 'pause', region: 'area.name', status: 'state', noFlyRadiusKm: 'radius' },
    values: { status: { active: 'ON', withdrawn: 'OFF' } },
    defaults: { priority: 'HIGH', radius: 0 },
  };
  const schema = readSchema('public.rules');
  expect(compileMapping(file, schema).mapping?.bodySchema(schema)).toEqual({
    type: 'object',
    required: ['pause', 'area', 'state', 'radius', 'priority'],
    additionalProperties: false,
    properties: {
      pause: { anyOf: [{ type: 'boolean' }, { type: 'null' }], description: 'Field surveys rest in the region.' },
      area: {
        type: 'object',
        required: ['name'],
        additionalProperties: false,
        properties: { name: { anyOf: [{ type: 'string' }, { type: 'null' }] } },
      },
      state: { enum: ['ON', 'OFF'] },
      radius: { anyOf: [{ type: 'number' }, { const: 0 }] },
      priority: { const: 'HIGH' },
    },
  });
});

test('a record that contains itself has a schema', () => {
  const node: AvroSchemaJson = {
    type: 'record',
    name: 'Node',
    fields: [{ name: 'next', type: ['null', 'Node'] }],
  };
  const { mapping } = compileMapping({ fields: { next: 'next' } }, node);
  expect(validator(mapping?.bodySchema(node) as object)({ next: { next: null } })).toBe(true);
});
