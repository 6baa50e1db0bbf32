import { FIT_RULE } from '@ess/test/fixtures/fit-rule.ts';
import { describe, expect, test } from '@jest/globals';
import { Findings, formatProblem } from '../text/problem.ts';
import { checkFit } from './contract-fit.ts';
import { compileMapping } from './mapping.ts';
import type { MappingFile } from './mapping-file.ts';

function complaints(file: MappingFile, contract: object, credentials: readonly string[] = []): string[] {
  const { mapping, problems } = compileMapping(file, FIT_RULE);
  expect(problems).toEqual([]);
  const findings = new Findings({ file: 'm', lineOf: () => undefined });
  checkFit(mapping!.shape(FIT_RULE), contract, credentials, findings);
  return findings.problems.map((problem) => formatProblem(problem).slice(2));
}
const of = (x: unknown): object => ({ properties: { x } });
const OTHER = 'map another field, or correct the contract if the partner takes it';

describe('a line that can never fit is named', () => {
  test.each<[string, MappingFile, object, string]>([
    [
      'a number for a text',
      { fields: { beds: 'x' } },
      of({ type: 'string' }),
      'fields.beds: "x" is a whole number, and the contract wants a text (write { "to": "x", "as": "string" })',
    ],
    [
      'a text for a number',
      { fields: { id: 'x' } },
      of({ type: 'integer' }),
      'fields.id: "x" is a text, and the contract wants a whole number (write { "to": "x", "as": "number" })',
    ],
    [
      'milliseconds for a date-time',
      { fields: { at: 'x' } },
      of({ type: 'string', format: 'date-time' }),
      'fields.at: "x" is a whole number, and the contract wants a text of the format date-time (write { "to": "x", "as": "date-time" })',
    ],
    [
      'a day for a moment',
      { fields: { day: 'x' } },
      of({ format: 'date-time' }),
      'fields.day: "x" is a text such as "2026-11-24", and the contract wants something else of the format date-time (map another field, or correct the contract if the partner takes it)',
    ],
    [
      'a moment for a day',
      { fields: { at: { to: 'x', as: 'date-time' } } },
      of({ type: 'string', format: 'date' }),
      'fields.at: "x" is a text such as "2026-11-24T10:00:00Z", and the contract wants a text of the format date (write { "to": "x", "as": "date" })',
    ],
    [
      'the day of a moment for a moment',
      { fields: { at: { to: 'x', as: 'date' } } },
      of({ type: 'string', format: 'date-time' }),
      'fields.at: "x" is a text such as "2026-11-24", and the contract wants a text of the format date-time (write { "to": "x", "as": "date-time" })',
    ],
    [
      'digits for a day',
      { fields: { beds: { to: 'x', as: 'string' } } },
      of({ type: 'string', format: 'date' }),
      `fields.beds: "x" is a text such as "12", and the contract wants a text of the format date (${OTHER})`,
    ],
    [
      'digits of a decimal for a number',
      { fields: { price: 'x' } },
      of({ type: 'number' }),
      'fields.price: "x" is a text such as "1.05", and the contract wants a number (write { "to": "x", "as": "number" })',
    ],
    [
      'symbols that are others',
      { fields: { status: 'x' } },
      of({ enum: ['ON', 'OFF'] }),
      'fields.status: "x" is one of "active", "withdrawn", and the contract wants one of "ON", "OFF" (say with "values": { "status": { … } } which value is which)',
    ],
    [
      'symbols that no pattern takes',
      { fields: { status: 'x' } },
      of({ pattern: '^[A-Z]+$' }),
      `fields.status: "x" is one of "active", "withdrawn", and the contract wants something else that matches ^[A-Z]+$ (${OTHER})`,
    ],
    [
      'a dictionary of others',
      { fields: { pause: 'x' }, values: { pause: { true: 'halt', false: 'go' } } },
      of({ enum: ['STOP', 'GO'] }),
      'fields.pause: "x" is one of "halt", "go", and the contract wants one of "STOP", "GO" (correct the value, or the contract if the partner takes it)',
    ],
    [
      'a default',
      { fields: { id: 'id' }, defaults: { x: 'HIHG' } },
      of({ enum: ['LOW', 'HIGH'] }),
      'defaults.x: "x" is "HIHG", and the contract wants one of "LOW", "HIGH" (correct the value, or the contract if the partner takes it)',
    ],
    [
      'a constant',
      { fields: { id: 'id' }, constants: { x: 3 } },
      of({ maximum: 2 }),
      'constants.x: "x" is 3, and the contract wants something else to 2 (correct the value, or the contract if the partner takes it)',
    ],
    [
      'an int beyond a bound',
      { fields: { beds: 'x' } },
      of({ type: 'integer', minimum: 2 ** 31 }),
      `fields.beds: "x" is a whole number, and the contract wants a whole number from 2147483648 (${OTHER})`,
    ],
    [
      'null and a number, for a text',
      { fields: { few: 'x' } },
      of({ type: 'string' }),
      'fields.few: "x" is a whole number, and the contract wants a text (write { "to": "x", "as": "string" })',
    ],
    [
      'behind a $ref and in allOf',
      { fields: { beds: 'x' } },
      { allOf: [{ $ref: '#/definitions/b' }], definitions: { b: of({ type: 'string' }) } },
      'fields.beds: "x" is a whole number, and the contract wants a text (write { "to": "x", "as": "string" })',
    ],
    [
      'no alternative',
      { fields: { beds: 'x' } },
      of({ anyOf: [{ type: 'string' }, { type: 'null' }] }),
      'fields.beds: "x" is a whole number, and the contract wants a text (write { "to": "x", "as": "string" })',
    ],
    [
      'elements',
      { fields: { 'list[].count': 'l[].n', 'list[].code': 'l[].c' } },
      { properties: { l: { items: { properties: { c: { type: 'number' } } } } } },
      'fields["list[].code"]: "l[].c" is a text, and the contract wants a number (write { "to": "l[].c", "as": "number" })',
    ],
    [
      'one element',
      { fields: { beds: 'l[0]', id: 'l[1]' } },
      {
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        properties: { l: { prefixItems: [{ type: 'integer' }], items: { type: 'integer' } } },
      },
      'fields.id: "l[1]" is a text, and the contract wants a whole number (write { "to": "l[1]", "as": "number" })',
    ],
    [
      'too few elements',
      { fields: { id: 'l[0]' } },
      { properties: { l: { minItems: 2 } } },
      'fields.id: "l" has 1 elements, and the contract wants 2 or more (write the others too, or make the list of a list with [])',
    ],
    [
      'a list for an object',
      { fields: { 'tags[]': 'x[]' } },
      of({ type: 'object' }),
      'fields["tags[]"]: "x" is a list, and the contract wants none there (give the field another target, or correct the contract)',
    ],
    [
      'an object for a text',
      { fields: { id: 'x.id' } },
      of({ type: 'string' }),
      'fields.id: "x" is an object, and the contract wants none there (give the field another target, or correct the contract)',
    ],
    [
      'a name that is not there',
      { fields: { beds: 'bedCapp' } },
      { properties: { bedCap: {} }, additionalProperties: false },
      'fields.beds: the contract has no "bedCapp" (did you mean "bedCap"?)',
    ],
    [
      'a name that nothing makes',
      { fields: { beds: 'x' } },
      { required: ['x', 'priority', 'token'] },
      'fields: nothing makes "priority", which the contract requires (map a field to it, or write it under "constants" or "defaults")',
    ],
    [
      'a name that nothing makes within',
      { fields: { beds: 'hold.x' } },
      { properties: { hold: { required: ['y'] } } },
      'fields.beds: nothing makes "hold.y", which the contract requires (map a field to it, or write it under "constants" or "defaults")',
    ],
    [
      'a name that nothing makes in elements',
      { fields: { 'tags[]': 'l[].t' } },
      { properties: { l: { items: { required: ['id'] } } } },
      'fields["tags[]"]: nothing makes "l[].id", which the contract requires (map a field to it, or write it under "constants" or "defaults")',
    ],
    [
      'what is never to be there',
      { fields: { beds: 'x' } },
      of(false),
      'fields.beds: "x" is there, and the contract takes nothing there (leave it out)',
    ],
    [
      'a record that lacks a name',
      { fields: { one: 'x' } },
      of({ required: ['floor'] }),
      `fields.one: "x" has no "floor", which the contract requires (${OTHER})`,
    ],
    [
      'a bound of draft-04',
      { fields: { id: 'id' }, constants: { x: 2 } },
      { $schema: 'http://json-schema.org/draft-04/schema#', ...of({ maximum: 2, exclusiveMaximum: true }) },
      'constants.x: "x" is 2, and the contract wants something else to 2 (correct the value, or the contract if the partner takes it)',
    ],
  ])('%s', (_, file, contract, complaint) => {
    expect(complaints(file, contract, ['token'])).toEqual([complaint]);
  });
});

