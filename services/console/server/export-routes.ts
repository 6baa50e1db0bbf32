// The audit as a file: POST /attempts/export, of what the filters say. It comes as it is found, and who leaves ends the search.
import { Readable } from 'node:stream';
import { EssError } from '@ess/domain/text/error.ts';
import { timeText } from '@ess/domain/text/moment.ts';
import type { AuditQuestion, AuditSearch } from '@ess/view/audit/audit-search.ts';
import type { FastifyInstance } from 'fastify';
import type { ExportFormat } from '../facts/export.ts';
import { EXPORT_FORMATS, EXPORT_ROWS_MAX, endOf, headOf, lineOf } from '../facts/export.ts';
import { reasonOf } from '../orders/by.ts';
import { forbidden } from '../rights/refused.ts';
import type { SignedIn, Subject } from '../rights/subject.ts';
import { must, sees } from '../rights/subject.ts';
import type { AttemptsFilter } from './audit-routes.ts';
import { ATTEMPTS_FILTER, NO_INDEX, questionOf, seesRow } from './audit-routes.ts';
import { notNow, REASON } from './questions.ts';
import { shownTo } from './shown-attempt.ts';

const PIECE = 500;
const TYPES: Readonly<Record<ExportFormat, string>> = {
  csv: 'text/csv; charset=utf-8; header=present',
  json: 'application/x-ndjson',
};
const EXPORT_BODY = {
  type: 'object',
  required: ['format'],
  properties: { ...ATTEMPTS_FILTER, format: { type: 'string', enum: EXPORT_FORMATS }, reason: REASON },
  additionalProperties: false,
};

interface ExportBody extends AttemptsFilter {
  readonly format: ExportFormat;
  readonly reason: string;
}

/** @param partners all that there are now */
export function addExportRoute(
  api: FastifyInstance,
  search: AuditSearch | undefined,
  partners: () => readonly string[],
): void {
  api.post<{ Body: ExportBody }>('/attempts/export', { schema: { body: EXPORT_BODY } }, async (request, reply) => {
    const { format, reason, ...filter } = request.body;
    const { subject } = request;
    if (filter.partner !== undefined) must(request, 'export', filter.partner);
    const taken = filter.partner === undefined ? partners().filter(sees(subject, 'export')) : [filter.partner];
    if (taken.length === 0) throw forbidden(`${subject.name} may export at no partner`);
    if (!search) throw notNow(NO_INDEX);
    const question = questionOf(filter);
    // What cannot be searched is said before a file begins.
    await pieceOf(search, { ...question, sinceMs: Date.now() }, 1);
    const why = [reasonOf(reason), wordsOf(filter)].filter((one) => one !== null).join(' ');
    await Promise.all(
      taken.map((partner) => api.onRecord(request, { partner, what: 'export', reason: reasonOf(why) })),
    );
    const name = `ess-audit.${format === 'csv' ? 'csv' : 'ndjson'}`;
    reply.header('content-disposition', `attachment; filename="${name}"`).type(TYPES[format]);
    return reply.send(Readable.from(linesOf(search, question, format, subject)));
  });
}

/** What was asked for, as it goes on record; null: everything. */
function wordsOf({ partner: _, ...filter }: AttemptsFilter): string | null {
  const words = Object.entries(filter).map(([name, value]) => `${name} ${value}`);
  return words.length === 0 ? null : `(${words.join(', ')})`;
}

/** What may be taken now: a right may be taken away while a file comes. */
function allowedTo(subject: Subject): NonNullable<AuditQuestion['sees']> {
  const [isSeen, isTaken] = [seesRow(subject), sees(subject, 'export')];
  return (partner, outcome) => isTaken(partner) && isSeen(partner, outcome);
}

/** Ends with a line that says so when it is not all that was asked for. */
async function* linesOf(
  search: AuditSearch,
  question: AuditQuestion,
  format: ExportFormat,
  subject: SignedIn,
): AsyncGenerator<string> {
  yield headOf(format);
  let left = EXPORT_ROWS_MAX;
  for (let behind = question.behind; ; ) {
    if (subject.isOver()) return yield endOf(format, 'whoever exports has been signed out: this is not all');
    const asked = { ...question, sees: allowedTo(subject), ...(behind && { behind }) };
    const { found, next, reachesMs = 0 } = await pieceOf(search, asked, Math.min(PIECE, left));
    left -= found.length;
    yield found.map((row) => lineOf(format, shownTo(subject)(row))).join('');
    if (!next) {
      if (reachesMs > (question.sinceMs ?? reachesMs))
        yield endOf(format, `the index reaches back to ${timeText(reachesMs)}: "ess audit" has what is older`);
      return;
    }
    if (left <= 0) return yield endOf(format, `${EXPORT_ROWS_MAX} rows, and there are more: "ess audit" has them all`);
    behind = next;
  }
}

const pieceOf = (search: AuditSearch, question: AuditQuestion, limit: number): ReturnType<AuditSearch['find']> =>
  search.find(question, limit).catch((error: unknown) => {
    throw error instanceof EssError ? notNow(error.message) : error;
  });
