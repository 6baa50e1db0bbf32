import type { AvroRecord } from '@ess/schemas/avro-schema.ts';
import { readSchema } from '@ess/schemas/catalog.ts';
import { expect, test } from '@jest/globals';
import avro from 'avsc';
import fc from 'fast-check';
import { compileBody, unfilledFields } from './inbound-body.ts';
import type { Mapping } from './mapping.ts';
import { compileMapping } from './mapping.ts';
import type { MappingFile } from './mapping-file.ts';

const schema = readSchema('hospital.bedChange');
const STAMPS = { eventId: 'e1', partner: 'hospital', receivedAt: 1_700_000_000_000 };

function reader(file: MappingFile) {
  const { mapping, problems } = compileMapping(file, schema, { invertible: true });
  expect(problems).toEqual([]);
  return compileBody(mapping!, schema);
}
const read = reader({
  fields: { bedsFree: 'beds.free', ward: 'unit', changedAt: 'at' },
  values: { ward: { Burns: 'resource_55', ICU: 'resource_56' } },
});
const faults = (body: object) => {
  const answer = read(body, STAMPS);
  return answer.ok ? [] : answer.faults.map(({ pointer, detail }) => `${pointer} ${detail}`);
};

test("names and values go back through the dictionary, and ESS adds what is not the partner's to say", () => {
  const body = { beds: { free: 3, total: 9 }, unit: 'resource_55', at: '2026-11-24T10:00:00+01:00', extra: true };
  expect(read(body, STAMPS)).toEqual({
    ok: true,
    record: { ...STAMPS, bedsFree: 3, ward: 'Burns', changedAt: Date.parse('2026-11-24T09:00:00Z') },
  });
  expect(read({ beds: { free: 0 }, unit: null, at: 5 }, STAMPS)).toMatchObject({
    ok: true,
    record: { ward: null, changedAt: 5 },
  });
});

const NUMBERS: AvroRecord = {
  type: 'record',
  name: 'Numbers',
  fields: [
    { name: 'i', type: ['null', 'int'], default: null },
    { name: 'l', type: ['null', 'long'], default: null },
    { name: 'at', type: ['null', { type: 'long', logicalType: 'timestamp-micros' }], default: null },
    { name: 'f', type: ['null', 'float'], default: null },
    { name: 'd', type: ['null', 'double'], default: null },
    { name: 'deep', type: ['null', { type: 'map', values: { type: 'array', items: 'float' } }], default: null },
  ],
};
const { mapping: numbers } = compileMapping(
  { fields: Object.fromEntries(NUMBERS.fields.map(({ name }) => [name, name])) },
  NUMBERS,
  { invertible: true },
);
const SAFE = Number.MAX_SAFE_INTEGER;
const ALL_LONGS = 'a whole number from -9007199254740991 to 9007199254740991';

test.each<[string, object, object | undefined]>([
  ['the ends of an int', { i: -(2 ** 31) }, undefined],
  ['one beyond an int', { i: 2 ** 31 }, { pointer: '#/i', detail: expect.stringMatching(/^is the number 2147483648/) }],
  ['the last safe long', { l: SAFE }, undefined],
  ['the first safe long', { l: -SAFE }, undefined],
  ['the last safe long of a unit', { at: SAFE }, undefined],
  ['one beyond', { l: SAFE + 1 }, { pointer: '#/l', expected: ALL_LONGS }],
  ['a long that is not whole', { l: 0.5 }, { pointer: '#/l', detail: expect.stringMatching(/^is 0.5, which is not/) }],
  ['minus nothing', { i: -0, l: -0, f: -0, d: -0 }, undefined],
  ['the largest float', { f: 3.4028234663852886e38 }, undefined],
  ['what only a double holds', { f: 1e39, d: 1e39 }, { pointer: '#/f', expected: 'a number up to 3.4e38' }],
  ['the same, deep inside', { deep: { a: [1, -1e39] } }, { pointer: '#/deep/a/1', expected: 'a number up to 3.4e38' }],
])('numbers on the edge: %s', (_, body, fault) => {
  const answer = compileBody(numbers as Mapping, NUMBERS)(body, STAMPS);
  expect(answer).toEqual(fault ? { ok: false, faults: [expect.objectContaining(fault)] } : { ok: true, record: body });
});

