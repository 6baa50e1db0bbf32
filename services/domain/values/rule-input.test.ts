import { readSchema } from '@ess/schemas/catalog.ts';
import { makeRule } from '@ess/test/harness/data/rules.ts';
import { describe, expect, test } from '@jest/globals';
import { checkRecord } from './rule-input.ts';

const schema = readSchema('rules');
const rule = (more: object = {}): Record<string, unknown> => ({ ...makeRule('r-1', 1), ...more });
const complaints = (input: unknown) => checkRecord(schema, input).map(({ field, message }) => `${field} ${message}`);

test('a complete rule passes, and so does one without what has a default', () => {
  expect(complaints(rule())).toEqual([]);
  const { region, auditStamp, minIcuBeds, parameters, effectiveDate, ...needed } = rule();
  expect(complaints(needed)).toEqual([]);
});

test('an approval stamp passes as plain JSON', () => {
  const auditStamp = { id: 'a-1', approvedBy: 'board', approvedAt: 1_795_000_000_000, signature: null };
  expect(complaints(rule({ auditStamp, parameters: { note: 'x' } }))).toEqual([]);
});

describe('a mistake is named with its field', () => {
  test('an unknown field, with the nearest name', () => {
    expect(complaints(rule({ minIcuBed: 3 }))).toEqual([
      'minIcuBed is not a field of gov.hms.rules.RulePublished; did you mean "minIcuBeds"?',
    ]);
  });

  test('a missing field', () => {
    const { ruleId, ...rest } = rule();
    expect(complaints(rest)).toEqual(['ruleId is missing']);
  });

  test('a wrong type, a value outside an enum, a null where none may be', () => {
    expect(complaints(rule({ minIcuBeds: 'ten' }))).toEqual([
      expect.stringMatching(/^minIcuBeds must be null or int, not "ten"$/),
    ]);
    expect(complaints(rule({ status: 'retired' }))).toEqual(['status must be one of active, withdrawn, not "retired"']);
    expect(complaints(rule({ title: null }))).toEqual(['title must be string, not null']);
    expect(complaints(rule({ minIcuBeds: 1.5 }))).toHaveLength(1);
  });

  test('a value inside a map, by its path', () => {
    expect(complaints(rule({ parameters: { a: 'x', b: 5 } }))).toEqual(['parameters.b must be string, not 5']);
  });

  test('all of them at once', () => {
    const { ruleId, ...rest } = rule({ version: 'one', nonsense: 1 });
    expect(
      checkRecord(schema, rest)
        .map(({ field }) => field)
        .sort(),
    ).toEqual(['nonsense', 'ruleId', 'version']);
  });
});

test.each([null, 'text', 5, [rule()], undefined])('%j is no rule', (input) => {
  expect(complaints(input)).toEqual([' must be a JSON object']);
});
