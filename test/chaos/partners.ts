// The partners of a chaos run: plain, over TLS, in batches, and one that wants only the newest after an outage.

export const SCOPES = ['Hospital', 'Ems', 'Species', 'Harbour'] as const;

export interface ChaosPartnerPlan {
  readonly name: string;
  readonly scopes: readonly string[];
  readonly tls: boolean;
  readonly deliver: Readonly<Record<string, unknown>>;
  /** Some of its requests take long. */
  readonly slow?: Slowness;
}

export interface Slowness {
  readonly share: number;
  readonly upToMs: number;
}

/** Short timeouts and budgets, so that in minutes happens what otherwise takes hours. */
const SHORT = { timeoutMs: 1_500, retry: { maxAttempts: 4, firstMs: 100, maxMs: 1_000 } };

export const PARTNERS: readonly ChaosPartnerPlan[] = [
  { name: 'plain', scopes: ['Hospital'], tls: false, deliver: { ...SHORT, concurrency: 32, pipelining: 4 } },
  { name: 'secure', scopes: ['Hospital', 'Ems'], tls: true, deliver: { ...SHORT, concurrency: 16, pipelining: 8 } },
  {
    name: 'batched',
    scopes: ['Ems', 'Species'],
    tls: false,
    deliver: { ...SHORT, concurrency: 4, batch: { maxRecords: 20, maxWaitMs: 30 } },
  },
  { name: 'newest', scopes: ['Species'], tls: false, deliver: { ...SHORT, concurrency: 8, catchUp: 'latest' } },
];

const SLOW = { timeoutMs: 15_000, retry: SHORT.retry };
const VERY_SLOW = { timeoutMs: 120_000, retry: SHORT.retry };

/** The same four, with requests in flight that outlive the session when a worker is killed, frozen, stopped or joins. */
const SLOW_PARTNERS: readonly ChaosPartnerPlan[] = [
  {
    name: 'plain',
    scopes: ['Hospital'],
    tls: false,
    deliver: { ...SLOW, concurrency: 64 },
    slow: { share: 0.1, upToMs: 14_000 },
  },
  {
    name: 'secure',
    scopes: ['Hospital', 'Ems'],
    tls: true,
    deliver: { ...VERY_SLOW, concurrency: 64 },
    slow: { share: 0.03, upToMs: 40_000 },
  },
  {
    name: 'batched',
    scopes: ['Ems', 'Species'],
    tls: false,
    deliver: { ...SLOW, atRebalance: 'cut', concurrency: 16, batch: { maxRecords: 20, maxWaitMs: 30 } },
    slow: { share: 0.1, upToMs: 14_000 },
  },
  {
    name: 'newest',
    scopes: ['Species'],
    tls: false,
    deliver: { ...VERY_SLOW, atRebalance: 'cut', concurrency: 32, catchUp: 'latest' },
    slow: { share: 0.03, upToMs: 40_000 },
  },
];

/** By the name that `--profile` takes. */
export const PROFILES = { usual: PARTNERS, slow: SLOW_PARTNERS } as const;
export type ProfileName = keyof typeof PROFILES;
