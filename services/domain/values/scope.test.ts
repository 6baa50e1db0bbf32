import { expect, test } from '@jest/globals';
import { formatProblem } from '../text/problem.ts';
import type { Where } from './scope.ts';
import { compileScope } from './scope.ts';

const SCHEMA = {
  type: 'record',
  name: 'Rule',
  fields: [
    { name: 'scope', type: 'string' },
    { name: 'status', type: { type: 'enum', name: 'Status', symbols: ['active', 'withdrawn'] } },
    { name: 'region', type: ['null', 'string'] },
    { name: 'version', type: 'long' },
    { name: 'stamp', type: ['null', { type: 'record', name: 'Stamp', fields: [{ name: 'by', type: 'string' }] }] },
    { name: 'again', type: ['null', 'Stamp'] },
    { name: 'parameters', type: { type: 'map', values: 'string' } },
  ],
} as const;

const complaints = (where: Where): string[] => compileScope(where, SCHEMA).problems.map(formatProblem);

test('equality and lists on any field, dotted paths included; every line must hold', () => {
  const { inScope, problems } = compileScope(
    { scope: ['Hospital', 'Clinic'], 'again.by': 'DoH', 'parameters.ward': 'burns', status: 'active' },
    SCHEMA,
  );
  expect(problems).toEqual([]);
  const rule = { scope: 'Clinic', status: 'active', again: { by: 'DoH' }, parameters: { ward: 'burns' } };
  expect(inScope(rule)).toBe(true);
  expect(inScope({ ...rule, scope: 'School' })).toBe(false);
  expect(inScope({ ...rule, again: null })).toBe(false);
  expect(inScope({ ...rule, parameters: {} })).toBe(false);
});

test('without conditions everything is in scope; null matches what is null or absent', () => {
  expect(compileScope(undefined, SCHEMA).inScope({})).toBe(true);
  expect(compileScope({ region: [null, 'north'] }, SCHEMA).inScope({})).toBe(true);
  expect(compileScope({ region: null }, SCHEMA).inScope({ region: 'north' })).toBe(false);
});

test.each<[string, Where, string]>([
  [
    'unknown field',
    { scpe: 'x' },
    'connector.yaml source.where.scpe: unknown source field "scpe" (did you mean "scope"?)',
  ],
  [
    'enum value',
    { status: ['active', 'withdrawed'] },
    'connector.yaml source.where.status[1]: "withdrawed" is not a value of this field (did you mean "withdrawn"?)',
  ],
  [
    'text for a number',
    { version: '3' },
    'connector.yaml source.where.version: "3" is not a value of this field (write it as 3)',
  ],
  [
    'number for a text',
    { scope: 3 },
    'connector.yaml source.where.scope: the field is a string, 3 is a number (write a text in quotes)',
  ],
  [
    'null',
    { scope: null },
    'connector.yaml source.where.scope: the field is never null (remove null, or write the value that is wanted)',
  ],
  [
    'a record',
    { stamp: 'x' },
    'connector.yaml source.where.stamp: the field is a record, "x" is a string (name a field inside it with a dotted path)',
  ],
])('%s is found before any record is', (_, where, complaint) => {
  expect(complaints(where)).toEqual([complaint]);
});
