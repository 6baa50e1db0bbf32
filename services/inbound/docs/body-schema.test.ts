import type { InboundHook } from '@ess/domain/connector/connector.ts';
import { compileBody } from '@ess/domain/mapping/inbound-body.ts';
import { compileMapping } from '@ess/domain/mapping/mapping.ts';
import type { AvroRecord } from '@ess/schemas/avro-schema.ts';
import { expect, test } from '@jest/globals';
import { bodySchema, exampleBody } from './body-schema.ts';

const CENSUS: AvroRecord = {
  type: 'record',
  name: 'Census',
  fields: [
    {
      name: 'wards',
      type: [
        'null',
        {
          type: 'array',
          items: {
            type: 'record',
            name: 'Ward',
            fields: [
              { name: 'code', type: 'string' },
              { name: 'free', type: ['null', 'int'], default: null },
              { name: 'since', type: { type: 'long', logicalType: 'timestamp-millis' } },
            ],
          },
        },
      ],
    },
    { name: 'photo', type: 'bytes' },
  ],
};
const { mapping } = compileMapping(
  {
    fields: {
      'wards[].code': 'units[].name',
      'wards[].free': 'units[].beds.free',
      'wards[].since': { to: 'units[].since', as: 'date-time' },
      photo: { to: 'photos[0].data', as: 'base64' },
    },
  },
  CENSUS,
  { invertible: true },
);
const HOOK = {
  path: '/census',
  topic: 'census',
  mapping,
  schema: CENSUS,
  auth: { signSecrets: [] },
} as unknown as InboundHook;

test('a door that takes lists says what their elements have to have', () => {
  expect(bodySchema(HOOK)).toEqual({
    type: 'object',
    required: ['units', 'photos'],
    properties: {
      units: {
        type: 'array',
        items: {
          type: 'object',
          required: ['name', 'since'],
          properties: {
            name: { type: 'string' },
            beds: { type: 'object', properties: { free: expect.objectContaining({ anyOf: expect.anything() }) } },
            since: expect.objectContaining({ type: 'string', format: 'date-time' }),
          },
        },
      },
      photos: {
        type: 'array',
        prefixItems: [
          { type: 'object', required: ['data'], properties: { data: { type: 'string', contentEncoding: 'base64' } } },
        ],
      },
    },
  });
});

test('its example is a body that it takes', () => {
  const example = exampleBody(HOOK);
  expect(example).toEqual({
    units: [{ name: 'text', beds: { free: 3 }, since: '2026-11-24T10:00:00Z' }],
    photos: [{ data: 'text' }],
  });
  const read = compileBody(mapping!, CENSUS);
  expect(read(example, { eventId: 'e', partner: 'p', receivedAt: 0 })).toMatchObject({
    ok: true,
    record: { wards: [{ code: 'text', free: 3, since: Date.parse('2026-11-24T10:00:00Z') }] },
  });
});
