// How every partner did in the last hour, from the rows of the audit that the view follows and a look at its groups every few seconds.
// Whoever asks for it asks Kafka nothing.
import { timeText } from '@ess/domain/text/moment.ts';
import type { DeliveryAttempt } from '@ess/schemas/generated/types.ts';
import type { Latency, PartnerHistory } from '../facts/history.ts';
import type { Point } from './hour.ts';
import { Hour, STEP_MS, STEPS } from './hour.ts';

/** What a card says of a partner is of so long. */
const LATELY_MS = 5 * 60_000;
/** A clock that goes before ours does not empty the ring. */
const AHEAD_MAX_MS = 1_000;

const FAILED: ReadonlySet<string> = new Set<DeliveryAttempt['outcome']>(['retried', 'deadLettered']);

export class History {
  readonly #hours = new Map<string, Hour>();
  #sinceMs: number;

  /** @param sinceMs from when on each row is taken, ms since 1970 */
  constructor(sinceMs: number) {
    this.#sinceMs = sinceMs;
  }

  take({ partner, outcome, attemptedAt, publishedAt, replayId }: DeliveryAttempt): void {
    const atMs = Math.min(attemptedAt, Date.now() + AHEAD_MAX_MS);
    // A replay says nothing of how long a rule takes from its publisher to the partner.
    const latencyMs = publishedAt === null || replayId !== null ? undefined : attemptedAt - publishedAt;
    if (outcome === 'delivered') this.#of(partner).delivered(atMs, latencyMs);
    else if (FAILED.has(outcome)) this.#of(partner).failed(atMs);
  }

  /** What was before is known too, from then on, ms since 1970. */
  reachesBackTo(sinceMs: number): void {
    this.#sinceMs = Math.min(this.#sinceMs, sinceMs);
  }

  /** @param waiting records that wait now, by partner; of others nothing is kept */
  look(waiting: ReadonlyMap<string, number | undefined>, nowMs: number): void {
    for (const partner of this.#hours.keys()) if (!waiting.has(partner)) this.#hours.delete(partner);
    for (const [partner, records] of waiting) if (records !== undefined) this.#of(partner).waiting(nowMs, records);
  }

  /** @returns null: nothing was delivered lately */
  latency(partner: string, nowMs: number): Latency | null {
    const point = this.#hours.get(partner)?.point(Math.floor(nowMs / STEP_MS), LATELY_MS / STEP_MS);
    return point && point.p50Ms !== null && point.p99Ms !== null ? { p50Ms: point.p50Ms, p99Ms: point.p99Ms } : null;
  }

  /** @param steps of the ring that are one step of the answer: a divisor of all */
  of(partner: string, nowMs: number, steps = 1): PartnerHistory {
    const hour = this.#hours.get(partner) ?? new Hour();
    const stepMs = steps * STEP_MS;
    // The step of now is not over: what is counted in it says little.
    const endMs = Math.floor(nowMs / stepMs) * stepMs;
    const ends = Array.from({ length: STEPS / steps }, (_, index) => endMs - (STEPS / steps - 1 - index) * stepMs);
    const points = ends.map((end): Point | undefined =>
      end - stepMs < this.#sinceMs ? undefined : hour.point(end / STEP_MS - 1, steps),
    );
    const perSecond = (count: number | undefined) =>
      count === undefined ? null : Math.round((count / stepMs) * 1e5) / 100;
    return {
      partner,
      at: timeText(endMs),
      stepSeconds: stepMs / 1_000,
      since: timeText(Math.max(this.#sinceMs, endMs - STEPS * STEP_MS)),
      p50Ms: points.map((point) => point?.p50Ms ?? null),
      p99Ms: points.map((point) => point?.p99Ms ?? null),
      deliveredPerSecond: points.map((point) => perSecond(point?.delivered)),
      failedPerSecond: points.map((point) => perSecond(point?.failed)),
      waiting: points.map((point) => point?.waiting ?? null),
    };
  }

  #of(partner: string): Hour {
    const known = this.#hours.get(partner) ?? new Hour();
    this.#hours.set(partner, known);
    return known;
  }
}
