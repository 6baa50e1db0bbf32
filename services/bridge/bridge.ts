// `ess bridge`: the conveyor belt. The projector (projector.ts) copies rules to the public topic; the hub (hub.ts) serves it
// to partners without an endpoint:
//   listener.ts -> routes.ts -> stream-route.ts, replay-route.ts -> hub.ts -> channel.ts -> live-log.ts | stretch-cache.ts

import { randomBytes } from 'node:crypto';
import type { Connector } from '@ess/domain/connector/connector.ts';
import type { RegistryAddress } from '@ess/domain/stream/registry-access.ts';
import { EssError } from '@ess/domain/text/error.ts';
import type { JwtSettings } from '@ess/runtime/access/jwt.ts';
import { createJwtVerifier } from '@ess/runtime/access/jwt.ts';
import { networksOf } from '@ess/runtime/listener/client-address.ts';
import { connectionBudget } from '@ess/runtime/listener/descriptors.ts';
import type { GuardOptions } from '@ess/runtime/listener/socket-guard.ts';
import { SocketGuard } from '@ess/runtime/listener/socket-guard.ts';
import { bridgeMetrics, projectorMetrics } from '@ess/runtime/metrics/bridge-metrics.ts';
import type { Program, ProgramOptions } from '@ess/runtime/program.ts';
import { startProgram } from '@ess/runtime/program.ts';
import type { BridgeSettings } from '@ess/runtime/settings/bridge-settings.ts';
import type { KafkaSettings } from '@ess/stream/kafkajs/client.ts';
import { connectKafka } from '@ess/stream/kafkajs/client.ts';
import { TopicIds } from '@ess/stream/read/topic-ids.ts';
import { TopicReader } from '@ess/stream/read/topic-reader.ts';
import { Codec } from '@ess/stream/registry/codec.ts';
import type { TopicPosition } from './history/history.ts';
import { History } from './history/history.ts';
import { adminPages, publicPages } from './http/interface-pages.ts';
import { listen } from './http/listener.ts';
import { Routes } from './http/routes.ts';
import type { StreamLimits } from './http/stream-route.ts';
import { HUB_LIMITS, Hub } from './live/hub.ts';
import { Principals } from './principals.ts';
import { PROJECTOR_NAMES, startProjector } from './projector/projector.ts';
import { ReceiptTopic } from './receipts/receipt-topic.ts';
import { Receipts } from './receipts/receipts.ts';
import { PublicLog } from './topic/public-log.ts';
import { recordDecoder } from './topic/record-decoder.ts';
import { View } from './topic/view.ts';

export interface BridgeOptions extends BridgeSettings, Omit<ProgramOptions, 'adminPort'> {
  readonly kafka: KafkaSettings;
  readonly registry: RegistryAddress;
  readonly connectors: readonly Connector[];
  /** 0 = any free one; a busy port = the next free one. */
  readonly port: number;
  /** Absent: cursors end with this process. */
  readonly cursorKeys: readonly string[];
  readonly jwt?: JwtSettings;
  /** Another topic of public rules than the usual one. */
  readonly topic?: string;
  /** False: another process projects. */
  readonly projector?: boolean;
}

export interface Bridge {
  readonly url: string;
  readonly adminUrl: string;
  /** A new or changed connector takes effect: streams whose key it no longer has end. */
  put(connector: Connector): void;
  /** The partner is gone: its streams end. */
  remove(partner: string): void;
  /** Sends every client away to come back to another process, then closes. Safe to call twice. */
  stop(): Promise<void>;
}

const DRAIN_MS = 5_000;
/** What clients have said that they have is written down before the end. */
const RECEIPTS_CLOSE_MS = 5_000;
/** Kafka that is silent for longer is told by /readyz. */
const SILENT_MS = 10_000;
const REPLAYS_PER_PARTNER = 4;
/** Beside streams: replays, pages, and those that have not said yet what they want. */
const OTHER_CONNECTIONS = 2_000;
const RETRY: Pick<StreamLimits, 'retryMs' | 'busyRetryMs'> = { retryMs: 1_000, busyRetryMs: 2_000 };

/** Resolves when streams are served. Waits patiently for Kafka and the registry. */
export function startBridge(options: BridgeOptions): Promise<Bridge> {
  return startProgram(options, ['kafka', 'the port'], (program) => assemble(program, options));
}

