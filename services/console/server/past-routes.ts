// What every partner held at a past minute: /past. It is read from Kafka and the audit index because somebody asks for it, which takes
// seconds, and ends when nobody waits any more.
import { PassThrough } from 'node:stream';
import type { Connector } from '@ess/domain/connector/connector.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { parseMoment } from '@ess/domain/text/moment.ts';
import type { LockstepAnswer, Question } from '@ess/view/answer.ts';
import type { PastOptions } from '@ess/view/past.ts';
import type { FastifyInstance } from 'fastify';
import type { CellFilter } from '../facts/cells.ts';
import { aboutOf, matching, toldTo } from '../facts/cells.ts';
import type { PastLine } from '../facts/past.ts';
import { sees } from '../rights/subject.ts';
import type { AskedCells } from './questions.ts';
import { CELL_FILTER, filterOf, notNow, TEXT, usage } from './questions.ts';

export type ReadPast = (
  options: Pick<PastOptions, 'connectors' | 'atMs' | 'onProgress' | 'signal'>,
  question: Question,
) => Promise<LockstepAnswer>;

const CELLS_MAX = 500;
/** Each reads whole topics. */
const AT_ONCE = 2;
const PAST_QUERY = {
  type: 'object',
  required: ['at'],
  properties: { at: TEXT, ...CELL_FILTER },
} as const;

interface PastQuery extends AskedCells {
  readonly at: string;
}

/** @param connectors the valid ones, by partner */
export function addPastRoutes(
  api: FastifyInstance,
  connectors: ReadonlyMap<string, Connector>,
  readPast: ReadPast,
): void {
  let reading = 0;
  api.get<{ Querystring: PastQuery }>('/past', { schema: { querystring: PAST_QUERY } }, ({ query, subject }, reply) => {
    const filter = filterOf(query);
    const atMs = pastMoment(query.at);
    if (reading >= AT_ONCE) throw notNow('two past minutes are being read already: try again when they are through');
    const isSeen = sees(subject);
    const asked = [...connectors.values()].filter(
      ({ partner }) => isSeen(partner) && (filter.partner ?? partner) === partner,
    );
    const lines = new PassThrough();
    const over = new AbortController();
    reply.raw.once('close', () => over.abort());
    const tell = (line: PastLine): boolean => lines.write(`${JSON.stringify(line)}\n`);
    reading += 1;
    tell({ read: 0, all: 0 }); // the answer begins at once, and so does the page
    const onProgress = (read: number, all: number) => tell({ read, all });
    const about = aboutOf(filter);
    const question = { all: filter.all || filter.state !== undefined, ...(about && { about }) };
    readPast({ connectors: asked, atMs, onProgress, signal: over.signal }, question)
      .then((answer) => {
        const cells = answer.cells.filter(toldTo(subject));
        tell(foundIn({ ...answer, cells }, filter));
      })
      .catch((error: unknown) => {
        if (!over.signal.aborted)
          tell({ why: error instanceof EssError ? error.message : `it cannot be read: ${error}` });
      })
      .finally(() => {
        reading -= 1;
        lines.end();
      });
    return reply.type('application/x-ndjson').send(lines);
  });
}

function foundIn({ at, partners, cells, notKnown = [] }: LockstepAnswer, filter: CellFilter): PastLine {
  const isWanted = matching(filter);
  const found = cells.filter((cell) => isWanted(cell));
  return { at, partners, total: found.length, cells: found.slice(0, CELLS_MAX), notKnown };
}

function pastMoment(at: string): number {
  const nowMs = Date.now();
  try {
    const atMs = parseMoment(at, 'at', nowMs);
    if (atMs <= nowMs) return atMs;
  } catch (error) {
    throw usage((error as Error).message);
  }
  throw usage(`at: ${at} is still to come`);
}
