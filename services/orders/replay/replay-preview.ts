// What a replay would do, counted from the records themselves: how many, how many of them for this partner, how many have
// a newer version by now, how many bytes, and how long that takes.

import type { Connector } from '@ess/domain/connector/connector.ts';
import type { ReplayTarget } from '@ess/domain/control/replay-target.ts';
import { keyText } from '@ess/domain/text/foreign-id.ts';
import { timeText } from '@ess/domain/text/moment.ts';
import { LATEST_TOPIC } from '@ess/schemas/topics.ts';
import type { GroupView } from '@ess/stream/group/group-view.ts';
import type { Kafka } from '@ess/stream/kafkajs/client.ts';
import { read } from '@ess/stream/read/read.ts';
import { decodedRecords } from '@ess/stream/read/rows.ts';
import type { Codec } from '@ess/stream/registry/codec.ts';
import { partitionOf } from '@ess/stream/wire/partition.ts';
import type { ReadRecord } from '@ess/stream/wire/record-batches.ts';

export interface PartitionPreview {
  readonly partition: number;
  readonly before: number;
  readonly after: number;
  readonly until: number;
  readonly records: number;
  readonly inScope: number;
  /** Those in scope of which a newer version is in scope too, and below the position. */
  readonly superseded: number;
  readonly bytes: number;
  /** The time of the first record, when retention has taken some that were asked for. */
  readonly cutTo: string | null;
}

export interface ReplayPreview {
  readonly partitions: readonly PartitionPreview[];
  readonly records: number;
  readonly inScope: number;
  readonly superseded: number;
  readonly bytes: number;
  /** Deliveries per second that the estimate rests on; null when no worker has measured any. */
  readonly perSecond: number | null;
  readonly etaSeconds: number | null;
  /** There may be more records than these: nobody counted further. What is sent is the same. */
  readonly isMore?: true;
}

export interface ReplayPreviewOptions {
  readonly kafka: Kafka;
  readonly codec: Codec;
  readonly connector: Connector;
  readonly view: GroupView;
  readonly key: string | null;
  readonly ratePerSecond: number | null;
  /** Every rule in force instead of ranges. */
  readonly current: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Records of ranges that are read at most; absent: all. */
  readonly countedMax?: number | undefined;
}

interface Count {
  records: number;
  inScope: number;
  bytes: number;
  /** By rule: selected records, and whether the newest one in scope is among them. */
  readonly rules: Map<string, { selected: number; newest: boolean }>;
}

export async function previewReplay(
  targets: readonly ReplayTarget[],
  options: ReplayPreviewOptions,
): Promise<ReplayPreview> {
  const counts = new Map<number, Count>(
    targets.map(({ partition }) => [partition, { records: 0, inScope: 0, bytes: 0, rules: new Map() }]),
  );
  const isMore = options.current ? await countCurrent(counts, options) : await countRanges(targets, counts, options);
  const partitions = targets.map((target) => previewOf(target, counts.get(target.partition) as Count));
  const sum = (name: 'records' | 'inScope' | 'superseded' | 'bytes') =>
    partitions.reduce((total, one) => total + one[name], 0);
  const perSecond = rateOf(options);
  return {
    partitions,
    records: sum('records'),
    inScope: sum('inScope'),
    superseded: sum('superseded'),
    bytes: sum('bytes'),
    perSecond,
    etaSeconds: perSecond === null || isMore ? null : Math.ceil((sum('inScope') / perSecond) * 10) / 10,
    ...(isMore && { isMore }),
  };
}

