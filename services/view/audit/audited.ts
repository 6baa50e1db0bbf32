// Rows of ess.audit, as `rows(codec, AUDIT_TOPIC, read(…))` gives them: what the index has of them from there, and the rest, before
// and behind, from Kafka. What the index is asked for is all that it saves; an index that is of no use is left aside.
import { existsSync } from 'node:fs';
import { AUDIT_TOPIC } from '@ess/schemas/topics.ts';
import type { Kafka, StreamLog } from '@ess/stream/kafkajs/client.ts';
import type { Bounds } from '@ess/stream/read/range.ts';
import { read } from '@ess/stream/read/read.ts';
import { rows } from '@ess/stream/read/rows.ts';
import type { Codec } from '@ess/stream/registry/codec.ts';
import type { IndexedRow, Reach } from './audit-file.ts';
import { AuditFile } from './audit-file.ts';
import type { LogBounds } from './audit-log.ts';
import { auditLogOf, boundsOf } from './audit-log.ts';
import type { Audited } from './decoded-rows.ts';
import { decodedRows } from './decoded-rows.ts';

export interface AuditedOptions {
  readonly kafka: Kafka;
  readonly codec: Codec;
  /** Absent: everything is read from Kafka. */
  readonly indexFile?: string | undefined;
  readonly log?: Pick<StreamLog, 'info'>;
  /** Nobody waits for it any more. */
  readonly signal?: AbortSignal | undefined;
  /** Which records are wanted, by their keys; those of the index are asked for by `indexed`. */
  readonly wanted: (record: { readonly key: Buffer | null }) => boolean;
  readonly indexed: (index: Pick<AuditFile, 'ofRule' | 'ofOutcomes'>) => Iterable<IndexedRow>;
}

/** As many rows of the index as are decoded at a time. */
const BATCH = 1_000;

/** Of each partition in its order. Batches are not empty. */
export async function* audited(options: AuditedOptions): AsyncGenerator<readonly Audited[]> {
  const { kafka, codec, indexFile, wanted, signal } = options;
  const ofKafka = (within?: ReadonlyMap<number, Bounds>) =>
    rows(codec, AUDIT_TOPIC, read(kafka, { topic: AUDIT_TOPIC, ...(within && { within }), signal }), { wanted });
  const index = indexFile === undefined ? undefined : await opened(options, indexFile);
  if (!index) return yield* ofKafka();
  const { file, bounds } = index;
  const reach = (partition: number, { low }: LogBounds): Reach => file.reaches.get(partition) ?? { from: low, to: low };
  yield* ofKafka(
    new Map([...bounds].map(([partition, of]) => [partition, { from: of.low, to: reach(partition, of).from }])),
  );
  const next = new Map([...bounds].map(([partition, of]) => [partition, Math.max(of.low, reach(partition, of).from)]));
  try {
    for (const batch of inBatches(options.indexed(file))) {
      // What Kafka has no more is not told, whether somebody has indexed it or not.
      const kept = batch.filter(({ partition, offset }) => offset >= (bounds.get(partition)?.low ?? 0));
      const found = await decodedRows(codec, kept);
      if (found.length > 0) yield found;
      for (const { partition, offset } of kept) next.set(partition, offset + 1);
    }
    options.log?.info({ file: indexFile }, 'view.index.read');
    for (const [partition, of] of bounds) next.set(partition, Math.max(of.low, reach(partition, of).to));
  } catch (error) {
    tell(options, error); // Kafka has the rest of it
  } finally {
    file[Symbol.dispose]();
  }
  yield* ofKafka(new Map([...next].map(([partition, from]) => [partition, { from, to: Number.POSITIVE_INFINITY }])));
}

/** @returns undefined: it is of no use */
async function opened(
  options: AuditedOptions,
  indexFile: string,
): Promise<{ file: AuditFile; bounds: ReadonlyMap<number, LogBounds> } | undefined> {
  if (!existsSync(indexFile)) return undefined;
  try {
    const log = await auditLogOf(options.kafka);
    if (!log) return undefined;
    const file = AuditFile.toRead(indexFile, log);
    const bounds = await boundsOf(options.kafka);
    const beyond = [...file.reaches].find(([partition, { to }]) => to > (bounds.get(partition)?.high ?? 0));
    if (!beyond) return { file, bounds };
    file[Symbol.dispose]();
    throw new Error(`it reaches beyond the end of partition ${beyond[0]}`);
  } catch (error) {
    tell(options, error);
    return undefined;
  }
}

const tell = ({ indexFile: file, log }: AuditedOptions, error: unknown): void =>
  log?.info({ file, why: (error as Error).message }, 'view.index.left');

function* inBatches(rows: Iterable<IndexedRow>): Generator<IndexedRow[]> {
  let batch: IndexedRow[] = [];
  for (const row of rows) {
    batch.push(row);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
