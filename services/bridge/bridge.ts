// `ess bridge`: the conveyor belt. The projector (projector.ts) copies rules to the public topic; the hub (hub.ts) serves it
// to partners without an endpoint:
//   listener.ts -> routes.ts -> stream-route.ts, replay-route.ts -> hub.ts -> channel.ts -> live-log.ts | segments.ts
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Connector } from '@ess/domain/connector.ts';
import { EssError } from '@ess/domain/error.ts';
import { startAdminServer } from '@ess/runtime/admin-server.ts';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { networksOf } from '@ess/runtime/client-address.ts';
import { Connections } from '@ess/runtime/connections.ts';
import { connectionBudget } from '@ess/runtime/descriptors.ts';
import type { JwtSettings } from '@ess/runtime/jwt.ts';
import { createJwtVerifier } from '@ess/runtime/jwt.ts';
import type { Log } from '@ess/runtime/log.ts';
import { bridgeMetrics, projectorMetrics } from '@ess/runtime/metrics.ts';
import type { BridgeSettings } from '@ess/runtime/settings.ts';
import type { GuardOptions } from '@ess/runtime/socket-guard.ts';
import { SocketGuard } from '@ess/runtime/socket-guard.ts';
import { tellWaits } from '@ess/runtime/tell-waits.ts';
import type { Kafka, KafkaSettings } from '@ess/stream/client.ts';
import { connectKafka } from '@ess/stream/client.ts';
import { Codec } from '@ess/stream/codec.ts';
import { TopicReader } from '@ess/stream/topic-reader.ts';
import type { Place } from './history.ts';
import { History } from './history.ts';
import { HUB_LIMITS, Hub } from './hub.ts';
import { adminPages, publicPages } from './interface-pages.ts';
import { listen } from './listener.ts';
import { Principals } from './principals.ts';
import { PROJECTOR_NAMES, startProjector } from './projector.ts';
import { recordDecoder } from './record-decoder.ts';
import { Routes } from './routes.ts';
import type { StreamLimits } from './stream-route.ts';
import { View } from './view.ts';