/** @returns whether there is more than was counted */
async function countRanges(
  targets: readonly ReplayTarget[],
  counts: ReadonlyMap<number, Count>,
  { kafka, codec, connector, key, signal, countedMax = Number.POSITIVE_INFINITY }: ReplayPreviewOptions,
): Promise<boolean> {
  const { topic } = connector.source;
  const until = new Map(targets.map((target) => [target.partition, target.until]));
  const within = new Map(
    targets
      .filter((target) => target.target < target.until)
      .map(({ partition, target, before }) => [partition, { from: target, to: before }]),
  );
  if (within.size === 0) return false;
  let left = countedMax;
  const records = read(kafka, { topic, within, signal });
  for await (const batch of decodedRecords(codec, connector.source.reads, records))
    for (const { record, decoded } of batch) {
      left -= 1;
      if (left < 0) return true;
      const { partition, offset, key: recordKey, value } = record;
      const count = counts.get(partition) as Count;
      const rule = ruleOf(connector, decoded.ok ? decoded.record : {}, recordKey);
      if (key !== null && rule !== key && (recordKey === null || keyText(recordKey) !== key)) continue;
      const selected = offset < (until.get(partition) ?? 0);
      if (selected) count.records += 1;
      if (decoded.ok && !connector.inScope(decoded.record)) continue;
      const seen = count.rules.get(rule) ?? { selected: 0, newest: false };
      count.rules.set(rule, { selected: seen.selected + (selected ? 1 : 0), newest: selected });
      if (!selected) continue;
      count.inScope += 1;
      count.bytes += value?.length ?? 0;
    }
  return false;
}

/** The view holds as many rules as there are: they are counted to the end. */
async function countCurrent(
  counts: ReadonlyMap<number, Count>,
  { kafka, codec, connector, key, view, signal }: ReplayPreviewOptions,
): Promise<false> {
  // Compaction may not have come by yet: of each rule the last record counts, and none after a tombstone.
  const newest = new Map<string, { readonly partition: number; readonly bytes: number; readonly inScope: boolean }>();
  const isAsked = (record: ReadRecord) => record.key !== null && (key === null || keyText(record.key) === key);
  for await (const batch of decodedRecords(
    codec,
    connector.source.reads,
    read(kafka, { topic: LATEST_TOPIC, signal }),
    isAsked,
  ))
    for (const { record, decoded } of batch) {
      const recordKey = keyText(record.key as Buffer);
      if (!decoded.ok) newest.delete(recordKey);
      else
        newest.set(recordKey, {
          partition: partitionOf(recordKey, view.partitions.length),
          bytes: record.value?.length ?? 0,
          inScope: connector.inScope(decoded.record),
        });
    }
  for (const { partition, bytes, inScope } of newest.values()) {
    const count = counts.get(partition);
    if (!count) continue;
    count.records += 1;
    if (!inScope) continue;
    count.inScope += 1;
    count.bytes += bytes;
  }
  return false;
}

function previewOf({ partition, before, target, until, cut }: ReplayTarget, count: Count): PartitionPreview {
  let superseded = 0;
  for (const { selected, newest } of count.rules.values()) superseded += selected - (newest && selected > 0 ? 1 : 0);
  const { records, inScope, bytes } = count;
  const cutTo = cut ? (cut.firstMs === undefined ? 'nothing is left' : timeText(cut.firstMs)) : null;
  return { partition, before, after: target, until, records, inScope, superseded, bytes, cutTo };
}

function ruleOf(connector: Connector, record: Readonly<Record<string, unknown>>, recordKey: Buffer | null): string {
  const found = connector.source.key
    ?.split('.')
    .reduce<unknown>((from, step) => (from as Record<string, unknown> | null | undefined)?.[step], record);
  return typeof found === 'string' || typeof found === 'number'
    ? String(found)
    : recordKey === null
      ? ''
      : keyText(recordKey);
}

/** What the workers measure that they could deliver, within the limits that are set. */
function rateOf({ view, connector, ratePerSecond }: ReplayPreviewOptions): number | null {
  const byWorker = new Map<string, number>();
  const alive = new Set(view.members.map(({ worker }) => worker));
  for (const { metadata } of view.partitions)
    if (metadata?.health && alive.has(metadata.worker))
      byWorker.set(metadata.worker, metadata.health.capacityPerSecond);
  const measured = [...byWorker.values()].reduce((sum, rate) => sum + rate, 0);
  const limits = [ratePerSecond, connector.deliver?.rateLimit?.perSecond ?? null].filter((limit) => limit !== null);
  const rate = Math.min(measured > 0 ? measured : Number.POSITIVE_INFINITY, ...limits);
  return Number.isFinite(rate) ? rate : null;
}
