// What the page asks of the audit index: /attempts.
import { EssError } from '@ess/domain/text/error.ts';
import { parseMoment, timeText } from '@ess/domain/text/moment.ts';
import { attemptOutcomes } from '@ess/schemas/outcomes.ts';
import type { Place } from '@ess/view/audit/audit-file.ts';
import type { AuditQuestion, AuditSearch } from '@ess/view/audit/audit-search.ts';
import type { FastifyInstance } from 'fastify';
import type { ShownAttempts } from '../facts/attempts.ts';
import type { Subject } from '../rights/subject.ts';
import { guestAt, sees } from '../rights/subject.ts';
import { notNow, TEXT, usage } from './questions.ts';
import { shownTo } from './shown-attempt.ts';

const LIMIT_MAX = 200;
export const ATTEMPTS_FILTER = {
  ...{ rule: TEXT, partner: TEXT, id: TEXT, since: TEXT },
  outcome: { type: 'string', enum: attemptOutcomes() },
};
const ATTEMPTS_QUERY = {
  type: 'object',
  properties: {
    ...ATTEMPTS_FILTER,
    after: { type: 'string', pattern: '^\\d{1,15}:\\d{1,9}:\\d{1,15}$' },
    limit: { type: 'integer', minimum: 1, maximum: LIMIT_MAX, default: 50 },
  },
};

export const NO_INDEX = 'No audit is indexed here: ESS_VIEW_FILE is "none". "ess audit" reads the topic itself.';

export interface AttemptsFilter {
  readonly rule?: string;
  readonly partner?: string;
  readonly outcome?: string;
  readonly id?: string;
  /** As the command line takes it: a time, or how long ago. */
  readonly since?: string;
}

interface AttemptsQuery extends AttemptsFilter {
  readonly after?: string;
  readonly limit: number;
}

const NONE: ShownAttempts = { attempts: [], next: null, lookedBackTo: null, reachesBackTo: null };

/** @param search undefined: no index is kept */
export function addAuditRoutes(api: FastifyInstance, search: AuditSearch | undefined): void {
  api.get<{ Querystring: AttemptsQuery }>(
    '/attempts',
    { schema: { querystring: ATTEMPTS_QUERY } },
    async ({ query, subject }) => {
      if (!search) throw notNow(NO_INDEX);
      const { limit, after, ...filter } = query;
      // At once, as for one that never was: how long a search takes tells something, too.
      if (filter.partner !== undefined && !subject.may('view', filter.partner)) return NONE;
      const question = {
        ...questionOf(filter),
        sees: seesRow(subject),
        ...(after !== undefined && { behind: placeOf(after) }),
      };
      const { found, next, reachesMs } = await search.find(question, limit).catch((error: unknown) => {
        throw error instanceof EssError ? notNow(error.message) : error;
      });
      const shown: ShownAttempts = {
        attempts: found.map(shownTo(subject)),
        next: next ? `${next.timestampMs}:${next.partition}:${next.offset}` : null,
        lookedBackTo: next ? timeText(next.timestampMs) : null,
        reachesBackTo: reachesMs === undefined ? null : timeText(reachesMs),
      };
      return shown;
    },
  );
}

/** @throws with status 400 when `since` is no time */
export const questionOf = ({ since, ...wanted }: AttemptsFilter): AuditQuestion => ({
  ...wanted,
  ...(since !== undefined && { sinceMs: moment(since) }),
});

/**
 * Who has looked at what is told to those alone who may look at the audit; of what became of a delivery, to whoever sees the partner; what
 * was not for a partner, not to it.
 */
export function seesRow(subject: Subject): (partner: string, outcome: string) => boolean {
  const [view, audit, isGuest] = [sees(subject), sees(subject, 'audit'), guestAt(subject)];
  return (partner, outcome) =>
    view(partner) && (outcome !== 'viewed' || audit(partner)) && (outcome !== 'skipped' || !isGuest(partner));
}

function moment(since: string): number {
  try {
    return parseMoment(since, 'since');
  } catch (error) {
    throw usage((error as Error).message);
  }
}

function placeOf(after: string): Place {
  const [timestampMs = 0, partition = 0, offset = 0] = after.split(':').map(Number);
  return { timestampMs, partition, offset };
}
