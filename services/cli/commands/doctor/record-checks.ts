// What is in the topics, against the registry: records name their schema by its id. A registry that has lost its schemas, or gives out
// ids anew, is found here, before a program parks what it cannot read.
import type { Settings } from '@ess/runtime/settings/settings.ts';
import { SCHEMAS } from '@ess/schemas/catalog.ts';
import { withAdmin } from '@ess/stream/kafkajs/admin.ts';
import type { Admin, Kafka } from '@ess/stream/kafkajs/client.ts';
import { read } from '@ess/stream/read/read.ts';
import type { DecodedRecord } from '@ess/stream/read/rows.ts';
import { decodedRecords } from '@ess/stream/read/rows.ts';
import { Codec } from '@ess/stream/registry/codec.ts';
import { openKafka } from '../../open-kafka.ts';
import type { Finding } from './finding.ts';
import { well, wrong } from './finding.ts';
import { unseen } from './kafka-checks.ts';

/** Of each partition, its end: markers of transactions may be among them. */
const NEWEST = 5;
const REMEDY = 'start nothing, and do not run "ess schemas apply": bring the ids back, docs/disaster.md';

export async function checkRecords(settings: Settings): Promise<Finding[]> {
  const { kafka } = await openKafka('ess-doctor', [], settings);
  const codec = new Codec(settings.registry);
  return withAdmin(kafka, async (admin) => {
    const existing = new Set(await admin.listTopics());
    const topics = SCHEMAS.map(({ topic }) => topic).filter((topic) => existing.has(topic));
    const found = await Promise.all(
      topics.map((topic) => lookAt(kafka, admin, codec, topic).catch((error: unknown) => unseen('records', error))),
    );
    const bad = found.filter((finding) => finding !== undefined);
    return bad.length > 0 ? bad : [well('records', `the newest records of ${topics.length} topics can be read`)];
  });
}

/** One record that cannot be read is its own trouble; none that can is the registry's. */
async function lookAt(kafka: Kafka, admin: Admin, codec: Codec, topic: string): Promise<Finding | undefined> {
  const bounds = await admin.fetchTopicOffsets(topic);
  const within = new Map(
    bounds.map(({ partition, low, high }) => [
      partition,
      { from: Math.max(Number(low), Number(high) - NEWEST), to: Number(high) },
    ]),
  );
  let last: DecodedRecord | undefined;
  const withValue = ({ value }: DecodedRecord['record']) => value !== null;
  for await (const batch of decodedRecords(codec, topic, read(kafka, { topic, within }), withValue)) {
    if (batch.some(({ decoded }) => decoded.ok)) return undefined;
    last = batch.at(-1);
  }
  if (!last || last.decoded.ok) return undefined;
  const { record, decoded } = last;
  const place = `${topic} ${record.partition}:${record.offset}`;
  return wrong('records', `${place} cannot be read, nor any other of the newest: ${decoded.detail}`, REMEDY);
}
