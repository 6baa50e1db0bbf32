import type { AvroRecord, AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { readSchema } from '@ess/schemas/catalog.ts';
import { describe, expect, test } from '@jest/globals';
import avro from 'avsc';
import fc from 'fast-check';
import { compileProjection } from './projection.ts';

/** In every value that the public schema does not name: it must not be found afterwards. */
const INSIDE = 'inside-only';
const OUTSIDE = 'for-all';

interface Shape {
  readonly internal: AvroSchemaJson;
  /** Absent: the field is not public. */
  readonly outer: AvroSchemaJson | undefined;
  readonly value: unknown;
}

let names = 0;

/** A leaf that is public or not; its value says which. */
const leaf: fc.Arbitrary<Shape> = fc
  .record({ open: fc.boolean(), nullable: fc.boolean() })
  .map(({ open, nullable }) => {
    const type: AvroSchemaJson = nullable ? ['null', 'string'] : 'string';
    return { internal: type, outer: open ? type : undefined, value: open ? OUTSIDE : INSIDE };
  });

const { shape } = fc.letrec<{ shape: Shape; record: Shape }>((tie) => ({
  shape: fc.oneof({ depthSize: 'small', withCrossShrink: true }, leaf, tie('record')),
  record: fc
    .record({
      fields: fc.array(tie('shape'), { minLength: 1, maxLength: 5 }),
      around: fc.constantFrom('plain', 'nullable', 'array', 'map'),
      open: fc.boolean(),
    })
    .map(({ fields, around, open }) => wrapped(recordOf(fields, open), around)),
}));

function recordOf(fields: readonly Shape[], open: boolean): Shape {
  const name = `R${names++}`;
  const of = (pick: (field: Shape) => AvroSchemaJson | undefined): AvroRecord => ({
    type: 'record',
    name,
    fields: fields.flatMap((field, index) => {
      const type = pick(field);
      return type === undefined ? [] : [{ name: `f${index}`, type }];
    }),
  });
  const value = Object.fromEntries(
    fields.map((field, index) => [`f${index}`, open ? field.value : hidden(field.value)]),
  );
  return { internal: of(({ internal }) => internal), outer: open ? of(({ outer }) => outer) : undefined, value };
}

function wrapped(record: Shape, around: string): Shape {
  const as = (schema: AvroSchemaJson): AvroSchemaJson =>
    around === 'nullable'
      ? ['null', schema]
      : around === 'array'
        ? { type: 'array', items: schema }
        : around === 'map'
          ? { type: 'map', values: schema }
          : schema;
  const value =
    around === 'array' ? [record.value, record.value] : around === 'map' ? { k: record.value } : record.value;
  return { internal: as(record.internal), outer: record.outer && as(record.outer), value };
}

/** Everything inside a record that is not public is not public either. */
const hidden = (value: unknown): unknown => JSON.parse(JSON.stringify(value).replaceAll(OUTSIDE, INSIDE)) as unknown;

describe('for every schema, and every choice of what is public', () => {
  const top = fc.array(shape, { minLength: 1, maxLength: 6 }).map((fields) => recordOf(fields, true));

  test('a field that is not named does not leak, neither in the object nor in its bytes; the named ones are all there', () => {
    fc.assert(
      fc.property(top, ({ internal, outer, value }) => {
        const decoded = typeOf(internal).fromBuffer(typeOf(internal).toBuffer(value)) as object;
        const projected = compileProjection(outer as AvroRecord)(decoded);
        expect(JSON.stringify(projected)).not.toContain(INSIDE);
        const bytes = typeOf(outer as AvroSchemaJson).toBuffer(projected);
        expect(bytes.includes(INSIDE)).toBe(false);
        const publicLeaves = JSON.stringify(value).split(OUTSIDE).length;
        expect(JSON.stringify(projected).split(OUTSIDE)).toHaveLength(publicLeaves);
      }),
    );
  });

  test('a value of another type than the schema names carries nothing through', () => {
    fc.assert(
      fc.property(fc.oneof(fc.object(), fc.array(fc.anything())), (smuggled) => {
        const schema = { type: 'record', name: 'P', fields: [{ name: 'title', type: 'string' }] } as const;
        expect(compileProjection(schema)({ title: smuggled, other: 1 })).toEqual({ title: undefined });
      }),
    );
  });
});

const typeOf = (schema: AvroSchemaJson): avro.Type => avro.Type.forSchema(schema as avro.Schema);

describe('the schema that partners read', () => {
  const schema = readSchema('public.rules') as AvroRecord;
  const rule = {
    eventId: 'e',
    ruleId: 'r',
    version: 3,
    status: 'active',
    scope: 'Hospital',
    region: null,
    title: 't',
    effectiveDate: null,
    publishedAt: 1,
    publishedBy: INSIDE,
    minIcuBeds: 10,
    minVentilators: null,
    pauseSurveys: true,
    noFlyRadiusKm: 1.5,
    parameters: { note: INSIDE },
    fieldOfTomorrow: INSIDE,
    auditStamp: { id: INSIDE, approvedBy: INSIDE, approvedAt: 1, signature: INSIDE },
  };

  test('names nobody and nothing internal', () => {
    expect(JSON.stringify(compileProjection(schema)(rule))).not.toContain(INSIDE);
    const names = schema.fields.map(({ name }) => name);
    for (const internal of ['publishedBy', 'approvedBy', 'auditStamp', 'parameters', 'signature'])
      expect(names).not.toContain(internal);
  });

  test('has nothing that a published rule does not have', () => {
    const fields = (readSchema('rules') as AvroRecord).fields.map(({ name }) => name);
    expect(fields).toEqual(expect.arrayContaining(schema.fields.map(({ name }) => name)));
  });
});

test('a public schema with two records in one union is refused at start', () => {
  const record = (name: string): AvroRecord => ({ type: 'record', name, fields: [] });
  const schema = { ...record('P'), fields: [{ name: 'x', type: [record('A'), record('B')] }] };
  expect(() => compileProjection(schema)).toThrow('one record');
});

test('a record may contain itself', () => {
  const schema = {
    type: 'record',
    name: 'Node',
    fields: [
      { name: 'title', type: 'string' },
      { name: 'next', type: ['null', 'Node'] },
    ],
  } as const;
  expect(compileProjection(schema)({ title: 'a', x: 1, next: { title: 'b', x: 1, next: null } })).toEqual({
    title: 'a',
    next: { title: 'b', next: null },
  });
});
