// What somebody orders: replays, redrives and drops of dead letters, pauses. Each is previewed, frozen, and given under the id of its
// preview, so that a second click gives nothing more. Lists come from what is followed.
import type { Connector } from '@ess/domain/connector/connector.ts';
import { timeText } from '@ess/domain/text/moment.ts';
import { cancelRedrive, redriveResult } from '@ess/orders/letters/give-redrive.ts';
import { summaryOf } from '@ess/orders/replay/replay-summary.ts';
import { giveStop } from '@ess/orders/replay/stop-replay.ts';
import type { Admin, Kafka, StreamLog } from '@ess/stream/kafkajs/client.ts';
import type { View } from '@ess/view/view.ts';
import type { FastifyInstance } from 'fastify';
import { orderForGuest } from '../facts/guest.ts';
import type { ShownRedrive, ShownRedrives, ShownReplay, ShownReplays } from '../facts/orders.ts';
import type { LongAnswers } from '../long-answers.ts';
import type { ByOf } from '../orders/by.ts';
import type { KeptDesk } from '../orders/kept-desk.ts';
import type { Orders } from '../orders/orders.ts';
import type { SignedIn } from '../rights/subject.ts';
import { must, mustAsk, mustOf, sees } from '../rights/subject.ts';
import { answered, GIVE_NAMED, mustConfirm, NOT_FROZEN, TEXT, usage, WHY } from './questions.ts';

export interface OrderOptions {
  readonly orders: Orders;
  /** The valid connectors, by partner. */
  readonly connectors: ReadonlyMap<string, Connector>;
  readonly desk: KeptDesk;
  readonly view: Pick<View, 'groupOf'>;
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly log: StreamLog;
  readonly byOf: ByOf;
  readonly previews: LongAnswers;
}

interface Named {
  readonly Params: { readonly name: string };
}
interface WithId {
  readonly Params: { readonly id: string };
}

/** As the command line has it: others of the same workers do not feel it. */
const RATE_PER_SECOND = 250;
const LISTED_MAX = 100;
const PREVIEW = {
  type: 'object',
  properties: {
    ...{ since: TEXT, until: TEXT, key: TEXT },
    earliest: { type: 'boolean' },
    current: { type: 'boolean' },
    newIds: { type: 'boolean' },
    clamp: { type: 'boolean' },
    /** Deliveries a second; 0: no limit. */
    rate: { type: 'integer', minimum: 0, maximum: 1_000_000, default: RATE_PER_SECOND },
  },
  additionalProperties: false,
} as const;

interface PreviewBody {
  readonly since?: string;
  readonly until?: string;
  readonly key?: string;
  readonly earliest?: true;
  readonly current?: true;
  readonly newIds?: boolean;
  readonly clamp?: boolean;
  readonly rate: number;
}

