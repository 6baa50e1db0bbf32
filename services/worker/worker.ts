// A worker process: one consumer group membership per partner, sharing one Kafka client, codec and outbox.

import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Connector } from '@ess/domain/connector/connector.ts';
import { emptyAttempt } from '@ess/domain/delivery/audit-row.ts';
import { stopGraceMs } from '@ess/domain/delivery/rebalance-timeout.ts';
import { Stands } from '@ess/domain/delivery/stands.ts';
import type { RegistryAddress } from '@ess/domain/stream/registry-access.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { unusedProxy } from '@ess/runtime/connectors/unused-proxy.ts';
import { workerMetrics } from '@ess/runtime/metrics/worker-metrics.ts';
import type { Program, ProgramOptions } from '@ess/runtime/program.ts';
import { startProgram } from '@ess/runtime/program.ts';
import { readSchema } from '@ess/schemas/catalog.ts';
import type { Command } from '@ess/schemas/generated/types.ts';
import {
  AUDIT_TOPIC,
  CONTROL_TOPIC,
  DEAD_LETTER_STATE_TOPIC,
  DEAD_LETTER_TOPIC,
  STATE_TOPIC,
} from '@ess/schemas/topics.ts';
import { SESSION_TIMEOUT_MS } from '@ess/stream/group/group-options.ts';
import type { KafkaSettings } from '@ess/stream/kafkajs/client.ts';
import { connectKafka } from '@ess/stream/kafkajs/client.ts';
import { ControlLog, commandEncoder } from '@ess/stream/read/control-log.ts';
import { TopicIds } from '@ess/stream/read/topic-ids.ts';
import { Codec } from '@ess/stream/registry/codec.ts';
import { AtWork } from '@ess/stream/write/at-work.ts';
import { watchThread } from '@ess/stream/write/thread-watch.ts';
import { ThreadedOutbox } from '@ess/stream/write/threaded-outbox.ts';
import { orderSize } from './approval/order-size.ts';
import { ProposalClock } from './approval/proposal-clock.ts';
import { openControl } from './item/control.ts';
import { Isolation } from './item/isolation.ts';
import { SharedDecode } from './item/shared-decode.ts';
import { lingerOf } from './linger.ts';
import { delivers, Membership } from './membership.ts';
import type { Partner } from './partner.ts';
import type { DeliveringConnector, Shared } from './partner-context.ts';
import type { Encoders } from './record/ledger.ts';
import { auditRecovery } from './record/recovery.ts';
import { replayHistory } from './record/replay-history.ts';
import { SenderThreads } from './send/threads/sender-threads.ts';
import { LagWatch } from './watch/lag-watch.ts';

export interface WorkerOptions extends ProgramOptions {
  readonly kafka: KafkaSettings;
  readonly registry: RegistryAddress;
  readonly connectors: readonly Connector[];
  readonly cursorSecret?: string;
  /** A record has a schema that was not met before: the connectors may have to follow. Awaited before it is read. */
  readonly onNewSchema?: () => Promise<void>;
  readonly sessionTimeoutMs?: number;
  /** Records that one person may have sent again or dropped; absent: any number. */
  readonly approvalRecords?: number;
  /**
   * A partition that stands still for so long, with records to settle and nobody holding it, is stalled; absent: by the
   * connector's waits.
   */
  readonly stallAfterMs?: number;
  /** Threads that requests go out by; absent or 0: the worker's own. */
  readonly threads?: number;
}

export interface Worker {
  readonly adminUrl: string;
  /** How long its stop may take, ms: the requests in flight of its slowest partner are waited for. */
  readonly stopGraceMs: number;
  readonly partners: ReadonlyMap<string, Partner>;
  /** Resolves when every partner that it began with has its first assignment. */
  readonly assigned: Promise<unknown>;
  /** A new or changed connector takes effect. @throws when it cannot; all is as before then */
  put(connector: Connector, signal: AbortSignal): Promise<void>;
  /** Settles what is in flight to this partner, commits, leaves its group. */
  remove(partner: string): Promise<void>;
  /** Takes no new records, settles what is in flight, commits, leaves the groups. Safe to call twice. */
  stop(): Promise<void>;
}

const OUTBOX_CLOSE_MS = 5_000;

/**
 * Resolves when every partner's group is being joined. Waits patiently for Kafka and the registry.
 * @throws what cannot be waited for, or the reason of `signal`; nothing stays open then
 */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const delivering = options.connectors.filter(delivers);
  if (delivering.length === 0)
    throw new EssError('ESS_CONFIG', 'none of these connectors delivers: a worker needs one with "deliver"');
  return startProgram(options, ['kafka', 'schema registry'], (program) => assemble(program, delivering, options));
}

