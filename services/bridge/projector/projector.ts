// The projector: rules → public.rules (what partners may see) and rules.latest (what is in force), each rule exactly once.
// It is a consumer group of its own, so several bridges share the partitions; each input partition is one lane of
// transactions (projection-lane.ts), and its transactional id fences whoever owned it before.

import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { encodeMetadata } from '@ess/domain/control/commit-metadata.ts';
import { emptyAttempt } from '@ess/domain/delivery/audit-row.ts';
import { Stands } from '@ess/domain/delivery/stands.ts';
import { PROJECTOR_GROUP } from '@ess/domain/stream/projection.ts';
import type { RegistryAddress } from '@ess/domain/stream/registry-access.ts';
import { EssError } from '@ess/domain/text/error.ts';
import type { ProjectorMetrics } from '@ess/runtime/metrics/bridge-metrics.ts';
import type { Program } from '@ess/runtime/program.ts';
import type { AvroRecord } from '@ess/schemas/avro-schema.ts';
import { readSchema } from '@ess/schemas/catalog.ts';
import { AUDIT_TOPIC } from '@ess/schemas/topics.ts';
import { Group } from '@ess/stream/group/group.ts';
import { SESSION_TIMEOUT_MS } from '@ess/stream/group/group-options.ts';
import { withAdmin } from '@ess/stream/kafkajs/admin.ts';
import type { Admin, Kafka, KafkaSettings } from '@ess/stream/kafkajs/client.ts';
import { connectKafka } from '@ess/stream/kafkajs/client.ts';
import { TransactionalProducer } from '@ess/stream/kafkajs/transactional-producer.ts';
import { TopicIds } from '@ess/stream/read/topic-ids.ts';
import { whyUnlisted } from '@ess/stream/read/topic-reader.ts';
import { Codec } from '@ess/stream/registry/codec.ts';
import { AtWork } from '@ess/stream/write/at-work.ts';
import { watchThread } from '@ess/stream/write/thread-watch.ts';
import { ThreadedOutbox } from '@ess/stream/write/threaded-outbox.ts';
import { readNewestVersions } from './newest-versions.ts';
import { openParking, PARKING_TOPICS, PUBLIC_PARTNER } from './parking.ts';
import { ProjectionAssignment } from './projection-assignment.ts';
import { ruleProjection } from './rule-projection.ts';
import { readStoodBefore } from './stood-before.ts';

/** Where the projector reads and writes, and under which names Kafka knows it. */
export const PROJECTOR_NAMES = {
  source: 'rules',
  publicTopic: 'public.rules',
  latestTopic: 'rules.latest',
  group: PROJECTOR_GROUP,
  /** The input partition is added. */
  transactionalId: 'ess-projector',
};

export interface ProjectorOptions {
  readonly kafka: KafkaSettings;
  readonly registry: RegistryAddress;
  readonly metrics: ProjectorMetrics;
  /** Others than the usual ones, for a second agency on the same cluster. */
  readonly names?: Partial<typeof PROJECTOR_NAMES>;
  readonly sessionTimeoutMs?: number;
}

export interface Projector {
  /** Resolves at the first assignment. */
  readonly assigned: Promise<void>;
}

const OUTBOX_CLOSE_MS = 5_000;
const ASK_EVERY_MS = 5_000;

/**
 * Resolves when the group is being joined. Waits patiently for the registry. When its program stops, it ends the transactions
 * under way and leaves the group.
 * @throws EssError ESS_CONFIG when the topics do not have the same partitions, or the schemas were never applied
 */
