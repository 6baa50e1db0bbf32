// What happened, newest first: looked up in the audit index, piece by piece. Kafka is not asked for it.
import { existsSync } from 'node:fs';
import { EssError } from '@ess/domain/text/error.ts';
import type { Codec } from '@ess/stream/registry/codec.ts';
import type { AuditLog, NamedRow, Place } from './audit-file.ts';
import { AuditFile } from './audit-file.ts';
import type { Audited } from './decoded-rows.ts';
import { decodedRows } from './decoded-rows.ts';

export interface AuditSearchOptions {
  readonly codec: Pick<Codec, 'prepare' | 'decode'>;
  readonly file: string;
  /** Which log ess.audit is now: asked once, and again when the index is of another one. */
  readonly logNow: () => Promise<AuditLog | undefined>;
}

/** What is absent may be anything. */
export interface AuditQuestion {
  readonly rule?: string;
  readonly partner?: string;
  readonly outcome?: string;
  /** Of an event or of a delivery. */
  readonly id?: string;
  /** Whose rows; absent: of all. */
  readonly sees?: (partner: string, outcome: string) => boolean;
  /** Written since then, ms since 1970. */
  readonly sinceMs?: number;
  /** Goes on where the last piece ended. */
  readonly behind?: Place;
}

export interface AuditPiece {
  /** Newest first. */
  readonly found: readonly Audited[];
  /** Where to go on; undefined: there is no more. */
  readonly next: Place | undefined;
  /** When the oldest row was written that the index has, ms since 1970; undefined: it has none. */
  readonly reachesMs: number | undefined;
}

/** Whoever asks for what is rare is told how far back it was looked for, and asks on: nothing else is answered meanwhile. */
const BUDGET_MS = 50;
/** An id stands in the row itself, so that every row is decoded. */
const DECODED_MAX = 2_000;
const ASK_AGAIN_MS = 30_000;

export class AuditSearch {
  readonly #options: AuditSearchOptions;
  #log: Promise<AuditLog | undefined> | undefined;
  #askedMs = 0;

  constructor(options: AuditSearchOptions) {
    this.#options = options;
  }

  /**
   * @param limit of what is found
   * @throws EssError ESS_CONFLICT while there is no index that can be read
   */
  async find(question: AuditQuestion, limit: number): Promise<AuditPiece> {
    const { candidates, ...piece } = await this.#candidates(question, question.id === undefined ? limit : DECODED_MAX);
    const found = await decodedRows(this.#options.codec, candidates);
    return { ...piece, found: found.filter(({ row }) => hasId(row, question.id)) };
  }

  async #candidates(question: AuditQuestion, limit: number) {
    const log = await this.#logNow();
    if (!log) throw unusable('this Kafka gives no ids of topics: "ess audit" reads the topic itself');
    const { file } = this.#options;
    if (!existsSync(file)) throw unusable('it is begun in a moment');
    try {
      using index = AuditFile.toRead(file, log);
      return { ...looked(index.newest(question.rule, question.behind), question, limit), reachesMs: index.sinceMs };
    } catch (error) {
      if (performance.now() - this.#askedMs > ASK_AGAIN_MS) this.#log = undefined;
      throw unusable((error as Error).message, error);
    }
  }

  #logNow(): Promise<AuditLog | undefined> {
    if (this.#log) return this.#log;
    this.#askedMs = performance.now();
    const asked = this.#options.logNow();
    asked.catch(() => {
      this.#log = undefined;
    });
    this.#log = asked;
    return asked;
  }
}

function looked(rows: Iterable<NamedRow>, { partner, outcome, sees, sinceMs = 0 }: AuditQuestion, limit: number) {
  const until = performance.now() + BUDGET_MS;
  const candidates: NamedRow[] = [];
  let last: Place | undefined;
  for (const row of rows) {
    if (row.timestampMs < sinceMs) break;
    if (candidates.length === limit || performance.now() > until) return { candidates, next: last };
    last = { timestampMs: row.timestampMs, partition: row.partition, offset: row.offset };
    const fits = (partner ?? row.partner) === row.partner && (outcome ?? row.outcome) === row.outcome;
    if (fits && (sees?.(row.partner, row.outcome) ?? true)) candidates.push(row);
  }
  return { candidates, next: undefined };
}

const hasId = ({ eventId, deliveryId }: Audited['row'], id: string | undefined): boolean =>
  id === undefined || id === eventId || id === deliveryId;

const unusable = (why: string, cause?: unknown): EssError =>
  new EssError('ESS_CONFLICT', `The index of the audit cannot be read now: ${why}.`, { cause });
