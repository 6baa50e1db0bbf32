import type { Decoded } from '@ess/stream/registry/codec.ts';
import { FakeTopic } from '@ess/test/fakes/kafka/fake-cluster.ts';
import { expect, test } from '@jest/globals';
import { SourceRules } from '../fold/source-rules.ts';
import type { SourcesOptions } from './sources.ts';
import { Sources, takeOwn } from './sources.ts';

test('of a record that maybe can be read another time it is known that it is there; one that never can is a dead letter', () => {
  const source = new SourceRules({ topic: 'rules', key: 'ruleId', version: 'version' });
  const take = (rule: string, offset: number, decoded: Partial<Decoded>) => {
    const place = {
      key: Buffer.from(rule),
      partition: 0,
      offset,
      timestampMs: 1_000,
      value: null,
      headers: {},
      bytes: 0,
    };
    takeOwn(source, null, place, decoded as Decoded);
    return source.rowOf(rule);
  };
  const read = { ok: true, record: { ruleId: 'a', version: 5, publishedAt: 900 } } as const;
  expect(source.newest(take('a', 7, read))).toMatchObject({ version: 5, offset: 7, publishedAtMs: 900 });
  expect(source.unread(take('a', 8, { ok: false, reason: 'unknown-schema' }))).toMatchObject({ offset: 8 });
  expect(source.unread(take('b', 9, { ok: false, reason: 'decode' }))).toBeUndefined();
});

test('who cannot follow what is in force leaves no reader of the source behind', async () => {
  const topic = new FakeTopic(1, 'rules');
  await using sources = new Sources({
    kafka: FakeTopic.kafkaOf([topic]),
    admin: { fetchOffsets: async () => [] },
    topicIds: { of: async () => 'id' },
  } as unknown as SourcesOptions);
  const rules = sources.add({ topic: 'rules', key: 'ruleId', version: 'version' });
  await expect(sources.follow(rules)).rejects.toMatchObject({ code: 'ESS_CONFIG' });
  expect(topic.asked.disconnect).toBe(1);
});
