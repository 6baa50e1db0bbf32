// How a partner did lately, as the page draws it. The types are shared by server and page; nothing here runs in the browser.

/** Values of equal steps, oldest first; null: not known, or nothing was delivered. All lists are of one length. */
export interface PartnerHistory {
  readonly partner: string;
  /** The end of the newest step, ISO 8601. */
  readonly at: string;
  readonly stepSeconds: number;
  /** From when on it is known what happened, ISO 8601. */
  readonly since: string;
  /** From published to acknowledged, ms, of half of the deliveries at most. */
  readonly p50Ms: ReadonlyArray<number | null>;
  /** Of 99 in 100. */
  readonly p99Ms: ReadonlyArray<number | null>;
  readonly deliveredPerSecond: ReadonlyArray<number | null>;
  readonly failedPerSecond: ReadonlyArray<number | null>;
  /** Records that waited. */
  readonly waiting: ReadonlyArray<number | null>;
}

/** From published to acknowledged, of the last minutes. */
export interface Latency {
  readonly p50Ms: number;
  readonly p99Ms: number;
}
