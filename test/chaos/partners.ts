// The partners of a chaos run: plain, over TLS, in batches, and one that wants only the newest after an outage.

export const SCOPES = ['Hospital', 'Ems', 'Species', 'Harbour'] as const;

export interface ChaosPartnerPlan {
  readonly name: string;
  readonly scopes: readonly string[];
  readonly tls: boolean;
  readonly deliver: Readonly<Record<string, unknown>>;
}

/** Short timeouts and budgets, so that in minutes happens what otherwise takes hours. */
const SHORT = { timeoutMs: 1_500, retry: { maxAttempts: 4, firstMs: 100, maxMs: 1_000 } };

export const PARTNERS: readonly ChaosPartnerPlan[] = [
  { name: 'plain', scopes: ['Hospital'], tls: false, deliver: { ...SHORT, concurrency: 32 } },
  { name: 'secure', scopes: ['Hospital', 'Ems'], tls: true, deliver: { ...SHORT, concurrency: 16 } },
  {
    name: 'batched',
    scopes: ['Ems', 'Species'],
    tls: false,
    deliver: { ...SHORT, concurrency: 4, batch: { maxRecords: 20, maxWaitMs: 30 } },
  },
  { name: 'newest', scopes: ['Species'], tls: false, deliver: { ...SHORT, concurrency: 8, catchUp: 'latest' } },
];
