// `ess inbound`: the doors that partners ring. Opens admin listener → topics (read back) → doors → public port, and closes
// in reverse: what was accepted is answered, what was answered is in Kafka.
import { setTimeout as delay } from 'node:timers/promises';
import type { Connector } from '@ess/domain/connector.ts';
import { EssError } from '@ess/domain/error.ts';
import { maskedUrl } from '@ess/domain/masked-url.ts';
import { startAdminServer } from '@ess/runtime/admin-server.ts';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { networksOf } from '@ess/runtime/client-address.ts';
import { Connections } from '@ess/runtime/connections.ts';
import type { JwtSettings } from '@ess/runtime/jwt.ts';
import { createJwtVerifier } from '@ess/runtime/jwt.ts';
import type { Log } from '@ess/runtime/log.ts';
import type { InboundMetrics } from '@ess/runtime/metrics.ts';
import { inboundMetrics } from '@ess/runtime/metrics.ts';
import type { InboundSettings } from '@ess/runtime/settings.ts';
import { tellWaits } from '@ess/runtime/tell-waits.ts';
import type { KafkaSettings } from '@ess/stream/client.ts';
import { connectKafka } from '@ess/stream/client.ts';
import { Codec } from '@ess/stream/codec.ts';
import type { FastifyInstance } from 'fastify';
import { docsPage } from './docs-page.ts';
import { Doors } from './doors.ts';
import { createWall } from './gate.ts';
import { HookTopic } from './hook-topic.ts';
import { openApi } from './openapi.ts';
import type { DoorServer, Page, Told } from './server.ts';
import { createDoorServer } from './server.ts';

export interface InboundOptions extends InboundSettings {
  readonly kafka: KafkaSettings;
  readonly registry: string;
  readonly connectors: readonly Connector[];
  readonly log: Log;
  /** 0 = any free one; a busy port = the next free one. */
  readonly port: number;
  readonly adminHost?: string;
  readonly adminHosts?: readonly string[];
  readonly jwt?: JwtSettings;
  /** Ends patient waiting at start. */
  readonly signal?: AbortSignal;
  /** A topic can no longer be followed: the process should end non-zero. */
  readonly onFatal: (error: Error) => void;
}

export interface Inbound {
  readonly url: string;
  readonly adminUrl: string;
  /** A changed connector takes effect. @throws EssError when it cannot; the doors stay as they were */
  reload(connector: Connector): Promise<void>;
  /** Answers what was accepted, then closes. Safe to call twice. */
  stop(): Promise<void>;
}

const RETRY_MS = 1_000;
const PORTS_TRIED = 100;

