// The last hour of one partner, in steps of some seconds: a ring of counts, of the same size whatever happens.
import { BINS, count, percentile } from './latencies.ts';

export const STEP_MS = 10_000;
/** An hour. */
export const STEPS = 360;

/** Of steps that belong together; null: not known, or nothing was delivered. */
export interface Point {
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly delivered: number;
  readonly failed: number;
  /** Of the newest of them. */
  readonly waiting: number | null;
}

export class Hour {
  readonly #latencies = new Uint16Array(STEPS * BINS);
  readonly #delivered = new Uint32Array(STEPS);
  readonly #failed = new Uint32Array(STEPS);
  readonly #waiting = new Float64Array(STEPS).fill(Number.NaN);
  /** Number of the newest step: time over the length of a step. */
  #newest = 0;

  /** @param latencyMs absent: nobody can say, or it says nothing of how long a record takes */
  delivered(atMs: number, latencyMs: number | undefined): void {
    const slot = this.#slotAt(atMs);
    if (slot === undefined) return;
    this.#delivered[slot] = (this.#delivered[slot] ?? 0) + 1;
    if (latencyMs !== undefined) count(this.#latencies.subarray(slot * BINS, (slot + 1) * BINS), latencyMs);
  }

  failed(atMs: number): void {
    const slot = this.#slotAt(atMs);
    if (slot !== undefined) this.#failed[slot] = (this.#failed[slot] ?? 0) + 1;
  }

  waiting(atMs: number, records: number): void {
    const slot = this.#slotAt(atMs);
    if (slot !== undefined) this.#waiting[slot] = records;
  }

  /** @param last number of the newest step @param steps so many of them */
  point(last: number, steps: number): Point {
    const bins = new Uint32Array(BINS);
    let delivered = 0;
    let failed = 0;
    let waiting: number | null = null;
    for (let step = last - steps + 1; step <= last; step += 1) {
      if (step > this.#newest || step <= this.#newest - STEPS) continue;
      const slot = step % STEPS;
      delivered += this.#delivered[slot] ?? 0;
      failed += this.#failed[slot] ?? 0;
      const known = this.#waiting[slot] ?? Number.NaN;
      if (!Number.isNaN(known)) waiting = known;
      for (let bin = 0; bin < BINS; bin += 1) bins[bin] = (bins[bin] ?? 0) + (this.#latencies[slot * BINS + bin] ?? 0);
    }
    return {
      ...{ p50Ms: percentile(bins, 0.5) ?? null, p99Ms: percentile(bins, 0.99) ?? null },
      ...{ delivered, failed, waiting },
    };
  }

  /** Steps that pass are emptied. @returns undefined: it is longer ago than an hour */
  #slotAt(atMs: number): number | undefined {
    const step = Math.floor(atMs / STEP_MS);
    if (step <= this.#newest - STEPS) return undefined;
    for (let passed = Math.max(this.#newest + 1, step - STEPS + 1); passed <= step; passed += 1) {
      const slot = passed % STEPS;
      this.#delivered[slot] = 0;
      this.#failed[slot] = 0;
      this.#waiting[slot] = Number.NaN;
      this.#latencies.fill(0, slot * BINS, (slot + 1) * BINS);
    }
    this.#newest = Math.max(this.#newest, step);
    return step % STEPS;
  }
}
