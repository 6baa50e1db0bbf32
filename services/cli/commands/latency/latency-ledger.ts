// Where the time of deliveries went, from their audit rows: percentiles of each stage, and whose time it was.
import type { Stage } from '@ess/runtime/metrics/stages.ts';
import { OWNERS, STAGES_UNTIL_ANSWERED } from '@ess/runtime/metrics/stages.ts';
import { Spread } from './spread.ts';

export type Owner = (typeof OWNERS)[Stage];

export interface Percentiles {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface StageTime extends Percentiles {
  readonly stage: Stage;
  readonly whose: Owner;
  /** Of the time of all deliveries together, 0 to 1. */
  readonly share: number;
}

export interface OwnerTime extends Percentiles {
  readonly whose: Owner;
  readonly share: number;
}

export interface LatencyTold {
  readonly deliveries: number;
  /** Delivered, but their rows do not say where the time went: replays, redrives, rows of an earlier version. */
  readonly unmeasured: number;
  /** From publish to the end of the answer. */
  readonly whole: Percentiles;
  readonly stages: readonly StageTime[];
  readonly whose: readonly OwnerTime[];
}

const WHOSE: readonly Owner[] = ['in the topic', 'us', 'network', 'partner'];

export class LatencyLedger {
  readonly #stages = STAGES_UNTIL_ANSWERED.map(() => new Spread());
  readonly #owners = new Map(WHOSE.map((owner) => [owner, new Spread()]));
  readonly #whole = new Spread();
  #unmeasured = 0;

  /** @param stagesMs of a row of an ack */
  add(stagesMs: readonly number[] | null): void {
    if (stagesMs?.length !== STAGES_UNTIL_ANSWERED.length) {
      this.#unmeasured += 1;
      return;
    }
    const ofOwner = new Map<Owner, number>();
    for (const [index, stage] of STAGES_UNTIL_ANSWERED.entries()) {
      const ms = stagesMs[index] as number;
      this.#stages[index]?.add(ms);
      ofOwner.set(OWNERS[stage], (ofOwner.get(OWNERS[stage]) ?? 0) + ms);
    }
    for (const [owner, ms] of ofOwner) this.#owners.get(owner)?.add(ms);
    this.#whole.add(stagesMs.reduce((sum, ms) => sum + ms, 0));
  }

  get told(): LatencyTold {
    const total = this.#whole.sumMs || 1;
    const timeOf = (spread: Spread) => ({ ...percentiles(spread), share: spread.sumMs / total });
    return {
      deliveries: this.#whole.count,
      unmeasured: this.#unmeasured,
      whole: percentiles(this.#whole),
      stages: STAGES_UNTIL_ANSWERED.map((stage, index) => ({
        stage,
        whose: OWNERS[stage],
        ...timeOf(this.#stages[index] as Spread),
      })),
      whose: WHOSE.map((whose) => ({ whose, ...timeOf(this.#owners.get(whose) as Spread) })),
    };
  }
}

const percentiles = (spread: Spread): Percentiles => ({
  p50Ms: spread.percentile(0.5),
  p99Ms: spread.percentile(0.99),
});