export function addOrderRoutes(api: FastifyInstance, options: OrderOptions): void {
  const { orders, desk, view, kafka, admin, log, byOf, previews } = options;

  api.post<Named>('/partners/:name/timeline', async (request) => {
    mustAsk(request, request.params.name);
    return answered(() => orders.timeline(request.params.name));
  });

  api.post<Named & { Body: PreviewBody }>(
    '/partners/:name/replays/preview',
    { schema: { body: PREVIEW } },
    async (request, reply) => {
      const { name } = request.params;
      const asks = mustAsk(request, name);
      const { rate, ...ask } = request.body;
      const limited = { ...ask, rate: rate === 0 ? Number.POSITIVE_INFINITY : rate };
      using preview = previews.begin(request, reply, () => request.subject.may(asks ? 'view' : 'replay', name));
      return await answered(() => orders.previewReplay(name, limited, request.subject.name, preview.signal, asks));
    },
  );

  api.post<Named & { Body: { id: string; confirm: string; reason?: string } }>(
    '/partners/:name/replays',
    { schema: { body: GIVE_NAMED } },
    async (request) => {
      const { name } = request.params;
      const asks = mustAsk(request, name);
      const { id, confirm, reason } = request.body;
      mustConfirm(name, confirm);
      return answered(async () => {
        const given = orders.giveReplay(name, id, byOf(request, reason), asks);
        if (!given) throw usage(NOT_FROZEN);
        return given;
      });
    },
  );

  api.get<{ Querystring: { partner?: string } }>(
    '/replays',
    { schema: { querystring: { type: 'object', properties: { partner: TEXT } } } },
    async ({ query, subject }): Promise<ShownReplays> => {
      const { state } = await answered(() => desk.open());
      const isSeen = sees(subject);
      const found = state
        .list('replay')
        .filter(({ command: { partner } }) => isSeen(partner) && (query.partner ?? partner) === partner);
      const replays = found.slice(-LISTED_MAX).reverse();
      return {
        replays: replays.map((one) => orderFor(subject, summaryOf(one, groupSeen(view, one.command.partner)))),
        total: found.length,
      };
    },
  );

  for (const kind of ['cancel', 'undo'] as const)
    api.post<WithId & { Body: { reason?: string } }>(
      `/replays/:id/${kind}`,
      { schema: { body: WHY } },
      async (request) => {
        const { id } = request.params;
        return answered(async () => {
          const open = await desk.open();
          const command = open.state.find(id)?.command;
          mustOf(request, 'replay', {
            what: 'replay',
            id,
            partner: command?.kind === 'replay' ? command.partner : undefined,
          });
          const { by, reason } = byOf(request, request.body.reason);
          await giveStop(open, { kafka, admin, log }, { kind, id, by, reason });
          return { id, status: kind };
        });
      },
    );

  for (const kind of ['pause', 'resume'] as const)
    api.post<Named & { Body: { reason?: string } }>(
      `/partners/:name/${kind}`,
      { schema: { body: WHY } },
      async (request) => {
        const { name } = request.params;
        must(request, 'pause', name);
        await answered(() => orders.pause(name, kind, byOf(request, request.body.reason)));
        return { partner: name, status: kind };
      },
    );

  api.get<{ Querystring: { partner?: string } }>(
    '/redrives',
    { schema: { querystring: { type: 'object', properties: { partner: TEXT } } } },
    async ({ query, subject }): Promise<ShownRedrives> => {
      const { state } = await answered(() => desk.open());
      const isSeen = sees(subject);
      const found = [...state.list('redrive'), ...state.list('drop')]
        .filter(({ command: { partner } }) => isSeen(partner) && (query.partner ?? partner) === partner)
        .sort((a, b) => b.command.at - a.command.at);
      const redrives = found.slice(0, LISTED_MAX).map(({ command }): ShownRedrive => {
        const { status, selected, redriven, dropped, failed, passed, partitions } = redriveResult(command, state);
        const { id, partner, kind, by, reason, at } = command;
        const shown = { id, partner, kind: kind as ShownRedrive['kind'], by, reason, at: timeText(at) };
        const done = { status, selected, redriven: redriven + dropped, failed, passed, partitions };
        return orderFor(subject, { ...shown, ...done });
      });
      return { redrives, total: found.length };
    },
  );

  api.post<WithId & { Body: { reason?: string } }>(
    '/redrives/:id/cancel',
    { schema: { body: WHY } },
    async (request) => {
      const { id } = request.params;
      return answered(async () => {
        const open = await desk.open();
        const { partner, kind } = open.state.find(id)?.command ?? {};
        const isRedrive = kind === 'redrive' || kind === 'drop';
        mustOf(request, isRedrive ? kind : 'redrive', {
          what: 'redrive',
          id,
          partner: isRedrive ? partner : undefined,
        });
        await cancelRedrive(open, id, request.subject.name);
        return { id, status: 'cancel' };
      });
    },
  );
}

const orderFor = <T extends ShownReplay | ShownRedrive>(subject: SignedIn, order: T): T =>
  subject.isGuestAt(order.partner) ? orderForGuest(order, subject.name) : order;

/** As far as the view has seen it: metadata of commits is not kept there, and a worker's word is in ess.control. */
function groupSeen(view: Pick<View, 'groupOf'>, partner: string): Parameters<typeof summaryOf>[1] {
  const group = view.groupOf(partner);
  if (!group) return undefined;
  const partitions = group.status.partitions.map(({ partition, position, end }) => ({
    ...{ partition, position, low: 0, high: end, committed: true, metadata: undefined },
  }));
  return { state: '', members: [], partitions };
}
