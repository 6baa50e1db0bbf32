// All that is known of one record at one partner, found by its position: the webhook-id is computed here once more, from
// its definition, so that a worker with a wrong formula is found out.
import { createHash } from 'node:crypto';
import type { Evidence, Parked, PartnerEvidence, Receipt, Row, SourceRecord } from './evidence.ts';
import { isAck, SETTLING } from './evidence.ts';

export interface Story {
  readonly record: SourceRecord;
  readonly id: string;
  readonly receipts: readonly Receipt[];
  readonly rows: readonly Row[];
  readonly parked: readonly Parked[];
  /** First answer that says that the partner has it. */
  readonly acked: Receipt | undefined;
  /** First row that settles it. */
  readonly settledBy: Row | undefined;
}

export interface PartnerStories {
  readonly evidence: PartnerEvidence;
  /** Of every record of the topic, in the order of their offsets. */
  readonly all: readonly Story[];
  /** Those that are for this partner: in scope, or unreadable. */
  readonly due: readonly Story[];
  /** Receipts with an id that no record of the topic has. */
  readonly strange: readonly Receipt[];
}

const place = ({ partition, offset }: { partition: number; offset: number }) => `${partition}:${offset}`;

export function tellStories({ clusterId, topic, records }: Evidence, evidence: PartnerEvidence): PartnerStories {
  const receipts = Map.groupBy(evidence.receipts, ({ id }) => id);
  const rows = Map.groupBy(evidence.rows, place);
  const parked = Map.groupBy(evidence.parked, place);
  const all = records.map((record): Story => {
    const id = webhookId(clusterId, evidence.name, topic, record);
    const mine = receipts.get(id) ?? [];
    receipts.delete(id);
    const written = (rows.get(place(record)) ?? []).toSorted((a, b) => a.writtenAtMs - b.writtenAtMs);
    return {
      record,
      id,
      receipts: mine,
      rows: written,
      parked: parked.get(place(record)) ?? [],
      acked: mine.filter(isAck).toSorted((a, b) => a.answeredOrder - b.answeredOrder)[0],
      settledBy: written.find(({ outcome }) => SETTLING.has(outcome)),
    };
  });
  const due = all.filter(({ record }) => !record.rule || evidence.inScope(record.rule.scope));
  return { evidence, all, due, strange: [...receipts.values()].flat() };
}

function webhookId(clusterId: string, partner: string, topic: string, record: SourceRecord): string {
  const { partition, offset, timestampMs } = record;
  const text = [clusterId, partner, topic, partition, offset, timestampMs].join('\n');
  return createHash('sha256').update(text).digest().subarray(0, 16).toString('base64url');
}

/** Records of one key in one partition, in order: between partitions no order is promised. */
export function chains(stories: readonly Story[]): Story[][] {
  return [...Map.groupBy(stories, ({ record }) => `${record.partition} ${record.key}`).values()];
}
