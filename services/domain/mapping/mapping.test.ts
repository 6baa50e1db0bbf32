import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatProblem } from '../text/problem.ts';
import type { Mapping } from './mapping.ts';
import { compileMapping } from './mapping.ts';
import type { Json, MappingFile } from './mapping-file.ts';

const SCHEMA = {
  type: 'record',
  name: 'Rule',
  fields: [
    { name: 'scope', type: 'string' },
    { name: 'status', type: { type: 'enum', name: 'Status', symbols: ['active', 'withdrawn'] } },
    { name: 'minIcuBeds', type: ['null', 'int'] },
    { name: 'pauseSurveys', type: ['null', 'boolean'] },
    { name: 'effectiveDate', type: ['null', 'string'] },
    { name: 'blob', type: 'bytes' },
    { name: 'stamp', type: ['null', { type: 'record', name: 'Stamp', fields: [{ name: 'id', type: 'string' }] }] },
    { name: 'parameters', type: { type: 'map', values: 'string' } },
  ],
} as const;

function compiled(file: MappingFile, invertible = false): Mapping {
  const { mapping, problems } = compileMapping(file, SCHEMA, { invertible });
  expect(problems).toEqual([]);
  return mapping as Mapping;
}
const complaints = (file: MappingFile, invertible = false): string[] =>
  compileMapping(file, SCHEMA, { invertible }).problems.map(formatProblem);

describe('forward', () => {
  test('the story of the hospital: names change, defaults fill, nothing else is sent', () => {
    const mapping = compiled({
      fields: { minIcuBeds: 'bedCap', effectiveDate: 'start' },
      defaults: { priority: 'HIGH' },
    });
    const source = { scope: 'Hospital', minIcuBeds: 10, effectiveDate: '2026-11-22', parameters: {} };
    expect(mapping.forward(source)).toEqual({
      ok: true,
      document: { bedCap: 10, start: '2026-11-22', priority: 'HIGH' },
    });
  });

  test('dotted paths on both sides, into records and maps', () => {
    const mapping = compiled({ fields: { 'stamp.id': 'proof.id', 'parameters.ward': 'proof.ward' } });
    expect(mapping.forward({ stamp: { id: 's1' }, parameters: { ward: 'burns' } })).toEqual({
      ok: true,
      document: { proof: { id: 's1', ward: 'burns' } },
    });
    expect(mapping.forward({ stamp: null, parameters: {} })).toEqual({ ok: true, document: {} });
  });

  test('null is sent as null, unless a default takes its place', () => {
    const mapping = compiled({ fields: { minIcuBeds: 'beds', pauseSurveys: 'pause' }, defaults: { pause: false } });
    expect(mapping.forward({ minIcuBeds: null, pauseSurveys: null })).toEqual({
      ok: true,
      document: { beds: null, pause: false },
    });
  });

  test('a default object is not shared between documents', () => {
    const mapping = compiled({ fields: { scope: 's' }, defaults: { meta: { tags: [] } } });
    const first = mapping.forward({}) as unknown as { document: { meta: { tags: string[] } } };
    first.document.meta.tags.push('changed');
    expect(mapping.forward({})).toEqual({ ok: true, document: { meta: { tags: [] } } });
  });

  test('a value outside its dictionary is refused with the field, the value and the nearest one', () => {
    const mapping = compiled({ fields: { scope: 'r' }, values: { scope: { Hospital: 'resource_55' } } });
    expect(mapping.forward({ scope: 'Hospital' })).toEqual({ ok: true, document: { r: 'resource_55' } });
    expect(mapping.forward({ scope: 'Hospitel' })).toEqual({
      ok: false,
      reason: 'scope: "Hospitel" is not in its dictionary, nearest is "Hospital"',
    });
  });

  test('what is inherited is not a field', () => {
    const mapping = compiled({ fields: { 'parameters.toString': 'x' } });
    expect(mapping.forward({ parameters: {} })).toEqual({ ok: true, document: {} });
  });

  test('never throws, whatever the record is', () => {
    const mapping = compiled({
      fields: { scope: 'a.b', 'parameters.x': 'a.c', 'stamp.id': 'd' },
      values: { scope: { Hospital: 1 } },
    });
    fc.assert(
      fc.property(fc.oneof(fc.object(), fc.anything({ withBigInt: true, withNullPrototype: true })), (value) => {
        for (const result of [mapping.forward(value as object), mapping.inverse(value as object)]) {
          expect(typeof result.ok).toBe('boolean');
        }
        expect(typeof mapping.forward({ scope: value, parameters: { x: value } }).ok).toBe('boolean');
        expect(typeof mapping.inverse({ a: { b: value, c: value } }).ok).toBe('boolean');
      }),
    );
  });
});

