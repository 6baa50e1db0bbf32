// What every partner held at a past minute: /past. It is read from Kafka and the audit index because somebody asks for it, which takes
// seconds, and ends when nobody waits any more.
import { PassThrough } from 'node:stream';
import type { Connector } from '@ess/domain/connector/connector.ts';
import { parseMoment } from '@ess/domain/text/moment.ts';
import type { LockstepAnswer, Question } from '@ess/view/answer.ts';
import type { PastOptions } from '@ess/view/past.ts';
import type { FastifyInstance } from 'fastify';
import type { CellFilter } from '../facts/cells.ts';
import { aboutOf, matching, toldTo } from '../facts/cells.ts';
import { cellFor, totalsFor } from '../facts/guest.ts';
import type { PastLine } from '../facts/past.ts';
import type { LongAnswers } from '../long-answers.ts';
import { guestAt, sees } from '../rights/subject.ts';
import type { AskedCells } from './questions.ts';
import { away, CELL_FILTER, filterOf, TEXT, usage } from './questions.ts';

export type ReadPast = (
  options: Pick<PastOptions, 'connectors' | 'atMs' | 'onProgress' | 'signal'>,
  question: Question,
) => Promise<LockstepAnswer>;

export interface PastRoutes {
  /** The valid ones, by partner. */
  readonly connectors: ReadonlyMap<string, Connector>;
  readonly readPast: ReadPast;
  readonly pasts: LongAnswers;
  /** Told of what kept it from being read. */
  readonly onAway: (error: unknown) => void;
}

const CELLS_MAX = 500;
const PAST_QUERY = {
  type: 'object',
  required: ['at'],
  properties: { at: TEXT, ...CELL_FILTER },
} as const;

interface PastQuery extends AskedCells {
  readonly at: string;
}

export function addPastRoutes(api: FastifyInstance, { connectors, readPast, pasts, onAway }: PastRoutes): void {
  api.get<{ Querystring: PastQuery }>('/past', { schema: { querystring: PAST_QUERY } }, (request, reply) => {
    const { query, subject } = request;
    const filter = filterOf(query);
    const atMs = pastMoment(query.at);
    const isSeen = sees(subject);
    const asked = [...connectors.values()].filter(
      ({ partner }) => isSeen(partner) && (filter.partner ?? partner) === partner,
    );
    const answer = pasts.begin(request, reply, () => asked.every(({ partner }) => subject.may('view', partner)));
    const { signal } = answer;
    const lines = new PassThrough();
    const tell = (line: PastLine): boolean => lines.write(`${JSON.stringify(line)}\n`);
    tell({ read: 0, all: 0 }); // the answer begins at once, and so does the page
    // What Kafka has not answered yet keeps nobody waiting.
    const ended = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const onProgress = (read: number, all: number) => tell({ read, all });
    const about = aboutOf(filter);
    const question = { all: filter.all || filter.state !== undefined, ...(about && { about }) };
    const reading = readPast({ connectors: asked, atMs, onProgress, signal }, question);
    reading.catch(() => undefined).finally(() => answer[Symbol.dispose]());
    Promise.race([reading, ended])
      .then((found) => {
        const cells = found.cells.filter(toldTo(guestAt(subject)));
        tell(foundIn({ ...found, partners: found.partners.map(totalsFor(subject)), cells }, filter, cellFor(subject)));
      })
      .catch((error: unknown) => {
        if (!signal.aborted) onAway(error);
        tell({ why: ((signal.aborted ? signal.reason : away(error)) as Error).message });
      })
      .finally(() => lines.end());
    return reply.type('application/x-ndjson').send(lines);
  });
}

/** @param told a cell as whoever asks is told of it */
function foundIn(
  { at, partners, cells, notKnown = [] }: LockstepAnswer,
  filter: CellFilter,
  told: ReturnType<typeof cellFor>,
): PastLine {
  const isWanted = matching(filter);
  const found = cells.filter((cell) => isWanted(cell));
  return { at, partners, total: found.length, cells: found.slice(0, CELLS_MAX).map(told), notKnown };
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
