// What a run of the simulation is made of, and what it has met.

export interface Plan {
  readonly seed: number;
  readonly partitions: number;
  readonly keys: number;
  readonly records: number;
  readonly members: number;
  readonly concurrency: number;
  /** Of one request. */
  readonly timeoutMs: number;
  readonly atRebalance: 'wait' | 'cut';
  /** Share of requests that are answered within the timeout, but only beyond the session. */
  readonly slow: number;
  /** With `latest`, versions that are not the newest may be superseded. */
  readonly catchUp: 'every' | 'latest';
  /** Share of requests that fail for the endpoint's fault while the partner is up. */
  readonly failures: number;
  /** Share of records that can never be delivered. */
  readonly poison: number;
  /** Share of records that are out of scope. */
  readonly skipped: number;
  /** How often the partner is away, */
  readonly outages: number;
  /** the members join anew, */
  readonly rebalances: number;
  /** a process is killed, */
  readonly crashes: number;
  /** stands for a while, */
  readonly freezes: number;
  /** hears nothing of the group's coordinator for a while, */
  readonly doubts: number;
  /** and Kafka acknowledges no row for a while. */
  readonly stalls: number;
}

/** `repeats`: a record was sent that had been sent before. `recovered`: records that a crashed owner had settled. */
export class Stats {
  sends = 0;
  repeats = 0;
  retries = 0;
  holds = 0;
  cuts = 0;
  takeovers = 0;
  recovered = 0;
  crashes = 0;
  freezes = 0;
  doubted = 0;
  refusedCommits = 0;
  parked = 0;
  skipped = 0;
  superseded = 0;
}