describe('inverse', () => {
  test('undoes names and dictionaries, with the type that the schema has', () => {
    const mapping = compiled(
      {
        fields: { pauseSurveys: 'survey', minIcuBeds: 'beds.min' },
        values: { pauseSurveys: { true: 'PAUSED', false: 'ON' } },
      },
      true,
    );
    expect(mapping.inverse({ survey: 'PAUSED', beds: { min: 3 }, extra: 1 })).toEqual({
      ok: true,
      document: { pauseSurveys: true, minIcuBeds: 3 },
    });
    expect(mapping.inverse({ survey: 'PAUSE' })).toEqual({
      ok: false,
      reason: 'pauseSurveys: "PAUSE" is not in its dictionary, nearest is "PAUSED"',
    });
  });

  test('a mapping without a single way back says so instead of guessing', () => {
    const mapping = compiled({ fields: { scope: 'r' }, values: { scope: { A: 1, B: 1 } } });
    expect(mapping.inverse({ r: 1 })).toEqual({ ok: false, reason: 'scope: the mapping has no single way back' });
  });
});

describe('for every invertible mapping', () => {
  const name = fc.stringMatching(/^[a-z][a-zA-Z0-9]{0,8}$/).filter((text) => text !== 'constructor');
  const scalar = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.double({ noNaN: true }));
  /** Distinct names for both sides, values, dictionaries for some fields, and a record that holds more than is mapped. */
  const scenario = fc
    .tuple(
      fc.uniqueArray(name, { minLength: 1, maxLength: 8 }),
      fc.uniqueArray(name, { minLength: 8, maxLength: 8 }),
      fc.array(scalar, { minLength: 8, maxLength: 8 }),
      fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
      fc.boolean(),
    )
    .map(([sources, targets, values, coded, nested]) => {
      const fields: Record<string, string> = {};
      const dictionaries: Record<string, Record<string, Json>> = {};
      const record: Record<string, unknown> = { unlistedField: 'secret' };
      for (const [index, source] of sources.entries()) {
        const value = values[index] as Json;
        fields[source] = nested ? `outer.${targets[index]}` : (targets[index] as string);
        record[source] = value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY ? 0 : value;
        if (coded[index] && typeof value === 'string') {
          dictionaries[source] = Object.fromEntries([
            [value, `code-${index}`],
            [`${value}-other`, index],
          ]);
        }
      }
      return { file: { fields, values: dictionaries }, record };
    })
    .filter(({ file }) => !Object.hasOwn(file.fields, 'unlistedField'));

  test('inverse(forward(x)) is x on the mapped fields, and no unlisted field is in between', () => {
    fc.assert(
      fc.property(scenario, ({ file, record }) => {
        const { mapping, problems } = compileMapping(file, undefined, { invertible: true });
        expect(problems).toEqual([]);
        const out = mapping!.forward(record);
        if (!out.ok) throw new Error(out.reason);
        expect(JSON.stringify(out.document)).not.toContain('unlistedField');
        const leaves = (out.document['outer'] ?? out.document) as object;
        expect(Object.keys(leaves)).toHaveLength(Object.keys(file.fields).length);
        const { unlistedField: _, ...mapped } = record;
        expect(mapping!.inverse(out.document)).toEqual({ ok: true, document: mapped });
      }),
    );
  });
});

