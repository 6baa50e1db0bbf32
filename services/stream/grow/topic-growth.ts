// More partitions for a topic whose keys have an order. A key may be in another partition afterwards, where another worker could deliver its
// next version before the one of before: so nobody writes, and everybody who reads has read to the end, when the partitions come.
//   drained -> the topics that the projector makes of it -> what rules.latest has of a key goes where the key is -> the topic itself
import { setTimeout as delay } from 'node:timers/promises';
import { VERSION_HEADER } from '@ess/domain/delivery/version.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { LATEST_TOPIC, PUBLIC_TOPIC, RULES_TOPIC } from '@ess/schemas/topics.ts';
import { withAdmin } from '../kafkajs/admin.ts';
import type { Admin, Kafka } from '../kafkajs/client.ts';
import { askGroup } from '../kafkajs/refusals.ts';
import { read } from '../read/read.ts';
import { partitionOf } from '../wire/partition.ts';
import type { ReadRecord } from '../wire/record-batches.ts';

export interface GrowthOptions {
  readonly topic: string;
  /** How many there shall be. */
  readonly partitions: number;
  /** Groups that are given up: their order is not kept. */
  readonly without: ReadonlySet<string>;
  /** How long what waits may take, ms. */
  readonly withinMs: number;
  /** What is waited for has changed. */
  readonly onWaiting: (what: string) => void;
}

export interface GrownTopic {
  readonly topic: string;
  readonly from: number;
  readonly to: number;
  /** Entries that were put where their key is now. */
  readonly moved?: number;
}

/** Nobody has written for so long: who writes in a stream writes more often. */
const STILL_MS = 3_000;
const LOOK_AGAIN_MS = 250;
/** One request of the copies. */
const MOVED_AT_ONCE = 500;

/**
 * Resolves when all partitions have leaders. What fails leaves the topic as it was; calling again goes on.
 * @throws EssError ESS_USAGE for a number that is no growth, ESS_CONFLICT when somebody writes or has not read to the end in time
 */
export function growTopic(kafka: Kafka, options: GrowthOptions): Promise<GrownTopic[]> {
  const { topic, partitions } = options;
  return withAdmin(kafka, async (admin) => {
    const from = await fewerNow(admin, options);
    const end = await drained(admin, options);
    const grown: GrownTopic[] = [];
    if (topic === RULES_TOPIC)
      for (const made of [PUBLIC_TOPIC, LATEST_TOPIC]) {
        const had = await partitionsOf(admin, made);
        if (had < partitions) await add(admin, made, partitions);
        const moved = made === LATEST_TOPIC ? { moved: await moveKeys(kafka, made, from, partitions) } : {};
        grown.push({ topic: made, from: had, to: Math.max(had, partitions), ...moved });
      }
    if (String(await endsOf(admin, topic)) !== String(end)) throw new EssError('ESS_CONFLICT', writing(topic));
    await add(admin, topic, partitions);
    return [...grown, { topic, from, to: partitions }];
  });
}

/**
 * Puts the newest entry of each key of a compacted topic where the key is when there are `to` partitions. What is left in the old
 * partition is taken out, without a version: it is no withdrawal.
 * @returns how many keys have moved
 */
export async function moveKeys(kafka: Kafka, topic: string, from: number, to: number): Promise<number> {
  const newest = new Map<string, ReadRecord>();
  // A copy that an earlier call has made is overtaken by what the old partition has.
  for await (const records of read(kafka, { topic }))
    for (const record of records)
      if (record.key !== null && record.partition === partitionOf(record.key, from))
        newest.set(record.key.toString('latin1'), record);
  const isGone = ({ value, headers }: ReadRecord) => value === null && headers[VERSION_HEADER] === undefined;
  const moving = [...newest.values()].filter(
    (record) => !isGone(record) && record.key !== null && partitionOf(record.key, to) !== record.partition,
  );
  const producer = kafka.producer({ idempotent: true, allowAutoTopicCreation: false });
  await producer.connect();
  try {
    for (let at = 0; at < moving.length; at += MOVED_AT_ONCE) {
      const some = moving.slice(at, at + MOVED_AT_ONCE);
      await producer.send({ topic, acks: -1, messages: some.map((record) => copyOf(record, to)) });
      const gone = some.map(({ key, partition }) => ({ key, partition, value: null }));
      await producer.send({ topic, acks: -1, messages: gone });
    }
  } finally {
    await producer.disconnect();
  }
  return moving.length;
}