export interface BridgeOptions extends BridgeSettings {
  readonly kafka: KafkaSettings;
  readonly registry: string;
  readonly connectors: readonly Connector[];
  readonly log: Log;
  /** 0 = any free one; a busy port = the next free one. */
  readonly port: number;
  readonly adminHost?: string;
  readonly adminHosts?: readonly string[];
  /** Absent: cursors end with this process. */
  readonly cursorKeys: readonly string[];
  readonly jwt?: JwtSettings;
  /** Another topic of public rules than the usual one. */
  readonly topic?: string;
  /** False: another process projects. */
  readonly projector?: boolean;
  /** Ends patient waiting at start. */
  readonly signal?: AbortSignal;
  /** The process cannot go on and should end non-zero. */
  readonly onFatal: (error: Error) => void;
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

const RETRY_MS = 1_000;
const DRAIN_MS = 5_000;
/** Kafka that is silent for longer is told by /readyz. */
const SILENT_MS = 10_000;
const REPLAYS_PER_PARTNER = 4;
/** Beside streams: replays, pages, and those that have not said yet what they want. */
const OTHER_CONNECTIONS = 2_000;
const RETRY: Pick<StreamLimits, 'retryMs' | 'busyRetryMs'> = { retryMs: 1_000, busyRetryMs: 2_000 };

/** Resolves when streams are served. Waits patiently for Kafka and the registry. */
export async function startBridge(options: BridgeOptions): Promise<Bridge> {
  const { log, topic = PROJECTOR_NAMES.publicTopic } = options;
  const cleanup = new Cleanup((error) => log.error({ error: String(error) }, 'while stopping'));
  const metrics = bridgeMetrics();
  const connections = new Connections(metrics.registry, log);
  const waits = new Set(['kafka']);
  const kafka = connectKafka(options.kafka, 'ess-bridge', log);
  let hub: Hub | undefined;
  let fault: Error | undefined;
  const fatal = (error: Error) => {
    fault = error;
    log.fatal({ error: String(error) }, 'bridge.failed');
    options.onFatal(error);
  };
  try {
    const admin = await startAdminServer(
      metrics.registry,
      {
        live: () => fault === undefined,
        notReady: () => [...waits, ...(hub && hub.tailSilentForMs > SILENT_MS ? ['kafka'] : [])],
        refresh: () => metrics.tailSilent.set((hub?.tailSilentForMs ?? 0) / 1000),
        pages: adminPages(options.jwt !== undefined),
      },
      options.adminPort,
      options.adminHost,
      { ...(options.adminHosts && { hosts: options.adminHosts }), onCut: connections.cuts('admin') },
    );
    cleanup.defer(() => admin[Symbol.asyncDispose]());
    const codec = new Codec(options.registry);
    const told = tellWaits(log, { brokers: options.kafka.brokers }, 'waiting for Kafka');
    cleanup.defer(told);
    const [tail, history] = await Promise.all([openReader(kafka, topic, options), openReader(kafka, topic, options)]);
    cleanup.defer(() => history.close());
    const unreadable = ({ partition, offset }: Place, detail: string) =>
      log.error({ topic, partition, offset, detail }, 'stream.unreadable');
    const unmapped = (partner: string, { partition, offset }: Place, reason: string) => {
      metrics.unmapped.inc({ partner });
      log.error({ partner, partition, offset, reason }, 'stream.unmapped');
    };
    const keys = cursorKeys(options);
    const stretches = new History({
      kafka: options.kafka,
      registry: options.registry,
      topic,
      cursorKeys: keys,
      maxBytes: options.historyBytes / 2,
      log,
      unreadable,
      unmapped,
      onGone: fatal,
    });
    cleanup.defer(() => stretches.close());
    hub = await Hub.start(
      {
        tail,
        history,
        stretches,
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
        onResized: () => fatal(new EssError('ESS_CONFIG', `${topic} has another number of partitions now: start anew`)),
      },
      options.signal,
    );
    const streaming = hub;
    cleanup.defer(() => streaming.stop());
    waits.delete('kafka');
    told();

    const guard = openGuard(options, connections.cuts('bridge'));
    connections.show('bridge', guard);
    cleanup.defer(() => guard.close());
    const principals = new Principals(
      options.jwt && createJwtVerifier(options.jwt, (error) => log.warn({ error: String(error) }, 'jwt.keys-away')),
      (request) => guard.known(request),
    );
    const put = (connector: Connector) => {
      principals.put(connector);
      if (!connector.stream.enabled && !streaming.channels.has(connector.partner)) return;
      streaming.setView(new View(connector, keys, { unmapped }));
      endRefused(streaming, principals, connector.partner);
    };
    for (const connector of options.connectors) put(connector);

    if (options.projector !== false) {
      const projector = await startProjector({
        kafka: options.kafka,
        registry: options.registry,
        log,
        metrics: projectorMetrics(metrics.registry),
        ...(options.signal ? { signal: options.signal } : {}),
        onFatal: fatal,
      });
      cleanup.defer(() => projector.stop());
    }
    const routes = new Routes({
      hub: streaming,
      principals,
      log,
      metrics,
      limits: { clients: options.clients, clientsPerPartner: options.clientsPerPartner, ...RETRY },
      replaysPerPartner: REPLAYS_PER_PARTNER,
      guard,
      pages: publicPages(options.jwt !== undefined),
    });
    const listener = await listen((request, response) => routes.handle(request, response), guard, options);
    cleanup.defer(() => listener.close(DRAIN_MS));
    cleanup.defer(() => routes.drain());
    log.info(
      { url: listener.url, admin: admin.url, topic, partners: [...streaming.channels.keys()] },
      'bridge.started',
    );
    let stopped: Promise<void> | undefined;
    return {
      url: listener.url,
      adminUrl: admin.url,
      put,
      remove(partner) {
        principals.remove(partner);
        endRefused(streaming, principals, partner);
        streaming.removeView(partner);
      },
      stop() {
        waits.add('the stop');
        stopped ??= cleanup[Symbol.asyncDispose]();
        return stopped;
      },
    };
  } catch (error) {
    await cleanup[Symbol.asyncDispose]();
    throw error;
  }
}

/** A revoked key, another subject, a stream switched off: what runs on it ends now. */
function endRefused(hub: Hub, principals: Principals, partner: string): void {
  for (const client of [...(hub.channels.get(partner)?.clients ?? [])])
    if (!principals.isGood(client.principal)) client.end();
}

function openGuard(options: BridgeOptions, onCut: GuardOptions['onCut']): SocketGuard {
  const connections = connectionBudget(options.clients + OTHER_CONNECTIONS);
  if (connections < options.clients)
    options.log.warn(
      { clients: options.clients, connections },
      'fewer connections than ESS_STREAM_CLIENTS: raise the limit of open files (ulimit -n)',
    );
  return new SocketGuard({
    connections,
    anonymousPerAddress: options.anonymousPerAddress,
    proxies: networksOf('ESS_BRIDGE_PROXIES', options.proxies),
    onCut,
  });
}

async function openReader(kafka: Kafka, topic: string, { log, signal }: BridgeOptions): Promise<TopicReader> {
  for (;;) {
    try {
      return await TopicReader.open(kafka, topic);
    } catch (error) {
      if (error instanceof EssError) throw error;
      log.warn({ error: String(error) }, 'waiting for Kafka');
      await delay(RETRY_MS, undefined, signal ? { signal } : {});
    }
  }
}

function cursorKeys({ cursorKeys: keys, log }: BridgeOptions): readonly string[] {
  if (keys.length > 0) return keys;
  log.warn({}, 'ESS_CURSOR_KEYS is not set: cursors are good at this process only');
  return [randomBytes(32).toString('base64url')];
}
