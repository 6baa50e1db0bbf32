import { expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { withSecrets } from '../text/with-secrets.ts';
import { compileContract } from './contract.ts';
import { limitedBy } from './contract-limits.ts';

const MAPPED = {
  type: 'object',
  additionalProperties: false,
  properties: {
    beds: { type: ['integer', 'null'] },
    auth: { type: 'object', properties: { user: { type: 'string' } }, additionalProperties: false },
  },
};

test('it says the limits of the contract, and what must be there; never the credentials', () => {
  const contract = {
    type: 'object',
    required: ['beds', 'token', 'auth'],
    properties: {
      token: { type: 'string' },
      beds: { type: 'integer', minimum: 0, default: 1 },
      auth: { type: 'object', required: ['user', 'secret'], properties: { secret: { type: 'string' } } },
    },
  };
  expect(limitedBy(MAPPED, contract, [['token'], ['auth', 'secret']])).toEqual({
    type: 'object',
    additionalProperties: false,
    required: ['beds'],
    properties: {
      beds: { allOf: [MAPPED.properties.beds, { type: 'integer', minimum: 0 }] },
      auth: { ...MAPPED.properties.auth, required: ['user'] },
    },
  });
});

test('what cannot be carried over as it is stays unsaid', () => {
  for (const contract of [true, { $ref: '#/definitions/body' }, { anyOf: [{ required: ['beds'] }] }])
    expect(limitedBy(MAPPED, contract)).toEqual(MAPPED);
  const pointed = { properties: { beds: { $ref: '#/definitions/beds', minimum: 3 } } };
  expect(limitedBy(MAPPED, pointed)).toEqual(MAPPED);
});

const leaf = fc.oneof(
  fc.constant(true),
  fc.record({ type: fc.constantFrom('integer', 'string', 'null') }),
  fc.record({ minimum: fc.integer({ min: -2, max: 2 }) }),
  fc.record({ enum: fc.uniqueArray(fc.constantFrom(0, 1, null, 'x'), { minLength: 1 }) }),
  fc.record({ anyOf: fc.constant([{ minLength: 1 }, { type: 'null' }]) }),
);
const contracts = fc.record(
  {
    required: fc.subarray(['beds', 'auth', 'token']),
    properties: fc.record(
      {
        beds: leaf,
        auth: fc.record(
          { required: fc.subarray(['user', 'secret']), properties: fc.record({ user: leaf }, { requiredKeys: [] }) },
          { requiredKeys: [] },
        ),
      },
      { requiredKeys: [] },
    ),
    minProperties: fc.integer({ min: 0, max: 3 }),
    additionalProperties: fc.boolean(),
  },
  { requiredKeys: [] },
);
const documents = [undefined, null, -1, 0, 1].flatMap((beds) =>
  [undefined, {}, { user: '' }, { user: 'x' }].map((auth) => ({
    ...(beds === undefined ? {} : { beds }),
    ...(auth === undefined ? {} : { auth }),
  })),
);

test('a document that the contract lets through with its credentials is valid without them', () => {
  let passed = 0;
  fc.assert(
    fc.property(contracts, (contract) => {
      const violation = compileContract(contract);
      const isValid = new Ajv2020({ strict: false }).compile(
        limitedBy(MAPPED, contract, [['token'], ['auth', 'secret']]),
      );
      for (const document of documents) {
        if (violation(withSecrets(document, { token: 's', 'auth.secret': 's' })) !== undefined) continue;
        passed += 1;
        expect(isValid(document)).toBe(true);
      }
    }),
    { numRuns: 40 },
  );
  expect(passed).toBeGreaterThan(0);
});