describe('what is wrong in the file is found at once, with the remedy', () => {
  test.each<[string, MappingFile, string]>([
    [
      'unknown source field',
      { fields: { minIcuBed: 'x' } },
      'mapping.json fields.minIcuBed: unknown source field "minIcuBed" (did you mean "minIcuBeds"?)',
    ],
    [
      'unknown nested field',
      { fields: { 'stamp.idd': 'x' } },
      'mapping.json fields["stamp.idd"]: unknown source field "stamp.idd" (did you mean "stamp.id"?)',
    ],
    [
      'inside a scalar',
      { fields: { 'scope.x': 'x' } },
      'mapping.json fields["scope.x"]: "scope" has no fields inside (use "scope")',
    ],
    [
      'two sources, one target',
      { fields: { scope: 'x', status: 'x' } },
      'mapping.json fields.status: "x" is already the target of "scope" (give each source its own target)',
    ],
    [
      'a target inside a target',
      { fields: { scope: 'x', status: 'x.y' } },
      'mapping.json fields.status: "x.y" cannot be sent beside "x" (from "scope"): "x" cannot be a value and contain "x.y" (rename one of them, e.g. "x.value")',
    ],
    [
      'a default inside a target',
      { fields: { scope: 'x' }, defaults: { 'x.y': 1 } },
      'mapping.json defaults["x.y"]: "x.y" cannot be sent beside "x" (from "scope"): "x" cannot be a value and contain "x.y" (rename one of them, e.g. "x.value")',
    ],
    [
      'prototype names',
      { fields: { scope: 'a.__proto__' } },
      'mapping.json fields.scope: "__proto__" is not allowed as a name (use another name)',
    ],
    [
      'empty step',
      { fields: { scope: 'a..b' } },
      'mapping.json fields.scope: "a..b" has an empty step (write names separated by single dots, e.g. "reservation.beds")',
    ],
    [
      'bytes',
      { fields: { blob: 'x' } },
      'mapping.json fields.blob: blob holds bytes, which JSON cannot carry (say how: { "to": …, "as": … } with "base64", "hex", "text")',
    ],
    [
      'enum value',
      { fields: { status: 'x' }, values: { status: { activ: 1 } } },
      'mapping.json values.status.activ: "activ" is not a value of this field (did you mean "active"?)',
    ],
    [
      'values of an unknown field',
      { fields: { scope: 'x' }, values: { scop: {} } },
      'mapping.json values.scop: unknown source field "scop" (did you mean "scope"?)',
    ],
    [
      'boolean value',
      { fields: { pauseSurveys: 'x' }, values: { pauseSurveys: { yes: 1 } } },
      'mapping.json values.pauseSurveys.yes: "yes" is not a value of this field (write true or false)',
    ],
  ])('%s', (_, file, complaint) => {
    expect(complaints(file)).toEqual([complaint]);
  });

  test('no single way back is an error for inbound only', () => {
    const file = { fields: { scope: 'r', stamp: 's', 'stamp.id': 'i' }, values: { scope: { A: 1, B: 1 } } };
    expect(complaints(file)).toEqual([]);
    expect(complaints(file, true)).toEqual([
      'mapping.json values.scope.B: "A" and "B" become the same value (inbound needs one way back: give each its own value)',
      'mapping.json fields["stamp.id"]: "stamp.id" and "stamp" hold the same data (inbound needs one way back: keep one)',
    ]);
  });

  test('several at once', () => {
    expect(complaints({ fields: { a: 'x', b: 'x' }, defaults: { '': 1 } }).length).toBe(4);
  });
});
