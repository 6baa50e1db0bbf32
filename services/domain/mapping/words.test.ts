// What mapping.json may say beyond names: lists, elements, names with dots, constants, conditions, joined texts.
import type { AvroRecord } from '@ess/schemas/avro-schema.ts';
import { describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { formatProblem } from '../text/problem.ts';
import { compileMapping } from './mapping.ts';
import type { MappingFile } from './mapping-file.ts';

const BED: AvroRecord = {
  type: 'record',
  name: 'Bed',
  fields: [
    { name: 'code', type: 'string' },
    { name: 'count', type: ['null', 'int'] },
    { name: 'since', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'notes', type: { type: 'array', items: ['null', 'string'] } },
    { name: 'labels', type: { type: 'map', values: 'string' } },
  ],
};
const RULE: AvroRecord = {
  type: 'record',
  name: 'Rule',
  fields: [
    { name: 'scope', type: 'string' },
    { name: 'title', type: 'string' },
    { name: 'region', type: ['null', 'string'] },
    { name: 'version', type: 'long' },
    { name: 'until', type: ['null', { type: 'long', logicalType: 'timestamp-micros' }] },
    { name: 'beds', type: ['null', { type: 'array', items: ['null', BED] }] },
    { name: 'wards', type: { type: 'array', items: 'Bed' } },
    { name: 'tags', type: { type: 'array', items: 'string' } },
    { name: 'grid', type: { type: 'array', items: { type: 'array', items: 'int' } } },
    { name: 'parameters', type: { type: 'map', values: 'string' } },
  ],
};
const ICU = { code: 'icu', count: 2, since: 0, notes: ['a', null], labels: { floor: '3' } };
const ER = { code: 'er', count: null, since: 1_500, notes: [], labels: {} };
const RECORD = {
  scope: 'Hospital',
  title: 'Beds',
  region: null,
  version: 7,
  until: null,
  beds: [ICU, null, ER],
  wards: [ICU],
  tags: ['x', 'y'],
  grid: [[1, 2], [], [3]],
  parameters: { 'beds.icu': '9' },
};

function made(file: MappingFile, record: object = RECORD): unknown {
  const { mapping, problems } = compileMapping(file, RULE);
  expect(problems.map(formatProblem)).toEqual([]);
  const mapped = mapping?.forward(record);
  if (!mapped?.ok) return mapped?.reason;
  const body = JSON.parse(JSON.stringify(mapped.document));
  const ajv = new Ajv2020({ strict: true, strictTuples: false, allowUnionTypes: true });
  addFormats.default(ajv);
  const isValid = ajv.compile(mapping?.bodySchema(RULE) as object);
  isValid(body);
  expect(isValid.errors).toBeNull();
  return body;
}

describe('a line of a mapping makes', () => {
  test.each<[string, MappingFile, object]>([
    [
      'a list of a list, null for null',
      { fields: { 'beds[].code': 'items[].kind' } },
      { items: [{ kind: 'icu' }, null, { kind: 'er' }] },
    ],
    [
      'several fields of each element, in whatever order',
      { fields: { 'beds[].count': 'items[].n', title: 'name', 'beds[].code': 'items[].is.kind' } },
      { items: [{ n: 2, is: { kind: 'icu' } }, null, { n: null, is: { kind: 'er' } }], name: 'Beds' },
    ],
    ['a list of values', { fields: { 'beds[].code': 'kinds[]' } }, { kinds: ['icu', null, 'er'] }],
    ['objects of values', { fields: { 'tags[]': 'items[].tag' } }, { items: [{ tag: 'x' }, { tag: 'y' }] }],
    [
      'what an element lacks is left out of it',
      { fields: { 'wards[].labels.floor': 'w[].floor' } },
      { w: [{ floor: '3' }] },
    ],
    [
      'and is null where it is the element',
      { fields: { 'beds[].labels.floor': 'floors[]' } },
      { floors: ['3', null, null] },
    ],
    [
      'a form for each',
      { fields: { 'wards[].since': { to: 'w[].since', as: 'date-time' } } },
      { w: [{ since: '1970-01-01T00:00:00Z' }] },
    ],
    [
      'lists in lists',
      { fields: { 'beds[].notes[]': 'b[].texts[].t' } },
      { b: [{ texts: [{ t: 'a' }, null] }, null, { texts: [] }] },
    ],
    [
      'lists of lists',
      { fields: { 'grid[][]': 'rows[].cells[]' } },
      { rows: [{ cells: [1, 2] }, { cells: [] }, { cells: [3] }] },
    ],
    ['lists of lists again', { fields: { 'grid[][]': 'g[][]' } }, { g: [[1, 2], [], [3]] }],
    [
      'one element',
      { fields: { 'beds[2].code': 'last', 'beds[9].code': 'none', 'tags[0]': 'tag' } },
      { last: 'er', tag: 'x' },
    ],
    [
      'a list of one',
      { fields: { title: 'names[0].text', 'beds[0].code': 'names[0].kind' } },
      { names: [{ text: 'Beds', kind: 'icu' }] },
    ],
    ['a list whose first is absent', { fields: { 'parameters.none': 'l[0]', title: 'l[1]' } }, { l: [null, 'Beds'] }],
    [
      'names with dots',
      { fields: { 'parameters["beds.icu"]': '["beds.icu"]["a.b"]' } },
      { 'beds.icu': { 'a.b': '9' } },
    ],
    [
      'an object with a number as name, when it is in quotes',
      { fields: { title: 'items["0"]' } },
      { items: { '0': 'Beds' } },
    ],
    [
      'constants',
      { fields: { title: 'id[0].value' }, constants: { type: 'Location', 'id[0].system': 'x' } },
      { type: 'Location', id: [{ system: 'x', value: 'Beds' }] },
    ],
    [
      'constants in each',
      { fields: { 'beds[].code': 'b[].c' }, constants: { 'b[].unit': 'beds' } },
      { b: [{ c: 'icu', unit: 'beds' }, null, { c: 'er', unit: 'beds' }] },
    ],
    [
      'defaults in each',
      { fields: { 'beds[].count': 'b[].n' }, defaults: { 'b[].n': 0 } },
      { b: [{ n: 2 }, null, { n: 0 }] },
    ],
    [
      'defaults for each value',
      { fields: { 'beds[].code': 'kinds[]' }, defaults: { 'kinds[]': '?' } },
      { kinds: ['icu', '?', 'er'] },
    ],
    [
      'copied when',
      { fields: { title: { to: 'a', when: { scope: 'Hospital' } }, region: { to: 'b', when: { scope: ['Clinic'] } } } },
      { a: 'Beds' },
    ],
    [
      'copied when there is a value',
      { fields: { until: { to: 'until', as: 'date-time', when: 'until' }, title: { to: 't', when: 'title' } } },
      { t: 'Beds' },
    ],
    [
      'copied from elements when',
      { fields: { 'wards[].code': 'b[].c', 'wards[].count': { to: 'b[].n', when: { 'wards[].code': 'er' } } } },
      { b: [{ c: 'icu' }] },
    ],
    [
      'copied from elements when there is a value',
      { fields: { 'beds[].code': 'b[].c', 'beds[].count': { to: 'b[].n', when: 'beds[].count' } } },
      { b: [{ c: 'icu', n: 2 }, null, { c: 'er' }] },
    ],
    [
      'a default for what is not copied',
      { fields: { title: { to: 'a', when: { scope: 'X' } } }, defaults: { a: 'none' } },
      { a: 'none' },
    ],
    [
      'joined texts',
      { fields: { title: { to: 'label', join: ['title', 'region', 'version'], with: ', ' } } },
      { label: 'Beds, 7' },
    ],
    [
      'joined texts with a space',
      { fields: { title: { to: 'label', join: ['version', 'title'] } } },
      { label: '7 Beds' },
    ],
    ['nothing joined of nothing', { fields: { region: { to: 'label', join: ['region', 'parameters.none'] } } }, {}],
    [
      'joined by dictionaries',
      { fields: { title: { to: 'l', join: ['scope', 'title'], with: '/' } }, values: { scope: { Hospital: 'H' } } },
      { l: 'H/Beds' },
    ],
    [
      'joined without what a dictionary makes null',
      { fields: { title: { to: 'l', join: ['scope', 'title'] } }, values: { scope: { Hospital: null } } },
      { l: RECORD.title },
    ],
    [
      'nothing joined of what a dictionary makes null',
      { fields: { scope: { to: 'l', join: ['scope'] } }, values: { scope: { Hospital: null } } },
      {},
    ],
    [
      'joined in each',
      { fields: { 'beds[].code': { to: 'b[].l', join: ['beds[].code', 'beds[].count'], with: ':' } } },
      { b: [{ l: 'icu:2' }, null, { l: 'er' }] },
    ],
  ])('%s', (_, file, body) => {
    expect(made(file)).toEqual(body);
  });

  test('null of a list for null, unless it has a default; nothing for a list that is absent', () => {
    const fields = { 'beds[].code': 'items[].kind' };
    expect(made({ fields }, { ...RECORD, beds: null })).toEqual({ items: null });
    expect(made({ fields, defaults: { items: [] } }, { ...RECORD, beds: null })).toEqual({ items: [] });
    expect(compileMapping({ fields }, undefined).mapping?.forward({})).toEqual({ ok: true, document: {} });
  });

  test('keys of a document in the order of the file, constants first', () => {
    const file = { fields: { 'tags[]': 'b[]', title: 'a' }, constants: { c: 1 } };
    expect(Object.keys(made(file) as object)).toEqual(['c', 'b', 'a']);
  });

  test('a constant object that is not shared between documents', () => {
    const { mapping } = compileMapping({ fields: { title: 't' }, constants: { meta: { tags: [] } } }, RULE);
    const first = mapping?.forward(RECORD) as unknown as { document: { meta: { tags: string[] } } };
    first.document.meta.tags.push('changed');
    expect(mapping?.forward(RECORD)).toEqual({ ok: true, document: { meta: { tags: [] }, t: 'Beds' } });
  });

  test('a mapping error that names the element', () => {
    const far = { ...RECORD, wards: [ICU, { ...ICU, since: 1e15 }] };
    expect(made({ fields: { 'wards[].since': { to: 'w[].at', as: 'date-time' } } }, far)).toMatch(
      /^wards\[1\]\.since: is outside of the years/,
    );
    const notes = [{ notes: ['a'] }, { notes: ['x'] }];
    const file = { fields: { 'wards[].notes[]': 'w[].n[]' }, values: { 'wards[].notes[]': { a: 'A' } } };
    expect(made(file, { wards: notes })).toBe('wards[1].notes[0]: "x" is not in its dictionary');
    expect(made({ fields: { 'tags[]': 't[]' } }, { tags: 'x' })).toBe('tags: is no list');
    expect(made({ fields: { title: { to: 't', join: ['title', 'scope'] } } }, { title: 'a', scope: {} })).toBe(
      'title: scope is a list or an object, which no text is made of',
    );
  });
});
