// Attempts of the last minutes, from the tail of ess.audit: when a rule was tried, and how long the partner usually takes.
import type { Version } from '@ess/domain/delivery/version.ts';
import type { DeliveryAttempt } from '@ess/schemas/generated/types.ts';

/** From published to acked, the newest of these count. */
const LATENCIES = 256;
const RULES_MAX = 50_000;
const PATIENCE_MIN_MS = 2_000;
/** A partner that is slow for everybody is not behind; one that takes minutes is told all the same. */
const PATIENCE_MAX_MS = 60_000;

interface OfPartner {
  readonly latencies: number[];
  next: number;
  /** By rule, oldest first. */
  readonly attempts: Map<string, RecentAttempt>;
}

export interface RecentAttempt {
  readonly version: Version | null;
  /** Its end, ms since 1970. */
  readonly atMs: number;
}

export class RecentAttempts {
  readonly #partners = new Map<string, OfPartner>();

  take(row: DeliveryAttempt): void {
    const { partner, ruleId, outcome, attemptedAt, publishedAt, replayId } = row;
    if (ruleId === null || outcome === 'viewed') return;
    const of = this.#ofPartner(partner);
    // A record that is tried again and again is not on its way: it waits.
    if (row.attempt > 1 && outcome !== 'delivered') return;
    of.attempts.delete(ruleId);
    of.attempts.set(ruleId, { version: row.version, atMs: Math.min(attemptedAt, Date.now()) });
    const [oldest] = of.attempts.keys();
    if (of.attempts.size > RULES_MAX && oldest !== undefined) of.attempts.delete(oldest);
    // A replay says nothing of how long a rule takes from its publisher to the partner.
    if (outcome !== 'delivered' || publishedAt === null || replayId !== null || row.attempt !== 1) return;
    of.latencies[of.next] = Math.max(0, attemptedAt - publishedAt);
    of.next = (of.next + 1) % LATENCIES;
  }

  /** The latest of this rule. */
  of(partner: string, ruleId: string): RecentAttempt | undefined {
    return this.#partners.get(partner)?.attempts.get(ruleId);
  }

  /** Three times what 99 of 100 deliveries took lately, ms; at least two seconds. */
  patienceMs(partner: string): number {
    const { latencies = [] } = this.#partners.get(partner) ?? {};
    const p99 = latencies.toSorted((a, b) => a - b)[Math.floor(latencies.length * 0.99)] ?? 0;
    return Math.min(PATIENCE_MAX_MS, Math.max(PATIENCE_MIN_MS, 3 * p99));
  }

  #ofPartner(partner: string): OfPartner {
    const of = this.#partners.get(partner) ?? { latencies: [], next: 0, attempts: new Map<string, RecentAttempt>() };
    this.#partners.set(partner, of);
    return of;
  }
}
