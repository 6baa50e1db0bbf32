// What the page asks of the view: /overview, /cells, /rules, /rules/{id}, /partners/{name}, /me and /feed. Nobody is told of a partner that
// they may not see, nor counted one.
import type { PartnerTotals } from '@ess/view/answer.ts';
import { SharedAnswers } from '@ess/view/shared-answers.ts';
import type { View } from '@ess/view/view.ts';
import type { FastifyInstance } from 'fastify';
import { matching, toldTo } from '../facts/cells.ts';
import { cardForGuest, cellFor, statusForGuest } from '../facts/guest.ts';
import type { Me } from '../facts/me.ts';
import type { BesideView, Overview, PartnerCard, PartnerFacts } from '../facts/overview.ts';
import { byUrgency, cardOf } from '../facts/overview.ts';
import type { History } from '../history/history.ts';
import type { LongAnswers } from '../long-answers.ts';
import { noPartner } from '../rights/refused.ts';
import type { SignedIn, Subject } from '../rights/subject.ts';
import { ACTIONS, guestAt, mayAsk, must, sees } from '../rights/subject.ts';
import type { Feed } from './feed.ts';
import type { AskedCells } from './questions.ts';
import { CELL_FILTER, filterOf, TEXT } from './questions.ts';

/** As many rows as a page shows and some screens more. */
const LIMIT_MAX = 200;

/** Of the ring of the last hour, for one point of a small line: two minutes. */
const SPARK_STEPS = 12;

const CELLS_QUERY = {
  type: 'object',
  properties: {
    ...CELL_FILTER,
    from: { type: 'integer', minimum: 0, default: 0 },
    limit: { type: 'integer', minimum: 1, maximum: LIMIT_MAX, default: 100 },
  },
} as const;

const RULES_QUERY = {
  type: 'object',
  required: ['part'],
  properties: { part: TEXT, limit: { type: 'integer', minimum: 1, maximum: 50, default: 20 } },
} as const;

interface CellsQuery extends AskedCells {
  readonly from: number;
  readonly limit: number;
}

const NOTHING: BesideView = { proposalsOf: () => 0, reachOf: () => null, isThere: () => true };

const cardIn = (view: View, history: History, totals: PartnerTotals, beside: BesideView): PartnerCard =>
  cardOf(totals, view.groupOf(totals.partner)?.status, {
    proposals: beside.proposalsOf(totals.partner),
    reach: beside.reachOf(totals.partner),
    deadLetters: view.judge.deadLetters(totals.partner, beside.isThere),
    latency: history.latency(totals.partner, Date.now()),
  });

export async function overviewOf(view: View, history: History, beside = NOTHING): Promise<Overview> {
  const { nowMs, partners } = await view.judge.tallied();
  const cards = partners.map((totals) => cardIn(view, history, totals, beside));
  return {
    at: new Date(nowMs).toISOString(),
    behindSeconds: Math.round(view.behindMs() / 100) / 10,
    partners: byUrgency(cards),
  };
}

/** The same for somebody who may not see all. */
export const seenBy = (subject: Subject, overview: Overview): Overview => ({
  ...overview,
  partners: overview.partners
    .filter(({ partner }) => subject.may('view', partner))
    .map((card) => (subject.isGuestAt(card.partner) ? cardForGuest(card) : card)),
});

const meOf = (subject: SignedIn, partners: readonly string[]): Me => ({
  name: subject.name,
  via: subject.via,
  until: subject.untilMs === undefined ? null : new Date(subject.untilMs).toISOString(),
  partners: partners.filter(sees(subject)).map((partner) => ({
    partner,
    actions: [
      ...ACTIONS.filter((action) => subject.may(action, partner)),
      ...(mayAsk(subject, partner) ? (['ask'] as const) : []),
    ],
  })),
});

/** Who listens to the feed. */
export interface Listening {
  readonly feed: Feed;
  readonly feeds: LongAnswers;
}

