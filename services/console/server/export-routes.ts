// The audit as a file: POST /attempts/export, of what the filters say. It comes as it is found, and who leaves ends the search.
import { Readable } from 'node:stream';
import { EssError } from '@ess/domain/text/error.ts';
import type { AuditQuestion, AuditSearch } from '@ess/view/audit/audit-search.ts';
import type { FastifyInstance } from 'fastify';
import type { ExportFormat } from '../facts/export.ts';
import { EXPORT_FORMATS, EXPORT_ROWS_MAX, endOf, headOf, lineOf } from '../facts/export.ts';
import { reasonOf } from '../orders/by.ts';
import { must, sees } from '../rights/subject.ts';
import type { AttemptsFilter } from './audit-routes.ts';
import { ATTEMPTS_FILTER, NO_INDEX, questionOf, seesRow } from './audit-routes.ts';
import { notNow, REASON } from './questions.ts';
import { shownAttempt } from './shown-attempt.ts';

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

export function addExportRoute(api: FastifyInstance, search: AuditSearch | undefined): void {
  api.post<{ Body: ExportBody }>('/attempts/export', { schema: { body: EXPORT_BODY } }, async (request, reply) => {
    const { format, reason, ...filter } = request.body;
    if (filter.partner !== undefined) must(request, 'export', filter.partner);
    if (!search) throw notNow(NO_INDEX);
    const { subject } = request;
    const [isSeen, isTaken] = [seesRow(subject), sees(subject, 'export')];
    const isAllowed = (partner: string, outcome: string) => isTaken(partner) && isSeen(partner, outcome);
    const question = { ...questionOf(filter), sees: isAllowed };
    // What cannot be searched is said before a file begins.
    await pieceOf(search, { ...question, sinceMs: Date.now() }, 1);
    await api.onRecord(request, { partner: filter.partner ?? '*', what: 'export', reason: reasonOf(reason) });
    const name = `ess-audit.${format === 'csv' ? 'csv' : 'ndjson'}`;
    reply.header('content-disposition', `attachment; filename="${name}"`).type(TYPES[format]);
    return reply.send(Readable.from(linesOf(search, question, format)));
  });
}

/** Ends with a line that says so when there is more than a file may hold. */
async function* linesOf(search: AuditSearch, question: AuditQuestion, format: ExportFormat): AsyncGenerator<string> {
  yield headOf(format);
  let left = EXPORT_ROWS_MAX;
  for (let behind = question.behind; ; ) {
    const asked = { ...question, ...(behind && { behind }) };
    const { found, next } = await pieceOf(search, asked, Math.min(PIECE, left));
    left -= found.length;
    yield found.map((row) => lineOf(format, shownAttempt(row))).join('');
    if (!next) return;
    if (left <= 0) return yield endOf(format, `${EXPORT_ROWS_MAX} rows, and there are more: "ess audit" has them all`);
    behind = next;
  }
}

const pieceOf = (search: AuditSearch, question: AuditQuestion, limit: number): ReturnType<AuditSearch['find']> =>
  search.find(question, limit).catch((error: unknown) => {
    throw error instanceof EssError ? notNow(error.message) : error;
  });