test('a partner cannot write what ESS stamps, unless the mapping says so', () => {
  const answer = read({ beds: { free: 1 }, partner: 'other', eventId: 'forged', receivedAt: 1 }, STAMPS);
  expect(answer).toMatchObject({ ok: true, record: STAMPS });
  const own = reader({ fields: { bedsFree: 'n', eventId: 'id' } });
  expect(own({ n: 1, id: 'theirs' }, STAMPS)).toMatchObject({ ok: true, record: { eventId: 'theirs' } });
});

test("every bad field is named at once, by the partner's path, with what was expected", () => {
  expect(faults({ beds: { free: '3' }, unit: 'resource_99', at: 'yesterday' })).toEqual([
    '#/unit is not in the dictionary, must be one of "resource_55", "resource_56"',
    '#/at is no time, must be milliseconds since the epoch, or a date-time as 2026-11-24T10:00:00Z',
    '#/beds/free is a text, must be a whole number from -2147483648 to 2147483647',
  ]);
});

test.each<[string, object, string[]]>([
  ['nothing at all', {}, ['#/beds/free is missing']],
  ['a name nearly right', { beds: { fre: 1 } }, ['#/beds/free is missing; is "fre" meant?']],
  [
    'half a bed',
    { beds: { free: 0.5 } },
    ['#/beds/free is 0.5, which is not whole, must be a whole number from -2147483648 to 2147483647'],
  ],
  [
    'more beds than an int holds',
    { beds: { free: 2 ** 31 } },
    ['#/beds/free is the number 2147483648, must be a whole number from -2147483648 to 2147483647'],
  ],
  [
    'null beds',
    { beds: { free: null } },
    ['#/beds/free is null, must be a whole number from -2147483648 to 2147483647'],
  ],
  [
    'an object that cannot be compared',
    { beds: { free: { toString: [], valueOf: 1 } }, at: 1 },
    ['#/beds/free is an object, must be a whole number from -2147483648 to 2147483647'],
  ],
  ['a list for an object', { beds: [1] }, ['#/beds/free is missing']],
  ['a text for an object', { beds: 'free' }, ['#/beds/free is missing']],
  [
    'a time that is none',
    { beds: { free: 1 }, at: '2026-13-40T10:00:00Z' },
    ['#/at is no time, must be milliseconds since the epoch, or a date-time as 2026-11-24T10:00:00Z'],
  ],
  [
    'a day that no month has',
    { beds: { free: 1 }, at: '2026-02-30T10:00:00Z' },
    ['#/at is no time, must be milliseconds since the epoch, or a date-time as 2026-11-24T10:00:00Z'],
  ],
  [
    'a day of February that only other years have',
    { beds: { free: 1 }, at: '2100-02-29T00:00:00+01:00' },
    ['#/at is no time, must be milliseconds since the epoch, or a date-time as 2026-11-24T10:00:00Z'],
  ],
  [
    'a time that is an object',
    { beds: { free: 1 }, at: {} },
    ['#/at is an object, must be milliseconds since the epoch, or a date-time as 2026-11-24T10:00:00Z'],
  ],
])('%s', (_, body, expected) => {
  expect(faults(body)).toEqual(expected);
});