/** Resolves when the doors are open. Waits patiently for Kafka and the registry. */
export async function startInbound(options: InboundOptions): Promise<Inbound> {
  const { log } = options;
  const ringing = options.connectors.filter(({ inbound }) => inbound.length > 0);
  if (ringing.length === 0)
    throw new EssError('ESS_CONFIG', 'none of these connectors has a door: add "inbound" to one');
  const jwt =
    options.jwt && createJwtVerifier(options.jwt, (error) => log.warn({ error: String(error) }, 'jwt.keys-away'));
  const proxies = networksOf('ESS_INBOUND_PROXIES', options.proxies);
  const cleanup = new Cleanup((error) => log.error({ error: String(error) }, 'while stopping'));
  const metrics = inboundMetrics();
  const connections = new Connections(metrics.registry, log);
  const waits = new Set(['the port', ...ringing.map(({ partner }) => `doors of ${partner}`)]);
  let failed = false;
  const kafka = connectKafka(options.kafka, 'ess-inbound', log);
  const doors = new Doors({
    codec: new Codec(options.registry),
    jwt,
    openTopic: (topic) =>
      HookTopic.open({
        ...{ kafka, topic, log, windowMs: options.windowMs, maxKeys: options.maxKeys },
        onCrash: (error) => {
          failed = true;
          log.fatal({ topic, error: String(error) }, 'tail.gone');
          options.onFatal(error);
        },
      }),
  });
  let front: DoorServer | undefined;
  let pages: ReadonlyMap<string, Page> = new Map();
  try {
    const refresh = () => gauge(metrics, doors, front?.pending() ?? 0);
    const health = { live: () => !failed, notReady: () => [...waits], refresh };
    const admin = await startAdminServer(metrics.registry, health, options.adminPort, options.adminHost, {
      ...(options.adminHosts && { hosts: options.adminHosts }),
      onCut: connections.cuts('admin'),
    });
    cleanup.defer(() => admin[Symbol.asyncDispose]());
    cleanup.defer(() => doors.close());
    const { brokers } = options.kafka;
    const told = tellWaits(
      log,
      { brokers, registry: maskedUrl(options.registry) },
      'waiting for Kafka and the schema registry',
    );
    cleanup.defer(told);
    await Promise.all(
      ringing.map(async (connector) => {
        await patiently(() => doors.put(connector), log, options.signal);
        waits.delete(`doors of ${connector.partner}`);
      }),
    );
    told();
    const opened = createDoorServer({
      doors,
      wall: createWall(jwt),
      proxies,
      anonymousPerAddress: options.anonymousPerAddress,
      onCut: connections.cuts('doors'),
      clientSubjectHeader: options.clientSubjectHeader,
      pages: () => pages,
      onAnswer: (told) => tell(log, metrics, told),
      onFault: (error) => log.error({ error: String(error), stack: (error as Error).stack }, 'inbound.failed'),
    });
    front = opened;
    connections.show('doors', opened.guard);
    cleanup.defer(() => opened.drain());
    const port = await listen(opened.server, options.port, options.host);
    waits.delete('the port');
    const url = `http://${options.host === '0.0.0.0' ? '127.0.0.1' : options.host}:${port}`;
    const describe = () => {
      if (!options.docs) return;
      const document = openApi(doors.all, options.publicUrl ?? url);
      pages = new Map([
        ['/openapi.json', { type: 'application/json; charset=utf-8', body: JSON.stringify(document) }],
        ['/docs', { type: 'text/html; charset=utf-8', body: docsPage(document) }],
      ]);
    };
    describe();
    const paths = doors.all.map(({ hook }) => hook.path);
    log.info({ url, admin: admin.url, doors: paths }, 'inbound.started');
    let stopped: Promise<void> | undefined;
    return {
      url,
      adminUrl: admin.url,
      async reload(connector) {
        await doors.put(connector);
        describe();
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

/** One wide line and the counters for each request. */
function tell(log: Log, metrics: InboundMetrics, told: Told): void {
  const { problem: _problem, ...line } = told;
  metrics.answers.inc({ hook: told.hook, outcome: told.outcome });
  if (told.refusal !== undefined) metrics.refusals.inc({ hook: told.hook, reason: told.refusal });
  if (told.outcome === 'published') metrics.duration.observe({ hook: told.hook }, told.tookMs / 1000);
  log.info(line, 'inbound.answered');
}

function gauge(metrics: InboundMetrics, doors: Doors, pending: number): void {
  metrics.pending.set(pending);
  for (const { topic } of doors.all) {
    metrics.keys.set({ topic: topic.topic }, topic.keys);
    metrics.window.set({ topic: topic.topic }, topic.reliableMs / 1000);
  }
}

async function listen(server: FastifyInstance, port: number, host: string): Promise<number> {
  for (let candidate = port; ; candidate += 1) {
    try {
      await server.listen({ port: candidate, host });
      return (server.server.address() as { port: number }).port;
    } catch (error) {
      const busy = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
      if (!busy || candidate === 0 || candidate >= port + PORTS_TRIED) throw error;
    }
  }
}

/** Without Kafka and the registry no door can open, so the process waits and says so. */
async function patiently(open: () => Promise<void>, log: Log, signal: AbortSignal | undefined): Promise<void> {
  for (;;) {
    try {
      return await open();
    } catch (error) {
      if (!(error instanceof EssError) || !error.retriable) throw error;
      log.warn({ error: error.message }, 'waiting to open the doors');
      await delay(RETRY_MS, undefined, signal ? { signal } : {});
    }
  }
}