export async function startProjector(program: Program, options: ProjectorOptions): Promise<Projector> {
  const { metrics, sessionTimeoutMs = SESSION_TIMEOUT_MS } = options;
  const { log } = program;
  const kafka = connectKafka(options.kafka, 'ess-bridge', log);
  const names = { ...PROJECTOR_NAMES, ...options.names };
  const { source, group: groupId } = names;
  const onGone = (error: Error) => program.fail('bridge.failed', {}, error);
  await checkPartitions(kafka, names);
  const codec = new Codec(options.registry);
  const outbox = new ThreadedOutbox({ kafka: options.kafka, clientId: 'ess-bridge', log, onGone });
  program.defer(() => outbox.close(OUTBOX_CLOSE_MS));
  await outbox.open(PARKING_TOPICS);
  const worker = `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`;
  const { encode, park, auditRow } = await program.patiently('the schema registry', async () => ({
    encode: await codec.encoder(`${PROJECTOR_NAMES.publicTopic}-value`, readSchema('public.rules') as object),
    park: await openParking(codec, outbox, source, worker),
    auditRow: (await codec.encoder(`${AUDIT_TOPIC}-value`, readSchema(AUDIT_TOPIC) as object))(
      emptyAttempt({ partner: PUBLIC_PARTNER, topic: source, partition: 0, offset: 0, worker }),
    ),
  }));
  const atWork = new AtWork();
  const stands = new Stands();
  program.defer(watchThread({ program: 'bridge', worker, atWork, outbox, auditRow, onGone }));
  const admin = kafka.admin();
  await admin.connect();
  program.defer(() => admin.disconnect());

  const publicSchema = readSchema('public.rules') as AvroRecord;
  const assigned = Promise.withResolvers<void>();
  const topicIds = TopicIds.open(kafka);
  program.defer(() => topicIds[Symbol.asyncDispose]());
  let assignment: ProjectionAssignment | undefined;
  const group = new Group({
    kafka,
    groupId,
    topic: source,
    log,
    topicIds,
    sessionTimeoutMs,
    onCrash: onGone,
    openAssignment: (member) => {
      assignment = new ProjectionAssignment(member, {
        codec,
        atWork,
        place: atWork.numberOf({ partner: PUBLIC_PARTNER, topic: source }),
        stands,
        stoodBefore: () => readStoodBefore(kafka, codec, stands),
        log,
        metrics,
        sessionTimeoutMs,
        project: ruleProjection({ ...names, publicSchema, encode }),
        park,
        claim: (partition) => TransactionalProducer.claim(kafka, `${names.transactionalId}-${partition}`),
        committed: async (partition) => {
          const [topic] = await admin.fetchOffsets({ groupId, topics: [source] });
          const offset = Number(topic?.partitions.find((one) => one.partition === partition)?.offset ?? -1);
          return offset < 0 ? undefined : offset;
        },
        commit: (producer, records, { topicId, ...at }) =>
          producer.commit(records, { groupId, topic: source, ...at, ...inLog(at.offset, topicId, worker) }),
        newestVersions: (partitions) => readNewestVersions(kafka, names.latestTopic, partitions),
        onAssigned: assigned.resolve,
      });
      return assignment;
    },
  });
  program.defer(askEnds(admin, source, (ends) => assignment?.endsAre(ends)));
  program.defer(() => group.stop());
  await group.start();
  return { assigned: assigned.promise };
}

/** While Kafka is away nothing is known: the figures stay, and its absence is told elsewhere. @returns what ends it */
function askEnds(admin: Admin, topic: string, tell: (ends: ReadonlyMap<number, number>) => void): () => void {
  let isAsking = false;
  const ask = async (): Promise<void> => {
    if (isAsking) return;
    isAsking = true;
    const offsets = await admin.fetchTopicOffsets(topic).catch(() => undefined);
    isAsking = false;
    if (offsets) tell(new Map(offsets.map(({ partition, high }) => [partition, Number(high)])));
  };
  const timer = setInterval(() => void ask(), ASK_EVERY_MS).unref();
  return () => clearInterval(timer);
}

/** Which log the position belongs to. */
function inLog(position: number, id: string | undefined, worker: string): { metadata?: string } {
  if (id === undefined) return {};
  const now = Date.now();
  const facts = { settled: [], attempts: [], clean: true, committedAtMs: now, epochStartedAtMs: now, worker };
  return { metadata: encodeMetadata(position, { ...facts, log: { id } }) };
}

/** A rule keeps its partition number, so that the topics can be read side by side and a rule stays in order. */
async function checkPartitions(kafka: Kafka, names: typeof PROJECTOR_NAMES): Promise<void> {
  const wanted = [names.source, names.publicTopic, names.latestTopic];
  const counts = await withAdmin(kafka, async (admin) => {
    const existing = new Set(await admin.listTopics());
    const [missing] = wanted.filter((topic) => !existing.has(topic));
    if (missing !== undefined)
      throw new EssError(
        'ESS_CONFIG',
        (await whyUnlisted(kafka, missing)) ?? `Kafka has no topic ${missing}: run "ess topics apply"`,
      );
    const { topics } = await admin.fetchTopicMetadata({ topics: wanted });
    return new Map(topics.map(({ name, partitions }) => [name, partitions.length]));
  });
  const input = counts.get(names.source) ?? 0;
  for (const topic of [names.publicTopic, names.latestTopic])
    if ((counts.get(topic) ?? 0) < input)
      throw new EssError(
        'ESS_CONFIG',
        `${topic} has ${counts.get(topic)} partitions and ${names.source} ${input}: give it as many in topics.yaml and run "ess topics apply"`,
      );
}