const CENSUS: AvroRecord = {
  type: 'record',
  name: 'Census',
  fields: [
    {
      name: 'wards',
      type: {
        type: 'array',
        items: {
          type: 'record',
          name: 'Ward',
          fields: [
            { name: 'code', type: 'string' },
            { name: 'free', type: 'int' },
            { name: 'at', type: ['null', { type: 'long', logicalType: 'timestamp-millis' }], default: null },
            { name: 'notes', type: { type: 'array', items: 'string' }, default: [] },
          ],
        },
      },
    },
    { name: 'first', type: ['null', { type: 'array', items: 'string' }], default: null },
  ],
};
const readCensus = (() => {
  const fields = {
    'wards[].code': 'units[].name',
    'wards[].free': 'units[].beds.free',
    'wards[].at': 'units[].at',
    'wards[].notes[]': 'units[].notes[].text',
    'first[0]': 'names["a.b"][1]',
  };
  const { mapping, problems } = compileMapping(
    { fields, values: { 'wards[].code': { icu: 'ICU', er: 'ER' } } },
    CENSUS,
    { invertible: true },
  );
  expect(problems).toEqual([]);
  return compileBody(mapping!, CENSUS);
})();

test('lists of a body become lists of the record, element by element', () => {
  const units = [
    { name: 'ICU', beds: { free: 2 }, at: '1970-01-01T00:00:01Z', notes: [{ text: 'x' }] },
    { name: 'ER', beds: { free: 0 }, at: null, notes: [], extra: 1 },
  ];
  expect(readCensus({ units, names: { 'a.b': ['x', 'y'] } }, STAMPS)).toEqual({
    ok: true,
    record: {
      wards: [
        { code: 'icu', free: 2, at: 1_000, notes: ['x'] },
        { code: 'er', free: 0, at: null, notes: [] },
      ],
      first: ['y'],
    },
  });
  expect(readCensus({ units: [] }, STAMPS)).toEqual({ ok: true, record: { wards: [] } });
});

test('each bad element is named by its place', () => {
  const units = [
    { name: 'ICU', beds: { free: 2 }, notes: [] },
    { name: 'OR', beds: { free: 'many' }, notes: [{ text: 1 }, {}] },
    null,
    { name: 'ER', beds: {}, at: 'then', notes: 'none' },
  ];
  const answer = readCensus({ units }, STAMPS);
  expect(answer.ok ? [] : answer.faults.map(({ pointer, detail }) => `${pointer} ${detail.split(',')[0]}`)).toEqual([
    '#/units/1/name is not in the dictionary',
    '#/units/3/at is no time',
    '#/units/3/notes is a text',
    '#/units/1/beds/free is a text',
    '#/units/1/notes/0/text is the number 1',
    '#/units/1/notes/1/text is null',
    '#/units/2 is null',
    '#/units/3/beds/free is missing',
  ]);
  const none = readCensus({ units: { name: 'ICU' } }, STAMPS);
  expect(none).toMatchObject({ ok: false, faults: [{ pointer: '#/units', detail: 'is an object, must be a list' }] });
});

test('whatever comes: what is accepted can be encoded, and values are never shown', () => {
  const type = avro.Type.forSchema(schema as avro.Schema);
  const value = fc.oneof(
    fc.integer(),
    fc.double(),
    fc.constantFrom('resource_55', 'planted-secret', '2026-11-24T10:00:00Z'),
    fc.jsonValue(),
  );
  const body = fc.record(
    { beds: fc.oneof(fc.record({ free: value }), value), unit: value, at: value },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(body, (given) => {
      const answer = read(given, STAMPS);
      if (answer.ok) expect(type.isValid(answer.record)).toBe(true);
      else {
        expect(answer.faults.length).toBeGreaterThan(0);
        expect(JSON.stringify(answer.faults)).not.toContain('planted-secret');
      }
    }),
    { numRuns: 500 },
  );
});

test('fields that nothing fills are known before a body comes', () => {
  const { mapping } = compileMapping({ fields: { ward: 'w' } }, schema, { invertible: true });
  expect(unfilledFields(mapping!, schema)).toEqual(['bedsFree']);
});
