// A worker process: one consumer group membership per partner, sharing one Kafka client, codec and outbox.
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { emptyAttempt } from '@ess/domain/audit-row.ts';
import type { Connector } from '@ess/domain/connector.ts';
import { CONTROL_TOPIC } from '@ess/domain/control-state.ts';
import { DEAD_LETTER_STATE_TOPIC } from '@ess/domain/dead-letters.ts';
import { EssError } from '@ess/domain/error.ts';
import { Stands } from '@ess/domain/stands.ts';
import { startAdminServer } from '@ess/runtime/admin-server.ts';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { Connections } from '@ess/runtime/connections.ts';
import type { Log } from '@ess/runtime/log.ts';
import { workerMetrics } from '@ess/runtime/metrics.ts';
import { readSchema } from '@ess/schemas/catalog.ts';
import type { Command } from '@ess/schemas/generated/types.ts';
import { AtWork } from '@ess/stream/at-work.ts';
import type { KafkaSettings } from '@ess/stream/client.ts';
import { connectKafka } from '@ess/stream/client.ts';
import { Codec } from '@ess/stream/codec.ts';
import { ControlLog, commandEncoder } from '@ess/stream/control-log.ts';
import { SESSION_TIMEOUT_MS } from '@ess/stream/group.ts';
import { watchThread } from '@ess/stream/thread-watch.ts';
import { ThreadedOutbox } from '@ess/stream/threaded-outbox.ts';
import { Alone } from './alone.ts';
import { openControl } from './control.ts';
import { STATE_TOPIC } from './delivery-states.ts';
import { LagWatch } from './lag-watch.ts';
import type { Encoders } from './ledger.ts';
import { AUDIT_TOPIC, DEAD_LETTER_TOPIC } from './ledger.ts';
import { Partner } from './partner.ts';
import type { DeliveringConnector, Shared } from './partner-context.ts';
import { auditRecovery } from './recovery.ts';
import { replayHistory } from './replay-history.ts';
import { SharedDecode } from './shared-decode.ts';
import { thriftOf } from './thrift.ts';

export interface WorkerOptions {
  readonly kafka: KafkaSettings;
  readonly registry: string;
  readonly connectors: readonly Connector[];
  readonly log: Log;
  /** Port of the admin listener; 0 = any free one. */
  readonly adminPort: number;
  readonly adminHost?: string;
  readonly adminHosts?: readonly string[];
  readonly cursorSecret?: string;
  readonly sessionTimeoutMs?: number;
  /** A partition that stands still for so long, with records to settle and nobody holding it, is stalled; absent: by the connector's waits. */
  readonly stallAfterMs?: number;
  /** Ends patient waiting at start. */
  readonly signal?: AbortSignal;
  /** Called when a consumer is gone for good: the process should end non-zero. */
  readonly onFatal: (error: Error) => void;
}

export interface Worker {
  readonly adminUrl: string;
  readonly partners: ReadonlyMap<string, Partner>;
  /** Resolves when every partner has its first assignment. */
  readonly assigned: Promise<unknown>;
  /** A changed connector takes effect. */
  reload(connector: Connector): Promise<void>;
  /** Takes no new records, settles what is in flight, commits, leaves the groups. Safe to call twice. */
  stop(): Promise<void>;
}

const KAFKA_RETRY_MS = 1_000;
const KAFKA_TELL_EVERY_MS = 3_000;
const REGISTRY_RETRY_MS = 1_000;
const OUTBOX_CLOSE_MS = 5_000;

/**
 * Resolves when every partner's group is being joined. Waits patiently for Kafka and the registry.
 * @throws what cannot be waited for, or the reason of `signal`; nothing stays open then
 */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const { log, signal } = options;
  // kafkajs cannot be told to give up a connect.
  const aborted = new Promise<never>((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    if (signal?.aborted) reject(signal.reason);
  });
  for (;;) {
    const cleanup = new Cleanup((error) => log.error({ error: String(error) }, 'while stopping'));
    try {
      return await Promise.race([assemble(options, cleanup), aborted]);
    } catch (error) {
      await cleanup[Symbol.asyncDispose]();
      if (signal?.aborted || !isKafkaAway(error)) throw error;
      log.warn({ error: String(error) }, 'waiting for Kafka');
      await delay(KAFKA_RETRY_MS, undefined, signal ? { signal } : {});
    }
  }
}

/** Most of what is asked at the start waits by itself; the rest says so: a broker may go in the middle of any of it. */
function isKafkaAway(error: unknown): boolean {
  if (error instanceof EssError) return error.code === 'ESS_BROKER';
  const { name, retriable } = error as { readonly name?: string; readonly retriable?: boolean };
  return retriable === true && name?.startsWith('KafkaJS') === true;
}

