// Guarantee 1 for what can never be delivered: parked in original bytes with a reason, and the good records around it arrive.
import { randomBytes } from 'node:crypto';
import type { AvroRecord, AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { readSchema } from '@ess/schemas/catalog.ts';
import { Codec } from '@ess/stream/registry/codec.ts';
import { expect, test } from '@jest/globals';
import type { Schema } from 'avsc';
import avro from 'avsc';
import { framed, long } from '../fakes/kafka/avro-bytes.ts';
import { FakePartner } from '../fakes/partner.ts';
import { makeRule } from '../harness/data/rules.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import type { TestStack } from '../harness/test-stack.ts';
import { openTestStack } from '../harness/test-stack.ts';

const LARGE_BYTES = 900_000;

/** A rule under a schema of its own, which anybody may register. */
async function ruleAs(stack: TestStack, key: string, schema: object, ending: readonly number[] = []): Promise<Buffer> {
  const id = await stack.subjects.register(`t-${randomBytes(5).toString('hex')}-value`, schema as AvroSchemaJson);
  const body = avro.Type.forSchema(schema as Schema).toBuffer({ ...makeRule(key, 2) });
  return framed(id, Buffer.concat([body.subarray(0, body.length - (ending.length > 0 ? 1 : 0)), Buffer.from(ending)]));
}

const but = (schema: AvroRecord, gone: string) => ({
  ...schema,
  fields: schema.fields.filter(({ name }) => name !== gone),
});

test('poison is parked with a reason and in original bytes, and the good records around it are delivered', async () => {
  await using stack = await openTestStack();
  await using partner = await FakePartner.start((request) => (request.text.length > LARGE_BYTES ? 413 : 200));
  // The topic itself, because its schema is known by name; no other test uses it.
  const mapping = { fields: { ruleId: 'ruleId', version: 'version', title: 'title' } };
  await using line = await Pipeline.open(stack, partner, { topic: 'rules', mapping });
  const [worker] = await line.start();
  const good = line.source.encode(makeRule('any', 1));
  const openDeadLetter = await new Codec(stack.registry).encoder(
    'ess.dead-letters-value',
    readSchema('ess.dead-letters') as object,
  );
  const foreign = openDeadLetter({
    partner: 'p',
    ruleId: null,
    version: null,
    topic: 't',
    partition: 0,
    offset: 0,
    key: null,
    value: null,
    headers: [],
    recordTimestamp: 0,
    reason: 'r',
    detail: '',
    attempts: 0,
    parkedAt: 0,
  });
  const schema = readSchema('rules') as AvroRecord;
  const poison: Record<string, readonly [reason: string, value: Buffer | null]> = {
    'random-bytes': ['decode', Buffer.concat([Buffer.from([7]), randomBytes(200)])],
    'wrong-magic': ['decode', Buffer.concat([Buffer.from([1]), good.subarray(1)])],
    empty: ['decode', Buffer.alloc(0)],
    'half-header': ['decode', Buffer.from([0, 0, 0])],
    'unknown-id': ['unknown-schema', framed(987_654, good.subarray(5))],
    'id-zero': ['unknown-schema', framed(0, good.subarray(5))],
    'negative-id': ['unknown-schema', framed(-1, good.subarray(5))],
    'largest-id': ['unknown-schema', framed(2 ** 31 - 1, good.subarray(5))],
    'foreign-schema': ['wrong-schema', foreign],
    'without-a-title': ['wrong-schema', await ruleAs(stack, 'without-a-title', but(schema, 'title'))],
    'two-to-53-parameters': ['decode', await ruleAs(stack, 'two-to-53-parameters', schema, long(2 ** 53 - 1))],
    'more-parameters-than-bytes': ['decode', await ruleAs(stack, 'more-parameters-than-bytes', schema, [1, 126, 0])],
    truncated: ['decode', good.subarray(0, good.length - 9)],
    'trailing-bytes': ['decode', Buffer.concat([good, randomBytes(3)])],
    tombstone: ['tombstone', null],
    'large-garbage': ['decode', Buffer.concat([Buffer.from([9]), randomBytes(LARGE_BYTES)])],
    'large-valid': ['status-413', line.source.encode(makeRule('large-valid', 2, { title: 'x'.repeat(LARGE_BYTES) }))],
  };
  for (const [key, [, value]] of Object.entries(poison)) {
    await line.source.publish([makeRule(key, 1)]);
    await line.source.publishRaw(key, value, { origin: `test-${key}` });
    await line.source.publish([makeRule(key, 3)]);
  }
  // The names of namespaces do not count, nor does what is optional.
  const older = { ...but(schema, 'region'), namespace: 'elsewhere' };
  await line.source.publishRaw('other-namespace', await ruleAs(stack, 'other-namespace', older));
  await line.drained();
  expect(partner.received.filter(({ body }) => body['ruleId'] === 'other-namespace')).toHaveLength(1);

  const parked = new Map((await line.deadLetters()).map((row) => [row.key?.toString(), row]));
  for (const [key, [reason, value]] of Object.entries(poison)) {
    const row = parked.get(key);
    expect([key, row?.reason]).toEqual([key, reason]);
    const same = row?.value == null ? row?.value === value : row.value.equals(value as Buffer);
    expect([key, row?.value?.length, same]).toEqual([key, value?.length, true]);
    expect(row?.headers.map((header) => [header.key, header.value?.toString()])).toEqual([['origin', `test-${key}`]]);
    expect(row?.detail).not.toBe('');
    const versions = partner.received
      .filter(({ body, status }) => body['ruleId'] === key && status === 200)
      .map(({ body }) => body['version']);
    expect([key, versions]).toEqual([key, [1, 3]]);
  }
  expect(parked.size).toBe(Object.keys(poison).length);
  expect(worker?.ended).toBeUndefined();
});
