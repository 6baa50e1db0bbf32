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
  410: 'hold',
};

/** @param moved the connector's `status` table, which wins over ours */
export function classifyStatus(status: number, moved: Readonly<Record<number, AnswerClass>> = {}): AnswerClass {
  const special = moved[status] ?? EXCEPTIONS[status];
  if (special) return special;
  if (status >= 200 && status < 300) return 'ack';
  if (status >= 300 && status < 400) return 'hold'; // redirects are never followed: the target was not vetted
  if (status >= 400 && status < 500) return 'record';
  return 'endpoint';
}

/** How one attempt ended. `unreachable` carries a short machine code such as ECONNREFUSED, ETIMEDOUT. */
export type Answer =
  | { readonly kind: 'answered'; readonly status: number; readonly retryAfterMs?: number; readonly newer?: boolean }
  | { readonly kind: 'unreachable'; readonly code: string }
  | { readonly kind: 'cut' };