async function assemble(program: Program, options: BridgeOptions): Promise<Bridge> {
  const { topic = PROJECTOR_NAMES.publicTopic } = options;
  const { log } = program;
  const metrics = bridgeMetrics();
  const tracer = await program.openTracer(metrics.registry);
  const kafka = connectKafka(options.kafka, 'ess-bridge', log);
  let hub: Hub | undefined;
  let receiptTopic: ReceiptTopic | undefined;
  const fatal = (error: Error) => program.fail('bridge.failed', {}, error);
  const admin = await program.openAdmin(metrics.registry, {
    notReady: () => (hub && hub.tailSilentForMs > SILENT_MS ? ['kafka'] : []),
    refresh: () => {
      metrics.tailSilent.set((hub?.tailSilentForMs ?? 0) / 1000);
      metrics.receiptsPending.set(receiptTopic?.pending ?? 0);
    },
    pages: adminPages(options.jwt !== undefined),
  });
  const { connections } = admin;
  const codec = new Codec(options.registry);
  const told = program.tellWaits({ brokers: options.kafka.brokers }, 'Kafka');
  const open = () => program.patiently('Kafka', () => TopicReader.open(kafka, topic), mayCome);
  const [tail, source] = await Promise.all([open(), open()]);
  program.defer(() => source.close());
  const unreadable = ({ partition, offset }: TopicPosition, detail: string) =>
    log.error({ topic, partition, offset, detail }, 'stream.unreadable');
  const unmapped = (partner: string, { partition, offset }: TopicPosition, reason: string) => {
    metrics.unmapped.inc({ partner });
    log.error({ partner, partition, offset, reason }, 'stream.unmapped');
  };
  const keys = cursorKeys(options);
  const publicLog = new PublicLog(topic);
  const mark = () => publicLog.mark;
  const topicIds = TopicIds.open(kafka);
  program.defer(() => topicIds[Symbol.asyncDispose]());
  const history = new History({
    kafka: options.kafka,
    registry: options.registry,
    publicLog,
    cursorKeys: keys,
    maxBytes: options.historyBytes / 2,
    log,
    unreadable,
    unmapped,
    onGone: fatal,
  });
  program.defer(() => history.close());
  hub = await Hub.start(
    {
      tail,
      source,
      publicLog,
      topicIds,
      history,
      decode: recordDecoder(codec, true, unreadable),
      log,
      metrics,
      limits: {
        ...HUB_LIMITS,
        ringBytes: options.slowBytes,
        historyBytes: options.historyBytes,
        catchUpRate: options.catchUpRate,
        slow: options.slow,
      },
      onResized: () =>
        fatal(new EssError('ESS_CONFIG', `${topic} has another number of partitions now: start the bridge again`)),
    },
    options.signal,
  );
  const streaming = hub;
  program.defer(() => streaming.stop());
  program.waits.delete('kafka');
  told();
  const receipts = new Receipts(publicLog);
  const written = ReceiptTopic.start({ kafka, codec, receipts, log });
  receiptTopic = written;
  program.defer(() => written.close(RECEIPTS_CLOSE_MS));

  const guard = openGuard(options, connections.cuts('bridge'));
  connections.show('bridge', guard);
  program.defer(() => guard.close());
  const principals = new Principals(
    options.jwt && createJwtVerifier(options.jwt, (error) => log.warn({ error: String(error) }, 'jwt.keys-away')),
    (request) => guard.known(request),
  );
  const put = (connector: Connector) => {
    principals.put(connector);
    if (!connector.stream.enabled && !streaming.channels.has(connector.partner)) return;
    streaming.setView(new View(connector, keys, { unmapped }, mark));
    endRefused(streaming, principals, connector.partner);
  };
  for (const connector of options.connectors) put(connector);

  if (options.projector !== false) {
    const { kafka: settings, registry } = options;
    await startProjector(program, { kafka: settings, registry, metrics: projectorMetrics(metrics.registry) });
  }
  const routes = new Routes({
    hub: streaming,
    principals,
    receipts,
    log,
    metrics,
    limits: { clients: options.clients, clientsPerPartner: options.clientsPerPartner, ...RETRY },
    replaysPerPartner: REPLAYS_PER_PARTNER,
    guard,
    tracer,
    pages: publicPages(options.jwt !== undefined),
  });
  const listener = await listen((request, response) => routes.handle(request, response), guard, options);
  program.waits.delete('the port');
  program.defer(() => listener.close(DRAIN_MS));
  program.defer(() => routes.drain());
  log.info({ url: listener.url, admin: admin.url, topic, partners: [...streaming.channels.keys()] }, 'bridge.started');
  return {
    url: listener.url,
    adminUrl: admin.url,
    put,
    remove(partner) {
      principals.remove(partner);
      endRefused(streaming, principals, partner);
      streaming.removeView(partner);
    },
    stop: () => program.stop(),
  };
}

/** Before a topic is read, whatever is not an error of ours is taken for a Kafka that is not there yet. */
const mayCome = (error: unknown): boolean => !(error instanceof EssError);

/** A revoked key, another subject, a stream switched off: what runs on it ends now. */
function endRefused(hub: Hub, principals: Principals, partner: string): void {
  for (const client of [...(hub.channels.get(partner)?.clients ?? [])])
    if (!principals.isGood(client.principal)) client.end();
}

function openGuard(options: BridgeOptions, onCut: GuardOptions['onCut']): SocketGuard {
  const connections = connectionBudget(options.clients + OTHER_CONNECTIONS);
  if (connections < options.clients)
    options.log.warn(
      { clients: options.clients, connections, remedy: 'raise the limit of open files (ulimit -n)' },
      'bridge.connections-few',
    );
  return new SocketGuard({
    connections,
    anonymousPerAddress: options.anonymousPerAddress,
    proxies: networksOf('ESS_BRIDGE_PROXIES', options.proxies),
    onCut,
  });
}

function cursorKeys({ cursorKeys: keys, log }: BridgeOptions): readonly string[] {
  if (keys.length > 0) return keys;
  log.warn({ remedy: 'set ESS_CURSOR_KEYS: cursors are good at this process only' }, 'bridge.cursor-keys-unset');
  return [randomBytes(32).toString('base64url')];
}
