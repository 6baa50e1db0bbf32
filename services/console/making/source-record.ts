// One record of a partner's source, read from Kafka because somebody asks for this one.
import type { Connector } from '@ess/domain/connector/connector.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { LATEST_TOPIC, RULES_TOPIC } from '@ess/schemas/topics.ts';
import type { Kafka } from '@ess/stream/kafkajs/client.ts';
import { read } from '@ess/stream/read/read.ts';
import { decodedRecords } from '@ess/stream/read/rows.ts';
import type { Codec } from '@ess/stream/registry/codec.ts';

export interface SourceRecord {
  readonly timestampMs: number;
  readonly record: Readonly<Record<string, unknown>>;
}

export interface Position {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

const READ_WITHIN_MS = 10_000;

/** @throws EssError ESS_USAGE when it is no place of the partner's source, or nothing that can be read is there any more */
export async function readSourceRecord(
  { kafka, codec }: { readonly kafka: Kafka; readonly codec: Codec },
  { partner, source }: Pick<Connector, 'partner' | 'source'>,
  { topic, partition, offset }: Position,
): Promise<SourceRecord> {
  // What a replay of what is in force sends is read from there.
  const isOfSource = topic === source.topic || (topic === LATEST_TOPIC && source.topic === RULES_TOPIC);
  if (!isOfSource) throw new EssError('ESS_USAGE', `${partner} does not read ${topic}`);
  const within = new Map([[partition, { from: offset, to: offset + 1 }]]);
  const signal = AbortSignal.timeout(READ_WITHIN_MS);
  for await (const batch of decodedRecords(codec, source.reads ?? topic, read(kafka, { topic, within, signal })))
    for (const { record, decoded } of batch)
      if (record.offset === offset) {
        if (!decoded.ok) throw gone(`cannot be read: ${decoded.reason}, ${decoded.detail}`);
        return { timestampMs: record.timestampMs, record: decoded.record };
      }
  throw gone('is not there any more: retention or compaction has taken it');
}

const gone = (why: string): EssError => new EssError('ESS_USAGE', `the record ${why}`);
