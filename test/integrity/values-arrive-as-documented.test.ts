// Every type of Avro, and every form that a mapping may ask for, as docs/connectors.md has them: one record for each row of the
// table, in one topic, to one partner. Digits are compared as text, since reading JSON would round them here.
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { Schema } from 'avsc';
import avro from 'avsc';
import { framed } from '../fakes/kafka/avro-bytes.ts';
import { FakePartner } from '../fakes/partner.ts';
import { exactLongs } from '../harness/data/exact-long.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import type { TestStack } from '../harness/test-stack.ts';
import { openTestStack } from '../harness/test-stack.ts';

const logical = (type: string, logicalType: string, more: object = {}) => ({ type, logicalType, ...more });
const fixed = (size: number, logicalType?: string) => ({ type: 'fixed', size, ...(logicalType && { logicalType }) });
const hex = (text: string) => Buffer.from(text, 'hex');
const MS = 1_795_514_400_123;
const MONEY = logical('bytes', 'decimal', { precision: 20, scale: 2 });
const STAMP = { millis: logical('long', 'timestamp-millis'), micros: logical('long', 'timestamp-micros') };
const STAY = {
  type: 'record',
  fields: [
    { name: 'day', type: logical('int', 'date') },
    { name: 'levels', type: { type: 'array', items: 'float' } },
  ],
};

const ROWS: [type: object | string, as: string | undefined, value: unknown, json: string][] = [
  ['int', undefined, 7, '7'],
  ['int', 'string', 7, '"7"'],
  ['long', undefined, 9_007_199_254_740_993n, '9007199254740993'],
  ['long', 'string', -(2n ** 63n), '"-9223372036854775808"'],
  ['float', undefined, Math.fround(0.1), '0.1'],
  ['float', 'string', Math.fround(0.1), '"0.1"'],
  ['double', undefined, 0.1, '0.1'],
  ['double', 'integer', 2 ** 60, '1152921504606846976'],
  ['string', undefined, 'text', '"text"'],
  ['string', 'number', '12345678901234567890.5', '12345678901234567890.5'],
  ['string', 'integer', '42', '42'],
  [{ type: 'enum', symbols: ['on', 'off'] }, undefined, 'off', '"off"'],
  [
    logical('string', 'uuid'),
    undefined,
    'f81d4fae-7dec-11d0-a765-00a0c91e6bf6',
    '"f81d4fae-7dec-11d0-a765-00a0c91e6bf6"',
  ],
  [fixed(16, 'uuid'), undefined, hex('f81d4fae7dec11d0a76500a0c91e6bf6'), '"f81d4fae-7dec-11d0-a765-00a0c91e6bf6"'],
  ['boolean', undefined, true, 'true'],
  ['boolean', 'json-text', true, '"true"'],
  [{ type: 'array', items: 'long' }, undefined, [1, 2n ** 60n], '[1,1152921504606846976]'],
  [{ type: 'map', values: 'double' }, undefined, { long: 5 }, '{"long":5}'],
  [{ type: 'map', values: 'int' }, 'json-text', { a: 5 }, '"{\\"a\\":5}"'],
  [STAY, undefined, { day: 20_781, levels: [Math.fround(0.1), 2] }, '{"day":"2026-11-24","levels":[0.1,2]}'],
  ['bytes', 'base64', hex('fffe'), '"//4="'],
  ['bytes', 'hex', hex('fffe'), '"fffe"'],
  ['bytes', 'text', Buffer.from('Größe'), '"Größe"'],
  [{ type: 'array', items: 'bytes' }, 'base64', [hex('fffe')], '["//4="]'],
  [fixed(2), 'hex', hex('fffe'), '"fffe"'],
  [MONEY, undefined, hex('04d2'), '"12.34"'],
  [MONEY, 'number', hex('ff'), '-0.01'],
  [logical('int', 'date'), undefined, 20_781, '"2026-11-24"'],
  [logical('int', 'date'), 'days', 20_781, '20781'],
  [logical('int', 'time-millis'), undefined, 36_000_123, '"10:00:00.123"'],
  [logical('int', 'time-millis'), 'ms', 36_000_123, '36000123'],
  [logical('long', 'time-micros'), undefined, 36_000_000_001, '"10:00:00.000001"'],
  [logical('long', 'time-micros'), 'us', 36_000_000_001, '36000000001'],
  [STAMP.millis, undefined, MS, String(MS)],
  [STAMP.millis, 'date-time', MS, '"2026-11-24T10:00:00.123Z"'],
  [STAMP.millis, 'date', MS, '"2026-11-24"'],
  [STAMP.millis, 'epoch-s', MS, '1795514400.123'],
  [STAMP.micros, undefined, MS * 1000, `${MS}000`],
  [STAMP.micros, 'date-time', MS * 1000 + 4, '"2026-11-24T10:00:00.123004Z"'],
  [STAMP.micros, 'epoch-ms', MS * 1000, String(MS)],
  [logical('long', 'timestamp-nanos'), 'date-time', BigInt(MS) * 1_000_000n + 5n, '"2026-11-24T10:00:00.123000005Z"'],
  [logical('long', 'local-timestamp-millis'), undefined, MS, '"2026-11-24T10:00:00.123"'],
  [logical('long', 'local-timestamp-micros'), undefined, MS * 1000, '"2026-11-24T10:00:00.123"'],
  [fixed(12, 'duration'), undefined, hex('010000000200000005000000'), '"P1M2DT0.005S"'],
];

