// What an answer means and what happens next, decided in one table. The table is data: a connector may
// move a status to another class.

/**
 * ack      the partner has it
 * endpoint the partner is in trouble: try this record again, and feed the breaker
 * hold     every record would fail the same way: hold the partner at once
 * record   this record can never succeed: dead letter
 */
export type AnswerClass = 'ack' | 'endpoint' | 'hold' | 'record';

const EXCEPTIONS: Readonly<Record<number, AnswerClass>> = {
  408: 'endpoint',
  425: 'endpoint',
  429: 'endpoint',
  401: 'hold',
  403: 'hold',
  404: 'hold',
  405: 'hold',
  406: 'hold',
  410: 'hold',
  415: 'hold',
  421: 'hold',
  426: 'hold',
};

export const is2xx = (status: number): boolean => status >= 200 && status < 300;

/** @param moved the connector's `status` table, which wins over ours */
export function classifyStatus(status: number, moved: Readonly<Record<number, AnswerClass>> = {}): AnswerClass {
  const special = moved[status] ?? EXCEPTIONS[status];
  if (special) return special;
  if (is2xx(status)) return 'ack';
  if (status >= 300 && status < 400) return 'hold'; // redirects are never followed: the target was not vetted
  if (status >= 400 && status < 500) return 'record';
  return 'endpoint';
}

/** What an answer means by the connector's own words (`deliver.ack`), where it has them and the table does not decide. */
export interface Meaning {
  readonly class: AnswerClass;
  /** Short, as of a dead letter. */
  readonly code: string;
  /** For people; nothing of the answer's own text is in it. */
  readonly why: string;
}

/**
 * Why the same request went once more on another connection: that of before had been idle and ended before one byte of an answer, or
 * was a pipe that ended, or had an answer that could not be read, before its turn (deliver.pipelining).
 */
export type Resent = 'idle' | 'pipe';

interface Attempted {
  readonly resent?: Resent;
}

/**
 * How one attempt ended. `unreachable` carries a short machine code such as ECONNREFUSED, ETIMEDOUT. `malformed`: what came is no
 * HTTP; `why` says where, and holds nothing of its bytes.
 */
export type Answer =
  | (Attempted & {
      readonly kind: 'answered';
      readonly status: number;
      readonly retryAfterMs?: number;
      readonly newer?: boolean;
      readonly means?: Meaning;
      /** What it says of each record of the batch, in their order: its status, or null for one that it does not name. */
      readonly items?: ReadonlyArray<number | null>;
    })
  | (Attempted & { readonly kind: 'unreachable'; readonly code: string })
  | (Attempted & { readonly kind: 'malformed'; readonly why: string })
  | { readonly kind: 'cut' };

/** What the answer to a batch says of one of its records. */
export interface ItemAnswer {
  readonly kind: 'item';
  readonly status: number | null;
  readonly retryAfterMs?: number;
}