async function assemble(
  program: Program,
  delivering: readonly DeliveringConnector[],
  options: WorkerOptions,
): Promise<Worker> {
  const { log, waits } = program;
  const kafka = connectKafka(options.kafka, 'ess-worker', log);
  const metrics = workerMetrics();
  const codec = new Codec(options.registry, options.onNewSchema && { onNewSchema: options.onNewSchema });
  const tracer = await program.openTracer(metrics.registry);
  let lag: LagWatch | undefined;
  const admin = await program.openAdmin(metrics.registry, { refresh: () => lag?.refresh() });

  const kafkaAdmin = kafka.admin();
  program.defer(() => kafkaAdmin.disconnect());
  const told = program.tellWaits({ brokers: options.kafka.brokers }, 'Kafka');
  await kafkaAdmin.connect();
  const { clusterId } = await kafkaAdmin.describeCluster();
  told();
  waits.delete('kafka');
  const partners = new Map<string, Partner>();
  lag = new LagWatch({
    kafka,
    admin: kafkaAdmin,
    metrics,
    partners,
    log,
    ...(options.stallAfterMs === undefined ? {} : { stallAfterMs: options.stallAfterMs }),
  });
  program.defer(() => lag?.stop());

  const outbox = new ThreadedOutbox({
    kafka: options.kafka,
    clientId: 'ess-worker',
    log,
    onGone: (error) => program.fail('outbox.gone', {}, error),
  });
  program.defer(() => outbox.close(OUTBOX_CLOSE_MS));
  await outbox.open([AUDIT_TOPIC, STATE_TOPIC, DEAD_LETTER_TOPIC, DEAD_LETTER_STATE_TOPIC, CONTROL_TOPIC]);
  const [encode, encodeCommand] = await program.patiently('the schema registry', () =>
    Promise.all([openEncoders(codec), commandEncoder(codec)]),
  );
  waits.delete('schema registry');
  const gone = (what: object, error: Error): void => program.fail('consumer.gone', what, error);
  let proposals: ProposalClock | undefined;
  // Before any partition is assigned: a partner that is paused gets nothing, not even after a restart.
  const controlled = {
    kafka,
    codec,
    log,
    onCommand: (command: Command) => {
      partners.get(command.partner)?.commanded(command);
      proposals?.look();
    },
    onCrash: (error: Error) => gone({ topic: CONTROL_TOPIC }, error),
  };
  const control = await program.patiently(CONTROL_TOPIC, () => ControlLog.open(controlled));
  program.defer(() => control[Symbol.asyncDispose]());

  const senderThreads = options.threads
    ? new SenderThreads(options.threads, (error) => program.fail('senders.gone', {}, error))
    : undefined;
  program.defer(() => senderThreads?.[Symbol.asyncDispose]());
  const atWork = new AtWork();
  const workerId = `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`;
  program.defer(
    watchThread({
      program: 'worker',
      worker: workerId,
      atWork,
      outbox,
      auditRow: encode.audit(emptyAttempt({ partner: '', topic: '', partition: 0, offset: 0, worker: workerId })),
      onGone: (error) => gone({ thread: 'watch' }, error),
    }),
  );
  const topicIds = TopicIds.open(kafka, (now) => {
    if (now === clusterId) return;
    const error = new EssError('ESS_BROKER', `the brokers are of cluster ${now}, and were of ${clusterId}`);
    program.fail('cluster.another', { was: clusterId, now }, error);
    throw error;
  });
  program.defer(() => topicIds[Symbol.asyncDispose]());
  // Those that come later count too.
  const linger = () => lingerOf(Math.max(delivering.length, partners.size));
  const approvalLimit = options.approvalRecords ?? Number.POSITIVE_INFINITY;
  const shared: Shared = {
    kafka,
    clusterId,
    topicIds,
    codec,
    decoder: new SharedDecode(codec),
    outbox,
    encode,
    log,
    metrics,
    tracer,
    senderThreads,
    workerId,
    atWork,
    stands: new Stands(),
    isolation: new Isolation(atWork),
    cursorSecret: options.cursorSecret,
    recover: auditRecovery(kafka, codec),
    history: replayHistory(kafka, codec, atWork),
    control: openControl(control.state, outbox, encodeCommand),
    approval: { limit: approvalLimit, size: (...asked) => orderSize(kafka, ...asked) },
    sessionTimeoutMs: options.sessionTimeoutMs ?? SESSION_TIMEOUT_MS,
    get gatherMs() {
      return linger().gatherMs;
    },
    get restMs() {
      return linger().restMs;
    },
    onCrash: (partner, error) => members.crashed(partner, error),
    onStuck: (partner, error) => gone({ partner }, error),
  };
  proposals = new ProposalClock(shared.control, workerId, (partner) => partners.has(partner));
  program.defer(() => proposals?.end());
  const members: Membership = new Membership({
    partners,
    shared,
    waits,
    topics: () => kafkaAdmin.listTopics(),
  });
  program.defer(() => members.stop());
  await members.begin(delivering);
  proposals.look();
  log.info({ partners: [...partners.keys()], admin: admin.url, worker: workerId }, 'worker.started');
  const straight = unusedProxy(delivering);
  if (straight !== undefined) log.warn({ remedy: straight }, 'proxy.not-used');
  return {
    adminUrl: admin.url,
    get stopGraceMs() {
      return stopGraceMs([...partners.values()].map(({ connector }) => connector.deliver));
    },
    partners,
    assigned: Promise.all([...partners.values()].map((partner) => partner.assigned)),
    put: (connector, signal) => members.put(connector, signal),
    remove: (partner) => members.remove(partner),
    stop: () => program.stop(),
  };
}

async function openEncoders(codec: Codec): Promise<Encoders> {
  const open = (topic: string) => codec.encoder(`${topic}-value`, readSchema(topic) as object);
  const topics = [AUDIT_TOPIC, STATE_TOPIC, DEAD_LETTER_TOPIC, DEAD_LETTER_STATE_TOPIC];
  const [audit, state, deadLetter, letterState] = await Promise.all(topics.map(open));
  return { audit, state, deadLetter, letterState } as Encoders;
}