const copyOf = ({ key, value, headers, timestampMs }: ReadRecord, to: number) => ({
  ...{ key, value, timestamp: String(timestampMs), partition: partitionOf(key as Buffer, to) },
  headers: Object.fromEntries(Object.entries(headers).filter(([, one]) => Buffer.isBuffer(one))) as Record<
    string,
    Buffer
  >,
});

/** @returns where the topic ends, when everybody is there and nobody writes */
async function drained(admin: Admin, { topic, without, withinMs, onWaiting }: GrowthOptions): Promise<number[]> {
  const deadline = performance.now() + withinMs;
  let ends = await endsOf(admin, topic);
  let sinceMs = performance.now();
  let told = '';
  for (;;) {
    const waiting = await waitingFor(admin, topic, without);
    const now = await endsOf(admin, topic);
    const isStill = String(now) === String(ends);
    if (!isStill) {
      ends = now;
      sinceMs = performance.now();
    }
    if (isStill && waiting === undefined && performance.now() - sinceMs >= STILL_MS) return ends;
    const why = waiting ?? (isStill ? undefined : writing(topic));
    if (why !== undefined && why !== told) onWaiting(why);
    told = why ?? told;
    if (performance.now() > deadline)
      throw new EssError('ESS_CONFLICT', `${told || writing(topic)}; nothing was changed`);
    await delay(LOOK_AGAIN_MS);
  }
}

const writing = (topic: string): string =>
  `somebody writes to ${topic}: stop all who do (doors, publishers), and start them again when it has grown`;

/** @returns which group has not read to the end; undefined: all have */
async function waitingFor(admin: Admin, topic: string, without: ReadonlySet<string>): Promise<string | undefined> {
  const [bounds, { groups }] = await Promise.all([admin.fetchTopicOffsets(topic), admin.listGroups()]);
  for (const { groupId } of groups.filter((group) => !without.has(group.groupId))) {
    const [found] = await askGroup(groupId, () => admin.fetchOffsets({ groupId, topics: [topic] }));
    const committed = new Map(found?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
    if (![...committed.values()].some((offset) => offset >= 0)) continue; // it reads something else
    const records = bounds.reduce((sum, { partition, low, high }) => {
      return sum + Math.max(0, Number(high) - Math.max(Number(low), committed.get(partition) ?? 0));
    }, 0);
    if (records > 0)
      return `the group ${groupId} has ${records} records of ${topic} to read: let it come to the end, or give it up with --without ${groupId}`;
  }
  return undefined;
}

const endsOf = async (admin: Admin, topic: string): Promise<number[]> =>
  (await admin.fetchTopicOffsets(topic)).toSorted((a, b) => a.partition - b.partition).map(({ high }) => Number(high));

type Growth = Pick<GrowthOptions, 'topic' | 'partitions'>;

/** Before anybody is asked. @throws EssError ESS_USAGE for a number that is no growth */
export const checkGrowth = (kafka: Kafka, growth: Growth): Promise<unknown> =>
  withAdmin(kafka, (admin) => fewerNow(admin, growth));

/** @returns how many there are */
async function fewerNow(admin: Pick<Admin, 'fetchTopicMetadata'>, { topic, partitions }: Growth): Promise<number> {
  const from = await partitionsOf(admin, topic);
  if (partitions > from) return from;
  throw new EssError(
    'ESS_USAGE',
    `${topic} has ${from} partitions: they can only become more, e.g. --partitions ${2 * from}`,
  );
}

async function partitionsOf(admin: Pick<Admin, 'fetchTopicMetadata'>, topic: string): Promise<number> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  return topics[0]?.partitions.length ?? 0;
}

async function add(admin: Admin, topic: string, count: number): Promise<void> {
  await admin.createPartitions({ topicPartitions: [{ topic, count }] });
  for (;;) {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    const led = topics[0]?.partitions.filter(({ leader }) => leader >= 0) ?? [];
    if (led.length >= count) return;
    await delay(LOOK_AGAIN_MS);
  }
}
