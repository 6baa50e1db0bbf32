// Whoever may write to a topic may write any bytes under any schema. A record that lies about its counts, lengths or depth is
// refused at once, by every reader of every topic, and what is behind it flows.
import { randomBytes } from 'node:crypto';
import type { AvroRecord, AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { readSchema } from '@ess/schemas/catalog.ts';
import { Codec } from '@ess/stream/registry/codec.ts';
import { expect, test } from '@jest/globals';
import type { Schema } from 'avsc';
import avro from 'avsc';
import { array, CHAIN, framed, HOLLOW, KINDS, long, map, one, TREE } from '../fakes/kafka/avro-bytes.ts';
import { FakePartner } from '../fakes/partner.ts';
import { makeRule } from '../harness/data/rules.ts';
import { Belt } from '../harness/programs/belt.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import type { TestStack } from '../harness/test-stack.ts';
import { openTestStack } from '../harness/test-stack.ts';
import { lyingRecord } from './own-topics/lying-record.ts';

const register = (stack: TestStack, schema: AvroSchemaJson) =>
  stack.subjects.register(`t-${randomBytes(6).toString('hex')}-value`, schema);

type Case = [what: string, schema: AvroSchemaJson, body: number[], detail: RegExp];
const LIES: Case[] = [
  ['a map of 2^53 - 1 entries', one(map('string')), long(2 ** 53 - 1), /field f: 9007199254740991 items/],
  ['400,000,000 nulls', one(array('null')), [...long(4e8), 0], /take no byte/],
  ['20,000 empty records', one(array({ type: 'record', name: 'E', fields: [] })), [...long(2e4), 0], /take no byte/],
  ['a million nulls record by record', HOLLOW, [], /take no byte/],
  ['arrays that announce all that is left, in one another', TREE, Array(500).fill(126), /64 values/],
  ['a block that is longer than it says', one(array('int')), [3, 2, 2, 2, 0], /a block ends/],
  ['a block that is larger than the record', one(array('int')), [1, ...long(1e9), 2, 0], /bytes announced/],
  ['a block of negative size', one(map('int')), [1, 1, 0, 0], /a length of -1/],
  ['a text of 2 GB', one('string'), [...long(2 ** 31), 65], /bytes announced/],
  ['a key of negative length', one(map('int')), [2, 1, 2, 0], /a length of -1/],
  ['a fixed of 1 GB', one({ type: 'fixed', name: 'F', size: 2 ** 30 }), [1], /bytes announced/],
  ['ten thousand records in one another', CHAIN, Array(10_000).fill(2), /64 values one inside the other/],
  ['a branch that is none', one(['null', 'string']), [8], /union index/],
  ['a symbol that is none', one(KINDS), [8], /enum index/],
  ['a boolean of 7', one('boolean'), [7], /a boolean is 7/],
  ['a number without end', one('long'), Array(900_000).fill(255), /more than 10 bytes/],
];

test('what lies is refused, whatever topic it is in; what is odd but right is read', async () => {
  await using stack = await openTestStack();
  const codec = new Codec(stack.registry);
  const judge = async (schema: AvroSchemaJson, body: number[], topic?: string) => {
    const value = framed(await register(stack, schema), Buffer.from(body));
    await codec.prepare([value]);
    return codec.decode(value, topic);
  };
  for (const [what, schema, body, detail] of LIES)
    expect([what, await judge(schema, body)]).toEqual([
      what,
      { ok: false, reason: 'decode', detail: expect.stringMatching(detail) },
    ]);
  expect(await judge(one(array('int')), [3, 4, 2, 4, 0])).toEqual({ ok: true, record: { f: [1, 2] } });
  const proto = Buffer.from('__proto__');
  const polluted = await judge(one(map(map('int'))), [2, 18, ...proto, 2, 2, 65, 2, 0, 0]);
  expect(JSON.stringify(polluted.ok && polluted.record)).toBe('{"f":{"__proto__":{"A":1}}}');
  expect(({} as Record<string, unknown>)['A']).toBeUndefined();
});

test('a topic takes what resolves into its schema, whatever it is called, and nothing else', async () => {
  await using stack = await openTestStack();
  const codec = new Codec(stack.registry);
  const rules = readSchema('rules') as AvroRecord;
  const fieldsBut = (name: string, ...instead: AvroRecord['fields']) => [
    ...rules.fields.filter((field) => field.name !== name),
    ...instead,
  ];
  const judge = async (schema: AvroRecord) => {
    const type = avro.Type.forSchema(schema as Schema);
    const value = framed(await register(stack, schema), type.toBuffer({ ...makeRule('r', 1), more: 'x' }));
    await codec.prepare([value]);
    const decoded = codec.decode(value, 'rules');
    return decoded.ok ? decoded.record : decoded;
  };
  const wrong = (detail: RegExp) => ({ reason: 'wrong-schema', detail: expect.stringMatching(detail) });
  expect(await judge({ ...rules, namespace: 'elsewhere' })).toMatchObject({ ruleId: 'r' });
  expect(await judge({ ...rules, fields: fieldsBut('region') })).toMatchObject({ ruleId: 'r', region: null });
  expect(await judge({ ...rules, fields: fieldsBut('version', { name: 'version', type: 'int' }) })).toMatchObject({
    version: 1,
  });
  const wider = { ...rules, fields: [...rules.fields, { name: 'more', type: 'string' }] };
  const names = rules.fields.map(({ name }) => name);
  expect(Object.keys(await judge(wider))).toEqual(names);
  expect(await judge({ ...rules, name: 'RuleUnpublished' })).toMatchObject(wrong(/is gov.hms.rules.RuleUnpublished/));
  expect(await judge({ ...rules, fields: fieldsBut('title') })).toMatchObject(wrong(/field title is missing/));
  expect(await judge({ ...rules, fields: fieldsBut('version', { name: 'version', type: 'double' }) })).toMatchObject(
    wrong(/field version is double where long/),
  );
});

test('a worker parks it as decode, the projector too, and the good records behind it flow', async () => {
  await using stack = await openTestStack();
  await using partner = await FakePartner.start(() => 200);
  await using line = await Pipeline.open(stack, partner, { partitions: 1 });
  await using belt = await Belt.open(stack, 1);
  const lying = await lyingRecord(stack, 'rules', makeRule('lying', 2));
  await Promise.all(
    [line.source, belt.source].map(async (source) => {
      await source.publish([makeRule('lying', 1)]);
      await source.publishRaw('lying', lying);
      await source.publish([makeRule('lying', 3), makeRule('other', 1)]);
    }),
  );
  const projector = belt.spawn();
  const [worker] = await line.start();
  await Promise.all([line.drained(), belt.drained()]);
  expect(partner.received.map(({ body }) => `${body['ruleId']} ${body['version']}`).sort()).toEqual([
    ...['lying 1', 'lying 3', 'other 1'],
  ]);
  const letter = { offset: 1, reason: 'decode', value: lying, detail: expect.stringMatching(/^field lies: 9007/) };
  expect(await line.deadLetters()).toMatchObject([letter]);
  expect(await belt.deadLetters()).toMatchObject([{ ...letter, partner: 'public' }]);
  expect((await belt.seen()).map(({ rule }) => `${rule.ruleId} ${rule.version}`)).toEqual([
    ...['lying 1', 'lying 3', 'other 1'],
  ]);
  expect([worker?.ended, projector.ended]).toEqual([undefined, undefined]);
});