async function assemble(options: WorkerOptions, cleanup: Cleanup): Promise<Worker> {
  const { log } = options;
  const delivering = options.connectors.filter(delivers);
  if (delivering.length === 0)
    throw new EssError('ESS_CONFIG', 'none of these connectors delivers: a worker needs one with "deliver"');
  const kafka = connectKafka(options.kafka, 'ess-worker', log);
  const metrics = workerMetrics();
  const codec = new Codec(options.registry);
  const partners = new Map<string, Partner>();
  const waits = new Set<string>(['kafka', 'schema registry']);
  let failed = false;

  const admin = await startAdminServer(
    metrics.registry,
    { live: () => !failed, notReady: () => [...waits], refresh: () => lag.refresh() },
    options.adminPort,
    options.adminHost,
    {
      ...(options.adminHosts && { hosts: options.adminHosts }),
      onCut: new Connections(metrics.registry, log).cuts('admin'),
    },
  );
  cleanup.defer(() => admin[Symbol.asyncDispose]());

  const kafkaAdmin = kafka.admin();
  cleanup.defer(() => kafkaAdmin.disconnect());
  const telling = setInterval(
    () => log.warn({ brokers: options.kafka.brokers }, 'waiting for Kafka'),
    KAFKA_TELL_EVERY_MS,
  );
  cleanup.defer(() => clearInterval(telling));
  await kafkaAdmin.connect();
  const { clusterId } = await kafkaAdmin.describeCluster();
  clearInterval(telling);
  waits.delete('kafka');
  const lag = new LagWatch({
    ...{ kafka, admin: kafkaAdmin, metrics, partners, log },
    ...(options.stallAfterMs === undefined ? {} : { stallAfterMs: options.stallAfterMs }),
  });
  cleanup.defer(() => lag.stop());

  const outbox = new ThreadedOutbox({
    kafka: options.kafka,
    clientId: 'ess-worker',
    log,
    onGone: (error) => {
      failed = true;
      log.fatal({ error: String(error) }, 'outbox.gone');
      options.onFatal(error);
    },
  });
  cleanup.defer(() => outbox.close(OUTBOX_CLOSE_MS));
  await outbox.open([AUDIT_TOPIC, STATE_TOPIC, DEAD_LETTER_TOPIC, DEAD_LETTER_STATE_TOPIC, CONTROL_TOPIC]);
  const [encode, encodeCommand] = await patiently(
    () => Promise.all([openEncoders(codec), commandEncoder(codec)]),
    log,
    options.signal,
  );
  waits.delete('schema registry');
  const gone = (what: object, error: Error): void => {
    failed = true;
    log.fatal({ ...what, error: String(error) }, 'consumer.gone');
    options.onFatal(error);
  };
  // Before any partition is assigned: a partner that is paused gets nothing, not even after a restart.
  const controlled = {
    ...{ kafka, codec, log },
    onCommand: (command: Command) => partners.get(command.partner)?.commanded(command),
    onCrash: (error: Error) => gone({ topic: CONTROL_TOPIC }, error),
  };
  const control = await patiently(() => ControlLog.open(controlled), log, options.signal, CONTROL_TOPIC);
  cleanup.defer(() => control[Symbol.asyncDispose]());

  const atWork = new AtWork();
  const workerId = `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`;
  cleanup.defer(
    watchThread({
      ...{ program: 'worker', worker: workerId, atWork, outbox },
      auditRow: encode.audit(emptyAttempt({ partner: '', topic: '', partition: 0, offset: 0, worker: workerId })),
      onGone: (error) => gone({ thread: 'watch' }, error),
    }),
  );

  const shared: Shared = {
    kafka,
    clusterId,
    codec,
    decoder: new SharedDecode(codec),
    outbox,
    encode,
    log,
    metrics,
    workerId,
    atWork,
    stands: new Stands(),
    alone: new Alone(atWork),
    cursorSecret: options.cursorSecret,
    recover: auditRecovery(kafka, codec),
    history: replayHistory(kafka, codec),
    control: openControl(control.state, outbox, encodeCommand),
    sessionTimeoutMs: options.sessionTimeoutMs ?? SESSION_TIMEOUT_MS,
    ...thriftOf(delivering.length),
    onCrash: (partner, error) => gone({ partner }, error),
  };
  for (const connector of delivering) {
    const partner = new Partner(connector, shared);
    shared.decoder.addReader(connector.source.topic);
    partners.set(connector.partner, partner);
    waits.add(`partitions of ${partner.name}`);
    void partner.assigned.then(() => waits.delete(`partitions of ${partner.name}`));
  }
  cleanup.defer(() => Promise.all([...partners.values()].map((partner) => partner.stop())));
  await Promise.all([...partners.values()].map((partner) => partner.group.start()));
  log.info({ partners: [...partners.keys()], admin: admin.url, worker: shared.workerId }, 'worker.started');

  let stopped: Promise<void> | undefined;
  return {
    adminUrl: admin.url,
    partners,
    assigned: Promise.all([...partners.values()].map((partner) => partner.assigned)),
    async reload(connector) {
      if (delivers(connector)) await partners.get(connector.partner)?.reload(connector);
    },
    stop() {
      stopped ??= cleanup[Symbol.asyncDispose]();
      return stopped;
    },
  };
}

function delivers(connector: Connector): connector is DeliveringConnector {
  return connector.deliver !== undefined;
}

async function openEncoders(codec: Codec): Promise<Encoders> {
  const open = (topic: string) => codec.encoder(`${topic}-value`, readSchema(topic) as object);
  const topics = [AUDIT_TOPIC, STATE_TOPIC, DEAD_LETTER_TOPIC, DEAD_LETTER_STATE_TOPIC];
  const [audit, state, deadLetter, letterState] = await Promise.all(topics.map(open));
  return { audit, state, deadLetter, letterState } as Encoders;
}

/** Without the registry nothing can be decoded or audited, so the worker waits and says so. */
async function patiently<T>(
  open: () => Promise<T>,
  log: Log,
  signal: AbortSignal | undefined,
  what = 'the schema registry',
): Promise<T> {
  for (;;) {
    try {
      return await open();
    } catch (error) {
      if (!(error instanceof EssError) || !error.retriable) throw error;
      log.warn({ error: error.message }, `waiting for ${what}`);
      await delay(REGISTRY_RETRY_MS, undefined, signal ? { signal } : {});
    }
  }
}
