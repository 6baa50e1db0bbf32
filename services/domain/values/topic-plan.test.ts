import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { EssError } from '../text/error.ts';
import { planTopics } from './topic-plan.ts';

const plan = (topics: object | null, brokers = 3, defaults?: object) =>
  planTopics({ ...(defaults ? { defaults } : {}), topics }, brokers);
const complaint = (topics: object | null, defaults?: object): string => {
  try {
    plan(topics, 3, defaults);
  } catch (error) {
    expect(error).toBeInstanceOf(EssError);
    return (error as EssError).message;
  }
  return 'no complaint';
};

test('a topic takes the defaults and overrides them field by field', () => {
  const defaults = { partitions: 12, replication: 3, minInsyncReplicas: 2, retention: '7d' };
  expect(plan({ rules: null, 'ess.control': { partitions: 1, compact: true } }, 3, defaults)).toEqual([
    {
      name: 'rules',
      partitions: 12,
      replication: 3,
      config: { 'cleanup.policy': 'delete', 'min.insync.replicas': '2', 'retention.ms': '604800000' },
    },
    {
      name: 'ess.control',
      partitions: 1,
      replication: 3,
      config: { 'cleanup.policy': 'compact', 'min.insync.replicas': '2', 'retention.ms': '604800000' },
    },
  ]);
});

test.each([
  [1, 1, '1'],
  [2, 2, '1'],
  [3, 3, '2'],
  [5, 3, '2'],
])(
  'on %i brokers there are %i replicas, %s of them in sync: one broker may always be away',
  (brokers, replicas, isr) => {
    const [topic] = plan({ rules: { replication: 3, minInsyncReplicas: 2 } }, brokers);
    expect([topic!.replication, topic!.config['min.insync.replicas']]).toEqual([replicas, isr]);
  },
);

test.each([
  ['500ms', '500'],
  ['90s', '90000'],
  ['10m', '600000'],
  ['12h', '43200000'],
  ['30d', '2592000000'],
])('%s is %s ms', (retention, expected) => {
  expect(plan({ t: { retention } })[0]!.config['retention.ms']).toBe(expected);
});

test('settings of Kafka pass through and win', () => {
  expect(
    plan({ t: { config: { 'max.message.bytes': '2097152', 'cleanup.policy': 'compact,delete' } } })[0]!.config,
  ).toEqual({
    'max.message.bytes': '2097152',
    'cleanup.policy': 'compact,delete',
    'min.insync.replicas': '1',
  });
});

test('settings of the defaults hold for every topic, and a topic changes only those that it names', () => {
  const defaults = { config: { 'compression.type': 'uncompressed', 'max.message.bytes': '1000' } };
  const topics = { a: null, b: { config: { 'max.message.bytes': '2000' } }, c: { config: { 'segment.ms': '1' } } };
  const settings = (config: Readonly<Record<string, string>>) =>
    ['compression.type', 'max.message.bytes', 'segment.ms'].map((name) => config[name]);
  expect(plan(topics, 1, defaults).map(({ config }) => settings(config))).toEqual([
    ['uncompressed', '1000', undefined],
    ['uncompressed', '2000', undefined],
    ['uncompressed', '1000', '1'],
  ]);
});

describe('a wrong file is refused with topic and field', () => {
  test.each([
    [null, '"topics" is missing'],
    [{ rules: { partition: 3 } }, 'rules.partition is not known; there are partitions, replication'],
    [{ rules: { retention: 'a week' } }, 'rules.retention "a week" is no duration; write it like 7d'],
    [{ rules: { partitions: -3 } }, 'rules.partitions is -3; write a whole number above 0'],
    [{ rules: { replication: '3' } }, 'rules.replication is "3"; write a whole number above 0'],
    [{ rules: { retention: '7' } }, 'rules.retention "7" is no duration'],
  ])('%j', (topics, message) => {
    expect(complaint(topics)).toContain(message);
  });

  test('an empty file', () => {
    expect(() => planTopics(null, 1, 'mine.yaml')).toThrow('mine.yaml: "topics" is missing');
  });
});

test('the file that ships is valid and has every topic that the programs use', () => {
  const file = parse(readFileSync(new URL('../../../infra/topics.yaml', import.meta.url), 'utf8')) as unknown;
  const topics = new Map(planTopics(file, 3).map((topic) => [topic.name, topic]));
  expect([...topics.keys()].sort()).toEqual(
    [
      ...['rules', 'rules.latest', 'public.rules', 'hospital.bedChange', 'ess.audit', 'ess.delivery-state'],
      ...['ess.dead-letters', 'ess.dead-letter-state', 'ess.stream-state', 'ess.control'],
    ].sort(),
  );
  expect(topics.get('rules')).toMatchObject({ partitions: 12 });
  for (const { config } of topics.values()) expect(config['compression.type']).toBe('uncompressed');
});
