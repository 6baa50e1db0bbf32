// Everything that the checker gets to see, read from Kafka and from the partners' log files when all is over.
import { readFileSync } from 'node:fs';
import type { Kafka } from '@ess/stream/kafkajs/client.ts';
import { read } from '@ess/stream/read/read.ts';
import type { RowOf } from '@ess/stream/read/rows.ts';
import { decodedRecords, rows } from '@ess/stream/read/rows.ts';
import { Codec } from '@ess/stream/registry/codec.ts';
import type { Ended, Evidence, Parked, Receipt, Row, SourceRecord } from './check/evidence.ts';
import { readCommits } from './offsets-topic.ts';

export interface Witness {
  readonly name: string;
  readonly inScope: (scope: string) => boolean;
  readonly receipts: readonly Receipt[];
}

export interface GatherOptions {
  readonly kafka: Kafka;
  readonly registry: string;
  readonly topic: string;
  readonly sinceMs: number;
  readonly witnesses: readonly Witness[];
  readonly workersEnded: readonly Ended[];
}

export async function gather({
  kafka,
  registry,
  topic,
  sinceMs,
  witnesses,
  workersEnded,
}: GatherOptions): Promise<Evidence> {
  const codec = new Codec(registry);
  const admin = kafka.admin();
  await admin.connect();
  const [{ clusterId }, bounds] = await Promise.all([admin.describeCluster(), admin.fetchTopicOffsets(topic)]);
  await admin.disconnect();
  const [records, rows, parked, commits] = await Promise.all([
    readSource(kafka, codec, topic),
    readValues(kafka, codec, 'ess.audit', sinceMs),
    readValues(kafka, codec, 'ess.dead-letters', sinceMs),
    readCommits(kafka, topic),
  ]);
  const of = <T extends { partner: string; topic: string }>(all: readonly T[], name: string) =>
    all.filter((one) => one.partner === name && one.topic === topic);
  return {
    clusterId,
    topic,
    records,
    ends: new Map(bounds.map(({ partition, high }) => [partition, Number(high)])),
    workersEnded,
    partners: witnesses.map(({ name, inScope, receipts }) => ({
      name,
      inScope,
      receipts,
      rows: of(rows, name) satisfies Row[],
      parked: of(parked, name) satisfies Parked[],
      commits: commits.get(`ess.${name}`) ?? [],
    })),
  };
}

async function readSource(kafka: Kafka, codec: Codec, topic: string): Promise<SourceRecord[]> {
  const records: SourceRecord[] = [];
  for await (const batch of decodedRecords(codec, 'rules', read(kafka, { topic })))
    for (const { record, decoded } of batch) {
      const { partition, offset, timestampMs, key } = record;
      const rule = decoded.ok && {
        version: Number(decoded.record['version']),
        scope: String(decoded.record['scope']),
        withdrawn: decoded.record['status'] === 'withdrawn',
      };
      records.push({ partition, offset, timestampMs, key: key?.toString() ?? '', ...(rule ? { rule } : {}) });
    }
  return records.sort((a, b) => a.partition - b.partition || a.offset - b.offset);
}

async function readValues<Topic extends keyof RowOf>(kafka: Kafka, codec: Codec, topic: Topic, sinceMs: number) {
  const values: Array<RowOf[Topic] & { writtenAtMs: number }> = [];
  for await (const batch of rows(codec, topic, read(kafka, { topic, sinceMs })))
    for (const { record, row } of batch) values.push({ ...row, writtenAtMs: record.timestampMs });
  return values;
}

/** The partner's log: one line when a request is in, one when it was answered. */
export function readReceipts(file: string): Receipt[] {
  const receipts = new Map<number, Array<Receipt>>();
  let order = 0;
  for (const line of readFileSync(file, 'utf8').trimEnd().split('\n').filter(Boolean)) {
    order += 1;
    const entry = JSON.parse(line) as LoggedRequest | LoggedAnswer;
    if ('items' in entry)
      receipts.set(
        entry.request,
        entry.items.map((item) => ({ ...item, order, atMs: entry.atMs, status: 0, answeredOrder: 0, answeredAtMs: 0 })),
      );
    else
      receipts.set(
        entry.request,
        (receipts.get(entry.request) ?? []).map((receipt) => ({
          ...receipt,
          status: entry.status,
          answeredOrder: order,
          answeredAtMs: entry.atMs,
        })),
      );
  }
  return [...receipts.values()].flat();
}

export interface LoggedRequest {
  readonly request: number;
  readonly atMs: number;
  readonly items: ReadonlyArray<{ readonly id: string; readonly version: number; readonly attempt: number }>;
}

export interface LoggedAnswer {
  readonly request: number;
  readonly atMs: number;
  readonly status: number;
}
