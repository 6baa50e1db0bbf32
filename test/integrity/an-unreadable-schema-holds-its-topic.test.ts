// A schema that the registry gives and that nobody can read is no unknown id. When it is the topic's own its records wait in the topic,
// for workers and projector alike, until it can be read or a person decides. One that somebody wrote a foreign schema into does not.
import { randomBytes } from 'node:crypto';
import type { AvroRecord, AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { readSchema } from '@ess/schemas/catalog.ts';
import type { DeadLetter } from '@ess/schemas/generated/types.ts';
import { expect, test } from '@jest/globals';
import { framed } from '../fakes/kafka/avro-bytes.ts';
import type { FakePartner } from '../fakes/partner.ts';
import { makeRule } from '../harness/data/rules.ts';
import type { SourceTopic } from '../harness/data/source-topic.ts';
import { eventually } from '../harness/deadline.ts';
import { behindProxy } from '../harness/programs/behind-proxy.ts';
import { Belt } from '../harness/programs/belt.ts';
import type { TestStack } from '../harness/test-stack.ts';
import { openTestStack } from '../harness/test-stack.ts';

const HEADER_BYTES = 5;
/** Java takes it, and no record of it ends. */
const endless = (name: string) => ({ type: 'record', name, fields: [{ name: 'self', type: name }] }) as AvroSchemaJson;
const unique = () => randomBytes(5).toString('hex');

/** As a person does it who lets its records go. */
async function deleteNewest({ registry }: TestStack, topic: string): Promise<void> {
  const { ok } = await fetch(`${registry}/subjects/${topic}-value/versions/latest`, { method: 'DELETE' });
  expect(ok).toBe(true);
}

const byOffset = async (letters: Promise<DeadLetter[]>) => (await letters).toSorted((a, b) => a.offset - b.offset);
const idsOf = (partner: FakePartner) => partner.received.map(({ body }) => String(body['ruleId']));

test('a schema of the topic that cannot be read holds it until it can be, or is gone; a foreign one parks its record', async () => {
  await using stack = await openTestStack();
  await using behind = await behindProxy(stack);
  const { proxy, partner, line } = behind;
  await using belt = await Belt.open(stack, 1);
  const rules = readSchema('rules') as AvroRecord;
  const late = await stack.subjects.register(`${line.source.name}-value`, { ...rules, doc: unique() });
  const [own, foreign] = [endless(`Own${unique()}`), endless(`Foreign${unique()}`)];
  const foreignId = await stack.subjects.register(`t-${unique()}-value`, foreign);
  const [ownId] = await Promise.all(
    [line.source, belt.source].map(({ name }) => stack.subjects.register(`${name}-value`, own)),
  );
  let isBroken = true;
  proxy.instead = (path) =>
    isBroken && path === `/schemas/ids/${late}` ? { status: 200, body: { schema: '{"type":' } } : undefined;
  const raw = (source: SourceTopic, id: number, ruleId: string) =>
    source.publishRaw(ruleId, framed(id, source.encode(makeRule(ruleId, 1)).subarray(HEADER_BYTES)));
  for (const { source } of [line, belt]) {
    await source.publish([makeRule('a', 1)]);
    await raw(source, foreignId, 'foreign');
    await raw(source, late, 'late');
    await raw(source, ownId as number, 'own');
    await source.publish([makeRule('b', 1)]);
  }
  const projector = belt.spawn();
  const [worker] = await line.start();
  if (!worker) throw new Error('no worker');
  const holds = async (why: RegExp) => {
    const held = await worker.logged('source.held', ({ error }) => why.test(String(error)));
    expect(held).toMatchObject({ level: 'error', remedy: expect.stringContaining(`delete that version of`) });
    expect(await line.metric(worker, 'ess_source_held')).toBe(1);
    await eventually(
      'status tells it',
      async () => why.test((await line.run('status', line.partner)).stdout) || undefined,
    );
  };
  const { name } = line.source;
  await holds(new RegExp(`source: ${name} 0:2: schema id ${late} is there and cannot be read: it is not JSON`));
  await partner.until((received) => received.length === 1);
  expect([idsOf(partner), (await line.committed()).get(0)?.offset]).toEqual([['a'], 2]);
  const letter = { offset: 1, reason: 'unreadable-schema', detail: expect.stringMatching(/Foreign.* contains itself/) };
  expect(await line.deadLetters()).toMatchObject([letter]);

  isBroken = false;
  await holds(new RegExp(`source: ${name} 0:3: schema id ${ownId} is there and cannot be read: Own.* contains itself`));
  await partner.until((received) => received.length === 2);
  expect(idsOf(partner)).toEqual(['a', 'late']);
  const told = await projector.logged('projector.source-held');
  expect(told).toMatchObject({ level: 'error', offset: 3, error: expect.stringMatching(/Own.* contains itself/) });
  await eventually('what was before it is public', async () => (await belt.seen()).length === 2 || undefined);

  for (const { source } of [line, belt]) await deleteNewest(stack, source.name);
  await Promise.all([line.drained(), belt.drained()]);
  expect(idsOf(partner)).toEqual(['a', 'late', 'b']);
  expect(await byOffset(line.deadLetters())).toMatchObject([
    letter,
    { offset: 3, reason: expect.stringMatching(/-schema$/) },
  ]);
  expect(await line.metric(worker, 'ess_source_held')).toBe(0);
  expect((await belt.seen()).map(({ rule }) => rule.ruleId)).toEqual(['a', 'late', 'b']);
  expect(await byOffset(belt.deadLetters())).toMatchObject([letter, { offset: 3 }]);
  expect([worker.count('source.held'), projector.count('projector.source-held')]).toEqual([2, 1]);

  // Whatever cannot be read for the record's own sake, and in whatever mixture: a long run of it drains no topic.
  const other = { type: 'record', name: 'RulePublished', fields: [{ name: 'ruleId', type: 'string' }] };
  const otherId = await stack.subjects.register(`t-${unique()}-value`, other as AvroSchemaJson);
  const body = Buffer.from([2, 65]);
  const kinds = [Buffer.from([9]), framed(foreignId, body), framed(987_654, body), framed(otherId, body)];
  for (let at = 0; at < 16; at += 1) await line.source.publishRaw(`k${at}`, kinds[at % kinds.length] as Buffer);
  expect(await worker.logged('partner.held')).toMatchObject({
    reason: expect.stringMatching(/^too many records refused in a row, last: (decode|un.*-schema|wrong-schema)$/),
  });
  const parked = async () => (await line.deadLetters()).length - 2;
  await eventually(
    'ten of them are parked',
    async () => ((await parked()) >= 10 && (await line.lag()) <= 6) || undefined,
  );
  expect([await parked(), await line.lag()]).toEqual([10, 6]);
});
