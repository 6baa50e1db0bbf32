// When to try again: exponential backoff with full jitter, and what a Retry-After header asks for.

export interface RetryPolicy {
  readonly maxAttempts: number;
  readonly firstMs: number;
  readonly maxMs: number;
}

/** A partner that asks for more than this is asked again anyway: a wrong clock there must not stop a rule for a day. */
export const RETRY_AFTER_MAX_MS = 5 * 60_000;

/**
 * Wait before attempt `attempt + 1`, in ms: uniform in [0, min(maxMs, firstMs × 2^(attempt-1))].
 * Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog 2015 ("full jitter").
 * @param attempt attempts made so far, from 1
 * @param retryAfterMs what the partner asked for; waited in full, then jitter on top
 */
export function retryWaitMs(
  policy: RetryPolicy,
  attempt: number,
  random: () => number,
  retryAfterMs: number | undefined = undefined,
): number {
  const ceilingMs = Math.min(policy.maxMs, policy.firstMs * 2 ** Math.min(attempt - 1, 30));
  const jitterMs = random() * ceilingMs;
  return retryAfterMs === undefined ? jitterMs : Math.min(retryAfterMs, RETRY_AFTER_MAX_MS) + jitterMs;
}

/**
 * Reads Retry-After (RFC 9110 §10.2.3): delay seconds or an HTTP date.
 * @returns ms from `nowMs`, never negative; undefined when the header is absent or unreadable
 */
export function parseRetryAfter(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  // Date.parse alone is too generous ("-1" is a date to it): an HTTP date starts with the name of a weekday.
  if (!/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(text)) return undefined;
  // All three forms are in UTC; that of asctime does not say so, and would be read as local time.
  const atMs = Date.parse(/(GMT|UTC|[+-]\d{4})$/.test(text) ? text : `${text} GMT`);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}
