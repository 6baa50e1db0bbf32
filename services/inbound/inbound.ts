// `ess inbound`: the doors that partners ring. Opens admin listener → topics (read back) → doors → public port, and closes
// in reverse: what was accepted is answered, what was answered is in Kafka.

import type { AddressInfo } from 'node:net';
import type { Connector } from '@ess/domain/connector/connector.ts';
import type { RegistryAddress } from '@ess/domain/stream/registry-access.ts';
import { shownRegistry } from '@ess/domain/stream/registry-access.ts';
import { EssError } from '@ess/domain/text/error.ts';
import type { JwtSettings } from '@ess/runtime/access/jwt.ts';
import { createJwtVerifier } from '@ess/runtime/access/jwt.ts';
import { networksOf } from '@ess/runtime/listener/client-address.ts';
import { bindNear } from '@ess/runtime/listener/ports.ts';
import type { Log } from '@ess/runtime/log/log.ts';
import type { InboundMetrics } from '@ess/runtime/metrics/inbound-metrics.ts';
import { inboundMetrics } from '@ess/runtime/metrics/inbound-metrics.ts';
import type { Program, ProgramOptions } from '@ess/runtime/program.ts';
import { startProgram } from '@ess/runtime/program.ts';
import type { InboundSettings } from '@ess/runtime/settings/settings.ts';
import { patiently } from '@ess/runtime/waiting.ts';
import type { KafkaSettings } from '@ess/stream/kafkajs/client.ts';
import { connectKafka } from '@ess/stream/kafkajs/client.ts';
import { Codec } from '@ess/stream/registry/codec.ts';
import { docsPage } from './docs/docs-page.ts';
import { doorOpenApi } from './docs/openapi.ts';
import { Doors } from './doors.ts';
import { createWall } from './gate.ts';
import { HookTopic } from './hook-topic.ts';
import type { DocsPage, ToldRequest } from './server.ts';
import { DoorServer } from './server.ts';

export interface InboundOptions extends InboundSettings, Omit<ProgramOptions, 'adminPort'> {
  readonly kafka: KafkaSettings;
  readonly registry: RegistryAddress;
  readonly connectors: readonly Connector[];
  /** 0 = any free one; a busy port = the next free one. */
  readonly port: number;
  readonly jwt?: JwtSettings;
}

export interface Inbound {
  readonly url: string;
  readonly adminUrl: string;
  /**
   * A new or changed connector takes effect. Waits patiently for Kafka and the registry.
   * @throws EssError when it cannot; the doors stay as they were
   */
  put(connector: Connector, signal: AbortSignal): Promise<void>;
  /** The partner is gone: its doors are closed. */
  remove(partner: string): void;
  /** Answers what was accepted, then closes. Safe to call twice. */
  stop(): Promise<void>;
}

/** Without Kafka and the registry no door can open, so the program waits and says so. */
const OPENING = 'the doors';

/** Resolves when the doors are open. Waits patiently for Kafka and the registry. */
export async function startInbound(options: InboundOptions): Promise<Inbound> {
  const ringing = options.connectors.filter(({ inbound }) => inbound.length > 0);
  if (ringing.length === 0)
    throw new EssError('ESS_CONFIG', 'none of these connectors has a door: add "inbound" to one');
  const waits = ['the port', ...ringing.map(({ partner }) => `doors of ${partner}`)];
  return startProgram(options, waits, (program) => assemble(program, ringing, options));
}

async function assemble(program: Program, ringing: readonly Connector[], options: InboundOptions): Promise<Inbound> {
  const { log, waits } = program;
  const jwt =
    options.jwt && createJwtVerifier(options.jwt, (error) => log.warn({ error: String(error) }, 'jwt.keys-away'));
  const proxies = networksOf('ESS_INBOUND_PROXIES', options.proxies);
  const metrics = inboundMetrics();
  const tracer = await program.openTracer(metrics.registry);
  const kafka = connectKafka(options.kafka, 'ess-inbound', log);
  const doors = new Doors({
    codec: new Codec(options.registry),
    jwt,
    openTopic: (topic) =>
      HookTopic.open({
        kafka,
        topic,
        log,
        windowMs: options.windowMs,
        maxKeys: options.maxKeys,
        onCrash: (error) => program.fail('tail.gone', { topic }, error),
      }),
  });
  let front: DoorServer | undefined;
  let pages: ReadonlyMap<string, DocsPage> = new Map();
  const admin = await program.openAdmin(metrics.registry, {
    refresh: () => gauge(metrics, doors, front?.pending() ?? 0),
  });
  program.defer(() => doors.close());
  const { brokers } = options.kafka;
  const told = program.tellWaits(
    { brokers, registry: shownRegistry(options.registry) },
    'Kafka and the schema registry',
  );
  await Promise.all(
    ringing.map(async (connector) => {
      await program.patiently(OPENING, () => doors.put(connector));
      waits.delete(`doors of ${connector.partner}`);
    }),
  );
  told();
  const opened = new DoorServer({
    doors,
    wall: createWall(jwt),
    proxies,
    anonymousPerAddress: options.anonymousPerAddress,
    onCut: admin.connections.cuts('doors'),
    clientSubjectHeader: options.clientSubjectHeader,
    tracer,
    pages: () => pages,
    onAnswer: (told) => tell(log, metrics, told),
    onFault: (error) => log.error({ error: String(error), stack: (error as Error).stack }, 'inbound.failed'),
  });
  front = opened;
  admin.connections.show('doors', opened.guard);
  program.defer(() => opened.drain());
  const port = await bindNear(options.port, async (candidate) => {
    await opened.server.listen({ port: candidate, host: options.host });
    return (opened.server.server.address() as AddressInfo).port;
  });
  waits.delete('the port');
  const url = `http://${options.host === '0.0.0.0' ? '127.0.0.1' : options.host}:${port}`;
  const describe = () => {
    if (!options.docs) return;
    const document = doorOpenApi(doors.all, options.publicUrl ?? url);
    pages = new Map([
      ['/openapi.json', { type: 'application/json; charset=utf-8', body: JSON.stringify(document) }],
      ['/docs', { type: 'text/html; charset=utf-8', body: docsPage(document) }],
    ]);
  };
  describe();
  const paths = doors.all.map(({ hook }) => hook.path);
  log.info({ url, admin: admin.url, doors: paths }, 'inbound.started');
  return {
    url,
    adminUrl: admin.url,
    async put(connector, signal) {
      await patiently(OPENING, () => doors.put(connector, signal), { log, signal });
      describe();
    },
    remove(partner) {
      doors.remove(partner);
      describe();
    },
    stop: () => program.stop(),
  };
}

/** One wide line and the counters for each request. */
function tell(log: Log, metrics: InboundMetrics, told: ToldRequest): void {
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
