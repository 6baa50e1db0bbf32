// That check refuses nothing that could fit, for mappings and contracts of chance.
import { FIT_RULE } from '@ess/test/fixtures/fit-rule.ts';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compileContract } from '../contract/contract.ts';
import { Findings } from '../text/problem.ts';
import { checkFit } from './contract-fit.ts';
import { compileMapping } from './mapping.ts';
import type { MappingFile } from './mapping-file.ts';

function isRefused(file: MappingFile, contract: object): boolean {
  const findings = new Findings({ file: '', lineOf: () => undefined });
  checkFit(compileMapping(file, FIT_RULE).mapping!.shape(FIT_RULE), contract, [], findings);
  return findings.problems.length > 0;
}

const rules = fc.record({
  id: fc.constantFrom('a', '7', '2026-11-24', '2026-11-24T10:00:00Z'),
  beds: fc.integer({ min: -5, max: 5 }),
  few: fc.option(fc.integer({ min: -5, max: 5 })),
  radius: fc.constantFrom(0, 1, 1.5),
  pause: fc.boolean(),
  at: fc.constantFrom(0, 1_795_600_800_000),
  day: fc.constantFrom(0, 20_781),
  price: fc.constantFrom(Buffer.from([0]), Buffer.from([4, 226])),
  status: fc.constantFrom('active', 'withdrawn'),
  list: fc.array(fc.record({ code: fc.constantFrom('a', '1'), count: fc.option(fc.integer()) }), {
    minLength: 1,
    maxLength: 2,
  }),
  one: fc.record({ code: fc.constantFrom('a', '1'), count: fc.option(fc.integer()) }),
  tags: fc.array(fc.constantFrom('a', '1'), { minLength: 1, maxLength: 2 }),
  notes: fc.constant({}),
});
const TARGETS = ['x', 'o.a', 'o.b', 'l[0]', 'y'];
const files = fc
  .uniqueArray(fc.constantFrom('id', 'beds', 'few', 'radius', 'pause', 'at', 'day', 'price', 'status', 'one', 'tags'), {
    minLength: 1,
    maxLength: 5,
  })
  .chain((sources) =>
    fc.record({
      fields: fc.constant({
        ...Object.fromEntries(sources.map((source, index) => [source, TARGETS[index] as string])),
        'list[].code': 'e[].c',
        'list[].count': 'e[].n',
      }),
      constants: fc.constantFrom({}, { k: 1 }, { 'e[].k': 'unit' }),
    }),
  );
const value = fc.oneof(
  fc.record({ type: fc.constantFrom('string', 'integer', 'number', 'boolean', 'null', 'object', 'array') }),
  fc.record({ type: fc.constant(['string', 'null']) }),
  fc.record({ enum: fc.uniqueArray(fc.constantFrom('a', 'active', 1, true, null), { minLength: 1 }) }),
  fc.record({ format: fc.constantFrom('date', 'date-time', 'email', 'time') }),
  fc.record({ minimum: fc.integer({ min: -9, max: 9 }), maximum: fc.integer({ min: -9, max: 9 }) }),
  fc.record({ pattern: fc.constantFrom('^a', '^[0-9]+$') }),
  fc.boolean(),
);
const some = fc.oneof(
  value,
  fc.record({ anyOf: fc.array(value, { minLength: 1, maxLength: 2 }) }),
  fc.record({ allOf: fc.array(value, { minLength: 1, maxLength: 2 }) }),
  fc.constant({ $ref: '#/definitions/t' }),
);
const object = (names: readonly string[]) =>
  fc.record(
    {
      properties: fc.record(Object.fromEntries(names.map((name) => [name, some])), { requiredKeys: [] }),
      required: fc.subarray([...names]),
      additionalProperties: fc.oneof(fc.constant(true), fc.constant(false), value),
    },
    { requiredKeys: ['properties'] },
  );
const contracts = fc
  .tuple(object(['x', 'y', 'k', 'o', 'l', 'e']), object(['a', 'b']), fc.option(object(['c', 'n', 'k'])), value)
  .map(([top, o, e, t]) => ({
    ...top,
    definitions: { t },
    properties: { ...top.properties, ...(top.required?.includes('o') ? { o } : {}), ...(e && { e: { items: e } }) },
  }));

test('what is refused has never fitted', () => {
  let refused = 0;
  fc.assert(
    fc.property(files, contracts, fc.array(rules, { minLength: 1, maxLength: 4 }), (file, contract, records) => {
      if (!isRefused(file, contract)) return;
      refused += 1;
      const { mapping } = compileMapping(file, FIT_RULE);
      const judge = compileContract(contract);
      for (const record of records) {
        const made = mapping!.forward(record);
        if (made.ok) expect([record, judge(made.document, true)]).not.toEqual([record, undefined]);
      }
    }),
    { numRuns: 300 },
  );
  expect(refused).toBeGreaterThan(100);
});
