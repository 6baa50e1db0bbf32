// What somebody does from the page, put together: looks at records and dead letters, past minutes, files; orders and approvals. What is
// followed for it (ess.control, dead letters) is followed once, and lists ask Kafka nothing.
import type { Connector } from '@ess/domain/connector/connector.ts';
import type { RegistryAddress } from '@ess/domain/stream/registry-access.ts';
import type { Program } from '@ess/runtime/program.ts';
import { DEAD_LETTER_TOPIC } from '@ess/schemas/topics.ts';
import type { Kafka } from '@ess/stream/kafkajs/client.ts';
import { farewellWhenOpen } from '@ess/stream/kafkajs/farewell.ts';
import type { Codec } from '@ess/stream/registry/codec.ts';
import type { AuditSearch } from '@ess/view/audit/audit-search.ts';
import { LogStarts } from '@ess/view/follow/log-starts.ts';
import { pastAnswer } from '@ess/view/past.ts';
import type { View } from '@ess/view/view.ts';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { BesideView } from './facts/overview.ts';
import { reachOf } from './facts/overview.ts';
import type { CheckedFoldersOptions } from './folders/checked-folders.ts';
import { CheckedFolders } from './folders/checked-folders.ts';
import type { OpenAnswers } from './long-answers.ts';
import { pastsOf, previewsOf } from './long-answers.ts';
import { Rehearsals } from './making/rehearsals.ts';
import { readSourceRecord } from './making/source-record.ts';
import { byAt } from './orders/by.ts';
import { KeptDesk } from './orders/kept-desk.ts';
import { LetterBoard } from './orders/letter-board.ts';
import { Orders } from './orders/orders.ts';
import { addConnectorRoutes } from './server/connector-routes.ts';
import { addExportRoute } from './server/export-routes.ts';
import { addLetterRoutes } from './server/letter-routes.ts';
import { addMakingRoutes } from './server/making-routes.ts';
import { addOrderRoutes } from './server/order-routes.ts';
import { addPastRoutes } from './server/past-routes.ts';
import { addProposalRoutes } from './server/proposal-routes.ts';

export interface ActsOptions {
  readonly kafka: Kafka;
  readonly registry: RegistryAddress;
  readonly codec: Codec;
  readonly view: View;
  /** Undefined: no index is kept. */
  readonly search: AuditSearch | undefined;
  readonly indexFile: string | undefined;
  readonly folders: CheckedFoldersOptions;
  readonly connectors: readonly Connector[];
  /** Above so many records a second person is needed. */
  readonly approvalRecords: number;
  /** Answers that take long. */
  readonly open: OpenAnswers;
  /** Told of what kept a question without its answer. */
  readonly onAway: (error: unknown) => void;
  /** From where somebody asks. */
  readonly addressOf: (request: FastifyRequest) => string;
}

export interface Acts {
  /** The valid connectors, by partner: kept by the program. */
  readonly connectors: Map<string, Connector>;
  readonly beside: BesideView;
  addRoutes(api: FastifyInstance): void;
}

export async function openActs(program: Program, options: ActsOptions): Promise<Acts> {
  const { log } = program;
  const { kafka, registry, codec, view, search, indexFile, approvalRecords, open, onAway } = options;
  const connectors = new Map(options.connectors.map((connector) => [connector.partner, connector]));
  const folders = new CheckedFolders(options.folders);
  const rehearsals = new Rehearsals();
  program.defer(() => rehearsals[Symbol.asyncDispose]());
  const admin = kafka.admin();
  program.defer(() => admin.disconnect());
  await admin.connect();
  const sources = () => [...connectors.values()].filter(({ deliver }) => deliver).map(({ source }) => source.topic);
  const starts = new LogStarts({ kafka, admin, log, topics: () => [DEAD_LETTER_TOPIC, ...sources()] });
  program.defer(() => starts[Symbol.asyncDispose]());
  starts.begin();
  const lowOf = (partition: number): number => starts.lowOf(DEAD_LETTER_TOPIC, partition);
  let board: Promise<LetterBoard> | undefined;
  const desk = new KeptDesk({ kafka, registry, log });
  program.defer(() => desk[Symbol.asyncDispose]());
  const running = () => {
    // Whoever looks opens it again when it was lost.
    desk.open().catch(() => undefined);
    const { state } = desk;
    if (!state) return null;
    return (['redrive', 'drop'] as const)
      .flatMap((kind) => state.list(kind))
      .flatMap(({ command, status }) => (status === 'running' ? [command] : []));
  };
  const theBoard = (): Promise<LetterBoard> => {
    board ??= LetterBoard.open({ kafka, codec, log }, lowOf);
    const opening = board;
    opening.catch(() => {
      if (board === opening) board = undefined;
    });
    return opening;
  };
  program.defer(() => farewellWhenOpen(board));
  // Whoever looks first need not wait for them.
  desk.open().catch(() => undefined);
  theBoard().catch((error: unknown) => log.warn({ error: String(error) }, 'console.letters-away'));
  const orders = new Orders({ kafka, admin, log, desk, connectors, approvalRecords });
  const shared = {
    kafka,
    admin,
    log,
    desk,
    orders,
    connectors,
    view,
    codec,
    byOf: byAt(options.addressOf),
    previews: previewsOf(open),
  };
  return {
    connectors,
    beside: {
      proposalsOf: (partner) => desk.state?.waiting().filter(({ command }) => command.partner === partner).length ?? 0,
      reachOf: (partner) => {
        const { deliver, source } = connectors.get(partner) ?? {};
        return deliver && source ? reachOf(starts.of(source.topic)) : null;
      },
      isThere: ({ partition, offset }) => offset >= lowOf(partition),
    },
    addRoutes: (api) => {
      addConnectorRoutes(api, view, folders);
      addPastRoutes(api, {
        ...{ connectors, pasts: pastsOf(open), onAway },
        readPast: (past, question) => pastAnswer({ ...past, kafka, registry, log, indexFile }, question),
      });
      addMakingRoutes(api, {
        ...{ connectors, rehearsals },
        read: (connector, position) => readSourceRecord({ kafka, codec }, connector, position),
      });
      addExportRoute(api, search, () => view.partners);
      addOrderRoutes(api, shared);
      addLetterRoutes(api, { ...shared, board: theBoard, running });
      addProposalRoutes(api, shared);
    },
  };
}
