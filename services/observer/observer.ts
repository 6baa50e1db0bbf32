// `ess observer`: the lock-step view without a screen. It folds the topics, follows them, and exports what drifts.
import type { Connector } from '@ess/domain/connector/connector.ts';
import type { RegistryAddress } from '@ess/domain/stream/registry-access.ts';
import type { Program, ProgramOptions } from '@ess/runtime/program.ts';
import { startProgram } from '@ess/runtime/program.ts';
import type { KafkaSettings } from '@ess/stream/kafkajs/client.ts';
import { connectKafka } from '@ess/stream/kafkajs/client.ts';
import { auditIndexOf } from '@ess/view/audit/audit-index-name.ts';
import { AuditIndexer } from '@ess/view/audit/audit-indexer.ts';
import { OLD_MS } from '@ess/view/follow/surroundings.ts';
import { View } from '@ess/view/view.ts';
import { ObserverMetrics } from './observer-metrics.ts';
import { viewPage } from './view-page.ts';

export interface ObserverOptions extends ProgramOptions {
  readonly kafka: KafkaSettings;
  readonly registry: RegistryAddress;
  readonly connectors: readonly Connector[];
  /** How many connectors are left out now, since they were refused. */
  readonly leftOut: () => number;
  /** Where the view is kept, with an index of the audit beside it; absent: nowhere. */
  readonly kept?: { readonly file: string; readonly indexBytes: number };
  /** Who has it may ask for the view; absent: nobody may. */
  readonly viewToken?: string;
}

export interface Observer {
  readonly adminUrl: string;
  put(connector: Connector): Promise<void>;
  remove(partner: string): Promise<void>;
  stop(): Promise<void>;
}

const VIEW_PATH = '/view';

/** Resolves when the view is built. Waits patiently for Kafka. */
export function startObserver(options: ObserverOptions): Promise<Observer> {
  return startProgram(options, ['kafka', 'the view'], (program) => assemble(program, options));
}

async function assemble(program: Program, options: ObserverOptions): Promise<Observer> {
  const { log } = program;
  const metrics = new ObserverMetrics();
  let view: View | undefined;
  const admin = await program.openAdmin(metrics.registry, {
    notReady: () => (view && view.behindMs(Date.now(), 'shared') > OLD_MS ? ['kafka'] : []),
    refresh: () => view && metrics.refresh(view, options.leftOut()),
    pages: new Map([[VIEW_PATH, viewPage(() => view, options.viewToken)]]),
  });
  const kafka = connectKafka(options.kafka, 'ess-observer', log);
  const told = program.tellWaits({ brokers: options.kafka.brokers }, 'Kafka');
  const { registry, connectors, kept } = options;
  const store = kept && { store: { file: kept.file, writes: true, url: `${admin.url}${VIEW_PATH}` } };
  view = await View.open({ kafka, registry, connectors, log, ...store });
  told();
  const opened = view;
  program.defer(() => opened[Symbol.asyncDispose]());
  if (kept) {
    const index = { file: auditIndexOf(kept.file), maxBytes: kept.indexBytes };
    const indexer = new AuditIndexer({ kafka: options.kafka, registry, log, ...index });
    program.defer(() => indexer[Symbol.asyncDispose]());
  }
  program.waits.clear();
  log.info({ admin: admin.url, partners: connectors.length }, 'observer.started');
  return {
    adminUrl: admin.url,
    put: (connector) => opened.put(connector),
    remove: (partner) => opened.remove(partner),
    stop: () => program.stop(),
  };
}
