// Whether the lag of a partner grows, from one look: the owner of a partition says beside its commit where the position was some five
// minutes ago, and Kafka says where the log ended then.
import type { CommitMetadata, PositionSample } from './commit-metadata.ts';

export interface LagTrend {
  readonly direction: 'growing' | 'shrinking' | 'steady';
  /** Records that waited then. */
  readonly recordsThen: number;
  /** So long ago. */
  readonly seconds: number;
}

export const TREND_MS = 5 * 60_000;
const SAMPLE_EVERY_MS = 30_000;
/** A younger sample says nothing of a trend, an older one nothing of now. */
const YOUNGEST_MS = 20_000;
const OLDEST_MS = 2 * TREND_MS;
/** Lags that differ by a tenth, or by some records, are the same. */
const SAME_SHARE = 0.1;
const SAME_RECORDS = 5;

/** The positions of one partition, as its owner commits them. */
export class PositionHistory {
  #samples: PositionSample[];

  /** @param inherited as the owner before us had it */
  constructor(inherited?: PositionSample) {
    this.#samples = inherited ? [inherited] : [];
  }

  /** Takes the position of a commit in. @returns the oldest that counts */
  note(nowMs: number, position: number): PositionSample {
    const last = this.#samples.at(-1);
    if (!last || nowMs - last.atMs >= SAMPLE_EVERY_MS) this.#samples.push({ atMs: nowMs, position });
    const isOld = ({ atMs }: PositionSample, next: PositionSample | undefined) =>
      nowMs - atMs > OLDEST_MS || (next !== undefined && nowMs - next.atMs >= TREND_MS);
    while (this.#samples.length > 1 && isOld(this.#samples[0] as PositionSample, this.#samples[1]))
      this.#samples.shift();
    return this.#samples[0] as PositionSample;
  }
}

/** Where the position of a partition was; undefined: that is not known. */
export function sampleOf(
  { position, metadata }: { readonly position: number; readonly metadata: CommitMetadata | undefined },
  nowMs: number,
): PositionSample | undefined {
  const before = metadata?.health?.before;
  if (before && nowMs - before.atMs >= YOUNGEST_MS && nowMs - before.atMs <= OLDEST_MS) return before;
  const movedAtMs = metadata?.health?.movedAtMs ?? metadata?.committedAtMs ?? nowMs;
  // Nobody has moved it since.
  return nowMs - movedAtMs >= TREND_MS ? { atMs: nowMs - TREND_MS, position } : undefined;
}

/** @param before of each partition, with the lag that it had then; undefined: not known of this one */
export function lagTrend(
  recordsNow: number,
  before: ReadonlyArray<{ readonly atMs: number; readonly lag: number } | undefined>,
  nowMs: number,
): LagTrend | null {
  if (before.length === 0) return null;
  let recordsThen = 0;
  let atMs = nowMs;
  for (const one of before) {
    if (!one) return null;
    recordsThen += one.lag;
    atMs = Math.min(atMs, one.atMs);
  }
  const change = recordsNow - recordsThen;
  const isSame = Math.abs(change) <= Math.max(SAME_RECORDS, SAME_SHARE * Math.max(recordsNow, recordsThen));
  const direction = isSame ? 'steady' : change > 0 ? 'growing' : 'shrinking';
  return { direction, recordsThen, seconds: Math.round((nowMs - atMs) / 1000) };
}
