import type { AvroRecord } from '@ess/schemas/avro-schema.ts';
import { readSchema } from '@ess/schemas/catalog.ts';
import type { GroupRecord } from '@ess/stream/group/assignment.ts';
import { makeRule } from '@ess/test/harness/data/rules.ts';
import { expect, test } from '@jest/globals';
import avro from 'avsc';
import { ruleProjection } from './rule-projection.ts';

const publicSchema = readSchema('public.rules') as AvroRecord;
const type = avro.Type.forSchema(publicSchema as avro.Schema);
const project = ruleProjection({
  publicTopic: 'public.rules',
  latestTopic: 'rules.latest',
  publicSchema,
  encode: (rule) => type.toBuffer(rule),
});
const LONG = 'x'.repeat(1_025);
const record = (key: string | null = 'k') =>
  ({
    partition: 0,
    offset: 1,
    key: key === null ? null : Buffer.from(key),
    value: Buffer.from('v'),
    timestampMs: 1,
  }) as GroupRecord;
const refusalOf = (more: object, key: string | null = 'k') => {
  const projected = project(record(key), { ok: true, record: { ...makeRule('r', 1), ...more } }, () => undefined);
  return 'reason' in projected ? [projected.reason, projected.detail] : undefined;
};

test('a rule is projected, with a key or without one, with ids of 1,024 bytes', () => {
  const longest = 'x'.repeat(1_024);
  expect(refusalOf({}, null)).toBeUndefined();
  expect(refusalOf({ ruleId: longest, eventId: longest }, longest)).toBeUndefined();
});

test.each<[string, object, string | null]>([
  ['rule id', { ruleId: LONG }, 'k'],
  ['event id', { eventId: LONG }, 'k'],
  ['record key', {}, LONG],
])('a %s that is too long is refused by name', (name, more, key) => {
  expect(refusalOf(more, key)).toEqual(['decode', expect.stringContaining(`the ${name} is 1025 bytes long`)]);
});

test.each<[string, object]>([
  ['an id that is a number', { ruleId: 7 }],
  ['no id', { ruleId: undefined }],
  ['a version that is a text', { version: 'v7' }],
  ['a status of the future', { status: 'suspended' }],
])('%s is the record’s own fault, never an error of the projector', (_, more) => {
  expect(refusalOf(more)?.[0]).toBe('projection');
});

test('a long key is told before what else is wrong with the record', () => {
  const projected = project(record(LONG), { ok: false, reason: 'tombstone', detail: 'no value' }, () => undefined);
  expect(projected).toMatchObject({ reason: 'decode', detail: expect.stringContaining('record key') });
});

test.each([-1, 0, 1, 2 ** 48, 2 ** 53])(
  'a record of the time %d is projected, never into the future',
  (timestampMs) => {
    const before = Date.now();
    const given = { ...record(), timestampMs };
    const projected = project(given, { ok: true, record: { ...makeRule('r', 1) } }, () => undefined);
    const times = 'outputs' in projected ? projected.outputs.map((one) => one.timestampMs) : [];
    expect(times).toHaveLength(2);
    for (const ms of times) {
      expect(ms).toBeLessThanOrEqual(Date.now());
      expect(ms).toBeGreaterThanOrEqual(Math.min(timestampMs, before));
    }
  },
);