describe('a line that may fit is not', () => {
  test.each<[string, MappingFile, object]>([
    ['null, where a text is wanted or null', { fields: { few: 'x' } }, of({ type: ['string', 'null'] })],
    ['null, as OpenAPI says it', { fields: { few: 'x' } }, of({ type: 'string', nullable: true })],
    ['a number that may be whole', { fields: { radius: 'x' } }, of({ type: 'integer' })],
    ['a text that may be anything', { fields: { id: 'x' } }, of({ format: 'date-time', pattern: '^2', minLength: 90 })],
    ['one symbol of two', { fields: { status: 'x' } }, of({ const: 'active' })],
    ['one alternative', { fields: { beds: 'x' } }, of({ oneOf: [{ type: 'string' }, { type: 'number', minimum: 5 }] })],
    ['a list that may be empty', { fields: { tags: 'x' } }, of({ items: { type: 'integer' } })],
    [
      'a name of a pattern',
      { fields: { id: 'x-y' } },
      { patternProperties: { '^x-': {} }, additionalProperties: false },
    ],
    ['a day for a day', { fields: { day: 'x' } }, of({ type: 'string', format: 'date', maxLength: 10 })],
    ['what only negation says', { fields: { id: 'x' } }, of({ not: { type: 'string' }, if: {}, else: false })],
    [
      'what another resource says',
      { fields: { id: 'x' } },
      {
        properties: { x: { $ref: '#/definitions/b' } },
        definitions: { b: { $id: 'b', properties: { c: { $ref: '#/d' } } } },
        d: { type: 'integer' },
      },
    ],
    [
      'const of draft-04, which is no word',
      { fields: { beds: 'x' } },
      { $schema: 'http://json-schema.org/draft-04/schema#', ...of({ const: 'a' }) },
    ],
    [
      'beside a $ref of draft-04',
      { fields: { beds: 'x' } },
      {
        $schema: 'http://json-schema.org/draft-04/schema#',
        properties: { x: { $ref: '#/definitions/any', type: 'string' } },
        definitions: { any: {} },
      },
    ],
    [
      'an element that may be another',
      { fields: { 'tags[]': 'x[]' } },
      { properties: { x: { items: [{ type: 'integer' }] } } },
    ],
    [
      'a list in the place of null',
      { fields: { 'list[].code': 'x[]' }, defaults: { x: [] } },
      of({ type: 'array', items: { type: 'string' } }),
    ],
    ['a schema within itself', { fields: { id: 'x.x.x' } }, { properties: { x: { $ref: '#' } } }],
  ])('%s', (_, file, contract) => {
    expect(complaints(file, contract)).toEqual([]);
  });
});
