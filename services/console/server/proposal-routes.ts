// Orders that wait for a second person: /proposals. Whoever may approve is another one than who proposed; the worker asks it too.
import { isSamePerson } from '@ess/domain/control/approval.ts';
import type { CommandState, ControlState } from '@ess/domain/control/control-state.ts';
import { timeText } from '@ess/domain/text/moment.ts';
import { approve, standing, theProposal, withdraw } from '@ess/orders/approval.ts';
import { giveRedrives } from '@ess/orders/letters/give-redrive.ts';
import { giveReplay } from '@ess/orders/replay/give-replay.ts';
import { viewGroup } from '@ess/stream/group/group-view.ts';
import type { FastifyInstance } from 'fastify';
import type { ShownProposal } from '../facts/orders.ts';
import type { SignedIn } from '../rights/subject.ts';
import { mustOf, sees } from '../rights/subject.ts';
import type { OrderOptions } from './order-routes.ts';
import { answered, REASON, WHY } from './questions.ts';

type ProposalOptions = Pick<OrderOptions, 'desk' | 'kafka' | 'admin' | 'log' | 'byOf'>;

const LISTED_MAX = 100;
const APPROVE = {
  type: 'object',
  required: ['digest'],
  properties: { digest: { type: 'string', pattern: '^[0-9a-f]{64}$' }, reason: REASON },
  additionalProperties: false,
} as const;

interface WithId {
  readonly Params: { readonly id: string };
}

export function addProposalRoutes(api: FastifyInstance, options: ProposalOptions): void {
  const { desk, byOf } = options;

  api.get('/proposals', async ({ subject }) => {
    const { state } = await answered(() => desk.open());
    const isSeen = sees(subject);
    const found = state.proposals().filter(({ command: { partner } }) => isSeen(partner));
    return {
      proposals: found
        .slice(-LISTED_MAX)
        .reverse()
        .flatMap((one) => shownProposal(one, subject)),
    };
  });

  api.post<WithId & { Body: { digest: string; reason?: string } }>(
    '/proposals/:id/approve',
    { schema: { body: APPROVE } },
    async (request) => {
      const { id } = request.params;
      const { digest } = request.body;
      return answered(async () => {
        const open = await desk.open();
        mustOf(request, 'approve', orderOf(open.state, id));
        const { command, proposal } = theProposal(open.state, id);
        const { by, reason } = byOf(request, request.body.reason);
        const approval = approve(open.state, id, by, digest, reason);
        if (proposal.kind === 'replay') await run(options, command.partner, command.replay?.topic ?? '', approval);
        else await giveRedrives(open, [approval]);
        return { id, status: 'approved' };
      });
    },
  );

  api.post<WithId & { Body: { reason?: string } }>(
    '/proposals/:id/withdraw',
    { schema: { body: WHY } },
    async (request) => {
      const { id } = request.params;
      return answered(async () => {
        const open = await desk.open();
        mustOf(request, 'view', orderOf(open.state, id));
        const { by, reason } = byOf(request, request.body.reason);
        await open.give([withdraw(open.state, id, by, reason)]);
        return { id, status: 'withdrawn' };
      });
    },
  );
}

function orderOf(state: Pick<ControlState, 'find'>, id: string): Parameters<typeof mustOf>[2] {
  const command = state.find(id)?.command;
  return { what: 'proposal', id, partner: command?.proposal ? command.partner : undefined };
}

async function run(
  { desk, kafka, admin, log }: ProposalOptions,
  partner: string,
  topic: string,
  approval: Parameters<typeof giveReplay>[3],
): Promise<void> {
  const view = await viewGroup(admin, `ess.${partner}`, topic);
  await giveReplay(await desk.open(), { kafka, log }, { view }, approval);
}

function shownProposal(found: CommandState, subject: SignedIn): ShownProposal[] {
  const { command, approval } = found;
  const { id, partner, by, reason, at, proposal } = command;
  if (!proposal) return [];
  const { kind, digest, expiresAt, records } = proposal;
  const status = standing(found);
  const waits = status === 'proposed';
  const shown = { id, partner, kind, status, by, reason, at: timeText(at), expiresAt: timeText(expiresAt) };
  const isOwn = by === subject.name;
  return [
    {
      ...shown,
      ...{ records, digest, what: wordsOf(command), approvedBy: approval?.by ?? null },
      mayApprove: waits && !isSamePerson(by, subject.name) && subject.may('approve', partner),
      mayWithdraw: waits && isOwn,
    },
  ];
}

function wordsOf({ replay, redrive }: CommandState['command']): string[] {
  if (replay) {
    const { topic, partitions, key, current, ratePerSecond } = replay;
    const ranges = partitions.map(({ partition, target, until }) => `${topic}:${partition} from ${target} to ${until}`);
    return [
      ...(current ? [`every rule in force, of ${topic}`] : ranges),
      ...(key === null ? [] : [`only ${key}`]),
      ratePerSecond === null ? 'as fast as the partner takes them' : `${ratePerSecond} a second at most`,
    ];
  }
  if (!redrive) return [];
  const letters = redrive.letters.reduce((sum, { offsets }) => sum + offsets.length, 0);
  return [`${letters} dead letters of ${redrive.topic}`, ...(redrive.reason ? [`parked for ${redrive.reason}`] : [])];
}
