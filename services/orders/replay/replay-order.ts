// What `ess replay` was asked for: options as text, checked, and looked up in Kafka.

import type { ReadAs } from '@ess/domain/avro/read-as.ts';
import type { PartitionFacts, ReplayFrom, ReplayTarget, ReplayUntil } from '@ess/domain/control/replay-target.ts';
import { replayTargets } from '@ess/domain/control/replay-target.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { parseMoment } from '@ess/domain/text/moment.ts';
import type { GroupView } from '@ess/stream/group/group-view.ts';
import type { Admin, Kafka } from '@ess/stream/kafkajs/client.ts';
import { read } from '@ess/stream/read/read.ts';
import { decodedRecords } from '@ess/stream/read/rows.ts';
import type { Decodes } from '@ess/stream/registry/codec.ts';

export interface ReplayOptions {
  readonly since?: string;
  readonly fromOffset?: string;
  readonly fromEvent?: string;
  readonly earliest?: boolean;
  readonly current?: boolean;
  readonly until?: string;
  readonly key?: string;
  readonly partitions?: string;
  readonly clamp?: boolean;
}

export interface TargetContext {
  readonly kafka: Kafka;
  readonly admin: Pick<Admin, 'fetchTopicOffsetsByTimestamp'>;
  readonly codec: Decodes;
  readonly topic: string;
  /** What its records are read as. */
  readonly reads: ReadAs | undefined;
  readonly view: GroupView;
}

/** Travels in the commit metadata. */
const KEY_MAX_CHARS = 256;

/** @throws EssError ESS_USAGE before anything is asked of Kafka */
export function checkOptions(options: ReplayOptions): void {
  const { since, fromOffset, fromEvent, earliest, current, until, partitions, key } = options;
  const starts = [since, fromOffset, fromEvent, earliest, current].filter((option) => option !== undefined);
  if (starts.length !== 1)
    throw new EssError(
      'ESS_USAGE',
      'say where to begin, once: --since TIME, --from-offset P:O, --from-event ID, --earliest or --current',
    );
  if (current && until !== undefined)
    throw new EssError('ESS_USAGE', '--current sends what is in force now: --until has no meaning with it');
  if (key !== undefined && key.length > KEY_MAX_CHARS)
    throw new EssError('ESS_USAGE', `--key is longer than ${KEY_MAX_CHARS} characters`);
  if (since !== undefined) parseMoment(since, '--since');
  if (until !== undefined) parseMoment(until, '--until');
  if (fromOffset !== undefined) parseOffset(fromOffset);
  if (partitions !== undefined) parsePartitions(partitions);
}

/** @throws EssError ESS_USAGE with the valid range */
export async function findTargets(options: ReplayOptions, context: TargetContext): Promise<ReplayTarget[]> {
  const nowMs = Date.now();
  const from = await findStart(options, context, nowMs);
  const until =
    options.until === undefined ? undefined : await offsetsAt(context, parseMoment(options.until, '--until', nowMs));
  return replayTargets(await factsOf(context), {
    topic: context.topic,
    from,
    until,
    nowMs,
    clamp: options.clamp ?? false,
    partitions: options.partitions === undefined ? undefined : parsePartitions(options.partitions),
  });
}

async function findStart(options: ReplayOptions, context: TargetContext, nowMs: number): Promise<ReplayFrom> {
  if (options.earliest) return { kind: 'earliest' };
  if (options.current) return { kind: 'current' };
  if (options.since !== undefined)
    return { kind: 'since', ...(await offsetsAt(context, parseMoment(options.since, '--since', nowMs))) };
  if (options.fromOffset !== undefined) return { kind: 'offset', ...parseOffset(options.fromOffset) };
  return { kind: 'offset', ...(await findEvent(options.fromEvent ?? '', context)) };
}

async function offsetsAt({ admin, topic }: TargetContext, ms: number): Promise<ReplayUntil> {
  const found = await admin.fetchTopicOffsetsByTimestamp(topic, ms);
  return { ms, offsets: new Map(found.map(({ partition, offset }) => [partition, Number(offset)])) };
}

/** The time of the first record is read where retention may have taken something. */
async function factsOf({ kafka, topic, view }: TargetContext): Promise<PartitionFacts[]> {
  const firstMs = new Map<number, number>();
  const within = new Map(
    view.partitions
      .filter(({ low, high }) => low < high)
      .map(({ partition, low }) => [partition, { from: low, to: low + 1 }]),
  );
  if (within.size > 0)
    for await (const [first] of read(kafka, { topic, within }))
      if (first) firstMs.set(first.partition, first.timestampMs);
  return view.partitions.map(({ partition, low, position }) => ({
    partition,
    low,
    position: Math.max(low, position),
    firstMs: firstMs.get(partition),
  }));
}

/** Only the partition that holds the event is replayed: order is per rule, and a rule has one partition. */
async function findEvent(eventId: string, { kafka, codec, topic, reads }: TargetContext) {
  for await (const batch of decodedRecords(codec, reads, read(kafka, { topic })))
    for (const { record, decoded } of batch)
      if (decoded.ok && decoded.record['eventId'] === eventId)
        return { partition: record.partition, offset: record.offset };
  throw new EssError('ESS_USAGE', `${topic} holds no event "${eventId}": it may have left retention`);
}

function parseOffset(text: string): { partition: number; offset: number } {
  const found = /^(\d{1,6}):(\d{1,15})$/.exec(text);
  if (!found) throw new EssError('ESS_USAGE', `--from-offset "${text}": write PARTITION:OFFSET, e.g. 3:1042`);
  return { partition: Number(found[1]), offset: Number(found[2]) };
}

function parsePartitions(text: string): number[] {
  if (!/^\d{1,6}(,\d{1,6})*$/.test(text)) throw new EssError('ESS_USAGE', `--partitions "${text}": write e.g. 0,3,5`);
  return [...new Set(text.split(',').map(Number))];
}