export function addRoutes(
  api: FastifyInstance,
  view: View,
  history: History,
  { feed, feeds }: Listening,
  beside = NOTHING,
): void {
  api.get('/me', ({ subject }) => meOf(subject, view.partners));

  const answers = new SharedAnswers();
  const { judge } = view;
  const overview = () => answers.of('overview', () => overviewOf(view, history, beside));

  api.get('/overview', async ({ subject }) => seenBy(subject, await overview()));

  api.get<{ Querystring: CellsQuery }>(
    '/cells',
    { schema: { querystring: CELLS_QUERY } },
    async ({ query, subject }) => {
      const filter = filterOf(query);
      const isGuest = guestAt(subject);
      const isTold = toldTo(isGuest);
      const seen = view.partners.filter((name) => (filter.partner ?? name) === name && subject.may('view', name));
      const isAsked = matching(filter);
      const question = JSON.stringify([filter, seen, seen.filter(isGuest)]);
      const find = () => judge.find((cell, source) => isTold(cell) && isAsked(cell, source), new Set(seen));
      const found = await answers.of(question, find, (one) => !judge.isOfNow(one));
      const piece = judge.piece(found, query, (cell) => isTold(cell) && subject.may('view', cell.partner));
      return { ...piece, cells: piece.cells.map(cellFor(subject)) };
    },
  );

  api.get<{ Querystring: { part: string; limit: number } }>(
    '/rules',
    { schema: { querystring: RULES_QUERY } },
    ({ query: { part, limit }, subject }) => {
      const [isSeen, isGuest] = [sees(subject), guestAt(subject)];
      const named = view.judge.rulesLike(part, limit, (name) => isSeen(name) && !isGuest(name));
      const asGuest = new Set(view.partners.filter((name) => isSeen(name) && isGuest(name)));
      const [isTold, isAsked] = [toldTo(isGuest), matching({ all: true, rule: part })];
      const cells = asGuest.size === 0 ? [] : view.judge.all((cell) => isTold(cell) && isAsked(cell), asGuest).cells;
      return { rules: [...new Set([...named, ...cells.map(({ ruleId }) => ruleId)])].sort().slice(0, limit) };
    },
  );

  api.get('/labels', ({ subject }) => {
    const isSeen = sees(subject);
    const of = (name: string) => isSeen(name) && !subject.isGuestAt(name); // partners of a source share what it has
    return { scopes: view.judge.labels('scope', of), regions: view.judge.labels('region', of) };
  });

  api.get<{ Params: { id: string } }>('/rules/:id', ({ params: { id }, subject }) => ({
    at: new Date().toISOString(),
    ruleId: id,
    cells: view.judge
      .ofRule(id)
      .filter((cell) => subject.may('view', cell.partner) && toldTo(guestAt(subject))(cell))
      .map(cellFor(subject)),
  }));

  api.get<{ Params: { name: string } }>('/partners/:name', async (request) => {
    const { name } = request.params;
    must(request, 'view', name);
    const [totals] = (await judge.tallied(new Set([name]))).partners;
    if (!totals) throw noPartner(name);
    const card = cardIn(view, history, totals, beside);
    const status = view.groupOf(name)?.status ?? null;
    const shown: PartnerFacts = request.subject.isGuestAt(name)
      ? { card: cardForGuest(card), status: status && statusForGuest(status) }
      : { card, status };
    return shown;
  });

  api.get<{ Params: { name: string } }>('/partners/:name/history', (request) => {
    const { name } = request.params;
    must(request, 'view', name);
    if (!view.partners.includes(name)) throw noPartner(name);
    return history.of(name, Date.now());
  });

  api.get('/history', ({ subject }) => ({
    partners: view.partners.filter(sees(subject)).map((name) => history.of(name, Date.now(), SPARK_STEPS)),
  }));

  api.get('/feed', (request, reply) => feed.add(reply, request.subject, feeds.begin(request, reply)));
}
