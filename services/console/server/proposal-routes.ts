// Orders that wait for a second person: /proposals. Whoever may approve is another one than who proposed; the worker asks it too.
import type { Connector } from '@ess/domain/connector/connector.ts';
import { approvedRecords, isSamePerson } from '@ess/domain/control/approval.ts';
import type { CommandState, ControlState } from '@ess/domain/control/control-state.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { timeText } from '@ess/domain/text/moment.ts';
import { changedSince, standing, theProposal, withdraw } from '@ess/orders/approval.ts';
import type { FastifyInstance } from 'fastify';
import { orderForGuest } from '../facts/guest.ts';
import type { ShownProposal, ShownProposals } from '../facts/orders.ts';
import type { SignedIn } from '../rights/subject.ts';
import { mustOf, sees } from '../rights/subject.ts';
import type { OrderOptions } from './order-routes.ts';
import { answered, mustConfirm, REASON, TEXT, WHY } from './questions.ts';

type ProposalOptions = Pick<OrderOptions, 'desk' | 'orders' | 'connectors' | 'byOf' | 'previews'>;

const LISTED_MAX = 100;
/** Of a topic with thousands of partitions. */
const RANGES_MAX = 50;
const APPROVE = {
  type: 'object',
  required: ['digest', 'confirm'],
  properties: { digest: { type: 'string', pattern: '^[0-9a-f]{64}$' }, confirm: TEXT, reason: REASON },
  additionalProperties: false,
} as const;

interface WithId {
  readonly Params: { readonly id: string };
}

export function addProposalRoutes(api: FastifyInstance, options: ProposalOptions): void {
  const { desk, orders, connectors, byOf, previews } = options;

  api.get('/proposals', async ({ subject }): Promise<ShownProposals> => {
    const { state } = await answered(() => desk.open());
    const isSeen = sees(subject);
    const found = state.proposals().filter(({ command: { partner } }) => isSeen(partner));
    // What waits comes before what is over, however many were made since.
    const [waiting, over] = [true, false].map((waits) =>
      found.filter((one) => (standing(one) === 'proposed') === waits).reverse(),
    );
    const listed = [...(waiting ?? []), ...(over ?? [])].slice(0, LISTED_MAX);
    const proposals = listed.flatMap((one) => shownProposal(one, connectors.get(one.command.partner), subject));
    return { proposals, total: found.length, waiting: waiting?.length ?? 0 };
  });

  api.post<WithId & { Body: { digest: string; confirm: string; reason?: string } }>(
    '/proposals/:id/approve',
    { schema: { body: APPROVE } },
    async (request, reply) => {
      const { id } = request.params;
      const { digest, confirm, reason } = request.body;
      return answered(async () => {
        const { state } = await desk.open();
        mustOf(request, 'approve', orderOf(state, id));
        mustConfirm(theProposal(state, id).command.partner, confirm);
        // It is counted as a preview is.
        using _place = previews.begin(request, reply);
        await orders.approve(id, digest, byOf(request, reason));
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
        const found = theProposal(open.state, id);
        // What else would be said names people.
        const isOwn = found.command.by === by && standing(found) === 'proposed';
        if (!isOwn && request.subject.isGuestAt(found.command.partner))
          throw new EssError('ESS_CONFLICT', `${id} does not wait, or was not proposed by you`);
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

function shownProposal(found: CommandState, connector: Connector | undefined, subject: SignedIn): ShownProposal[] {
  const { command, approval } = found;
  const { id, partner, by, reason, at, proposal } = command;
  if (!proposal) return [];
  const { kind, digest, expiresAt, records } = proposal;
  const status = standing(found);
  const waits = status === 'proposed';
  const isOwn = by === subject.name;
  const times = { at: timeText(at), expiresAt: timeText(expiresAt) };
  const who = { by, reason, status, approvedBy: approval?.by ?? null };
  const changed = waits ? (changedSince({ ...found, proposal }, { connector }) ?? null) : null;
  return [
    {
      ...{ id, partner, kind, records, digest, changed, what: wordsOf(command) },
      ...times,
      ...(subject.isGuestAt(partner) ? orderForGuest(who, subject.name) : who),
      mayApprove: waits && changed === null && !isSamePerson(by, subject.name) && subject.may('approve', partner),
      mayWithdraw: waits && isOwn,
    },
  ];
}

/** What is in force is no list: it is sent as it is then, each rule once, within what was shown. */
const inForce = (command: CommandState['command']): string =>
  `every rule in force when it runs: ${command.proposal?.records} when it was proposed, ${approvedRecords(command)} at most`;

function wordsOf(command: CommandState['command']): string[] {
  const { replay, redrive } = command;
  if (replay) {
    const { topic, partitions, key, current, ratePerSecond } = replay;
    const ranges = partitions
      .slice(0, RANGES_MAX)
      .map(({ partition, target, until }) => `${topic}:${partition} from ${target} to ${until}`);
    const more = partitions.length - ranges.length;
    return [
      ...(current ? [inForce(command)] : ranges),
      ...(current || more === 0 ? [] : [`and ${more} more partitions`]),
      ...(key === null ? [] : [`only ${key}`]),
      ratePerSecond === null ? 'as fast as the partner takes them' : `${ratePerSecond} a second at most`,
    ];
  }
  if (!redrive) return [];
  const letters = redrive.letters.reduce((sum, { offsets }) => sum + offsets.length, 0);
  return [`${letters} dead letters of ${redrive.topic}`, ...(redrive.reason ? [`parked for ${redrive.reason}`] : [])];
}
