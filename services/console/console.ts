// `ess console`: the lock-step view as a page for the browser. It folds the topics itself, and asks Kafka nothing for a page view.
//   view -> facts/ -> server/ -> page/
//           rights/ -> server/  who asks, and what they may do
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Connector } from '@ess/domain/connector/connector.ts';
import type { RegistryAddress } from '@ess/domain/stream/registry-access.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { bindNear } from '@ess/runtime/listener/ports.ts';
import type { Program, ProgramOptions } from '@ess/runtime/program.ts';
import { startProgram } from '@ess/runtime/program.ts';
import type { ConsoleSettings } from '@ess/runtime/settings/console-settings.ts';
import { openToAll } from '@ess/runtime/settings/console-settings.ts';
import type { KafkaSettings } from '@ess/stream/kafkajs/client.ts';
import { connectKafka } from '@ess/stream/kafkajs/client.ts';
import { Codec } from '@ess/stream/registry/codec.ts';
import { Outbox } from '@ess/stream/write/outbox.ts';
import { auditIndexOf } from '@ess/view/audit/audit-index-name.ts';
import { AuditIndexer } from '@ess/view/audit/audit-indexer.ts';
import { auditLogOf } from '@ess/view/audit/audit-log.ts';
import { AuditSearch } from '@ess/view/audit/audit-search.ts';
import { View } from '@ess/view/view.ts';
import { Registry } from 'prom-client';
import { openActs } from './acts.ts';
import type { CheckedFoldersOptions } from './folders/checked-folders.ts';
import { KeptHistory } from './history/kept-history.ts';
import { feedsOf, OpenAnswers } from './long-answers.ts';
import { Gate } from './rights/gate.ts';
import { createRecorder } from './rights/record.ts';
import { addSignOut } from './rights/sign-in/routes.ts';
import { createApp } from './server/app.ts';
import { addAuditRoutes } from './server/audit-routes.ts';
import { entryOf } from './server/entry.ts';
import { Feed } from './server/feed.ts';
import { addRoutes, overviewOf, seenBy } from './server/routes.ts';
import { addSignatureRoutes } from './server/signature-routes.ts';

export interface ConsoleOptions extends ProgramOptions {
  readonly kafka: KafkaSettings;
  readonly registry: RegistryAddress;
  readonly settings: ConsoleSettings;
  readonly connectors: readonly Connector[];
  /** Where they come from, checked for whoever looks. */
  readonly folders: CheckedFoldersOptions;
  /** Above so many records an order needs a second person. */
  readonly approvalRecords: number;
  /** Of the page; 0 = any free one. */
  readonly port: number;
  /** Where a view may be kept, with an index of the audit beside it; absent: nowhere. */
  readonly kept?: { readonly file: string; readonly indexBytes: number };
}

export interface Console {
  readonly url: string;
  readonly adminUrl: string;
  put(connector: Connector): Promise<void>;
  remove(partner: string): Promise<void>;
  stop(): Promise<void>;
}

const CLOSE_WITHIN_MS = 2_000;
const PAGE = fileURLToPath(new URL('built', import.meta.url));

/** Resolves when the view is built and the page can be opened. Waits patiently for Kafka. */
export function startConsole(options: ConsoleOptions): Promise<Console> {
  return startProgram(options, ['kafka', 'the view', 'the port'], (program) => assemble(program, options));
}

async function assemble(program: Program, options: ConsoleOptions): Promise<Console> {
  const { log, waits } = program;
  const { host, tls, access } = options.settings;
  const refused = openToAll(host, access);
  if (refused !== undefined) throw new EssError('ESS_CONFIG', refused);
  const { publicUrl } = access;
  const open = new OpenAnswers();
  const onAway = (error: unknown): void => log.warn({ error: String(error) }, 'console.answer-failed');
  const gate = new Gate({
    ...access,
    log,
    onEnded: () => open.look(),
  });
  const admin = await program.openAdmin(new Registry());
  const kafka = connectKafka(options.kafka, 'ess-console', log);
  const told = program.tellWaits({ brokers: options.kafka.brokers }, 'Kafka');
  const { registry, connectors, kept } = options;
  const store = kept && { store: { file: kept.file, writes: false } };
  const lastHour = new KeptHistory();
  const view = await View.open({ kafka, registry, connectors, log, onAttempt: lastHour.take, ...store });
  told();
  program.defer(() => view[Symbol.asyncDispose]());
  const index = kept && { file: auditIndexOf(kept.file), maxBytes: kept.indexBytes };
  if (index) {
    // Whoever comes first keeps it: this one, or an observer beside it.
    const indexer = new AuditIndexer({ kafka: options.kafka, registry, log, ...index });
    program.defer(() => indexer[Symbol.asyncDispose]());
  }
  const codec = new Codec(registry);
  const search = index && new AuditSearch({ codec, file: index.file, logNow: () => auditLogOf(kafka) });
  waits.delete('kafka');
  waits.delete('the view');
  lastHour.begin(view, search);
  program.defer(() => lastHour[Symbol.dispose]());
  const { history } = lastHour;
  const feed = new Feed(
    () => overviewOf(view, history, acts.beside),
    seenBy,
    (error) => log.error({ error: String(error), stack: (error as Error).stack }, 'console.feed-failed'),
  );
  const outbox = new Outbox(kafka, { isWaitedFor: true });
  program.defer(() => outbox.close(CLOSE_WITHIN_MS));
  const onRecord = createRecorder({
    codec,
    outbox,
    addressOf: (request) => gate.addressOf(request),
  });
  const acts = await openActs(program, {
    ...{ kafka, registry, codec, connectors, view, search, indexFile: index?.file },
    ...{ folders: options.folders, approvalRecords: options.approvalRecords, open, onAway },
    addressOf: (request) => gate.addressOf(request),
  });
  const entry = gate.isOpen ? undefined : entryOf(options.settings, gate, admin.connections.cuts('console'));
  if (entry) admin.connections.show('console', entry.guard);
  program.defer(() => entry?.guard.close());
  const app = await createApp(
    {
      page: PAGE,
      hosts: options.adminHosts ?? [],
      ...(publicUrl !== undefined && { publicUrl }),
      ...(tls && { tls }),
      ...(entry && { entry }),
      subjectOf: (request) => gate.subjectOf(request),
      onAway,
      onFault: (error) => log.error({ error: String(error), stack: (error as Error).stack }, 'console.failed'),
    },
    (api) => {
      api.decorate('onRecord', onRecord);
      addRoutes(api, view, history, { feed, feeds: feedsOf(open) }, acts.beside);
      addAuditRoutes(api, search);
      addSignOut(api, gate);
      acts.addRoutes(api);
      addSignatureRoutes(api, { secretsOf: (partner) => acts.connectors.get(partner)?.deliver?.signSecrets });
    },
  );
  program.defer(() => app.close());
  program.defer(() => feed[Symbol.dispose]());
  const port = await bindNear(options.port, async (candidate) => {
    await app.listen({ port: candidate, host });
    return (app.server.address() as AddressInfo).port;
  });
  waits.clear();
  const url = publicUrl ?? `${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
  log.info({ url, admin: admin.url, partners: connectors.length }, 'console.started');
  return {
    url,
    adminUrl: admin.url,
    put: async (connector) => {
      await view.put(connector);
      acts.connectors.set(connector.partner, connector);
    },
    remove: async (partner) => {
      acts.connectors.delete(partner);
      await view.remove(partner);
    },
    stop: () => program.stop(),
  };
}