const isNamed = (type: object): boolean => 'type' in type && ['enum', 'fixed', 'record'].includes(String(type.type));
/** One field for each row; the record of a row has that one and no other. */
const FIELDS = ROWS.map(([type], index) => ({
  name: `f${index}`,
  type: ['null', typeof type === 'object' && isNamed(type) ? { ...type, name: `T${index}` } : type],
  default: null,
}));
const SCHEMA = { type: 'record', name: 'Values', fields: [{ name: 'id', type: 'string' }, ...FIELDS] };
const TARGETS = ROWS.map(([, as], index) => [`f${index}`, as === undefined ? `f${index}` : { to: `f${index}`, as }]);
const MAPPING = { fields: { id: 'id', ...Object.fromEntries(TARGETS) } };

const TYPE = avro.Type.forSchema(SCHEMA as Schema, { typeHook: exactLongs });

let stack: TestStack;
beforeAll(async () => {
  stack = await openTestStack();
});
afterAll(async () => {
  await stack[Symbol.asyncDispose]();
});

test('each value goes out in the form that the table has for it, and is what the published schema says', async () => {
  await using partner = await FakePartner.start();
  const ids = ROWS.map((_, index) => `row-${index}`);
  await using line = await Pipeline.open(stack, partner, {
    partitions: 1,
    source: { key: 'id', version: undefined, where: { id: ids } },
    mapping: MAPPING,
  });
  const schemaId = await stack.subjects.register(`${line.source.name}-value`, SCHEMA as AvroSchemaJson);
  const blank = Object.fromEntries(FIELDS.map(({ name }) => [name, null]));
  for (const [index, [, , value]] of ROWS.entries()) {
    const record = { ...blank, id: ids[index], [`f${index}`]: value };
    await line.source.publishRaw('k', framed(schemaId, TYPE.toBuffer(record)));
  }
  expect(await line.json('connector', 'check', line.partner)).toEqual([
    { partner: line.partner, ok: true, problems: [] },
  ]);
  const published = await line.json('connector', 'schema', line.partner);

  await line.start();
  await line.drained();
  const wanted = ROWS.map(([, , , json], row) => {
    const fields = FIELDS.map(({ name }, index) => `"${name}":${index === row ? json : 'null'}`);
    return `{"id":"${ids[row]}",${fields.join(',')}}`;
  });
  expect(partner.received.map(({ text }) => text).toSorted()).toEqual(wanted.toSorted());
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  const isValid = ajv.compile(published);
  for (const { body } of partner.received) expect([isValid(body), isValid.errors]).toEqual([true, null]);
});
