// Many durations in little memory: how many there are in steps that grow by 1 %, so a percentile is right to 1 %.

const STEP = Math.log(1.01);
/** Shorter ones count as one: clocks tell no less. */
const LEAST_MS = 0.001;

export class Spread {
  count = 0;
  sumMs = 0;
  readonly #steps = new Map<number, number>();

  add(ms: number): void {
    this.count += 1;
    this.sumMs += ms;
    const step = ms < LEAST_MS ? 0 : 1 + Math.floor(Math.log(ms / LEAST_MS) / STEP);
    this.#steps.set(step, (this.#steps.get(step) ?? 0) + 1);
  }

  /** ms that this share of the durations (0 to 1) does not exceed; 0 when there are none. */
  percentile(share: number): number {
    let left = Math.max(1, Math.ceil(share * this.count));
    for (const step of [...this.#steps.keys()].sort((a, b) => a - b)) {
      left -= this.#steps.get(step) ?? 0;
      // The middle of the step.
      if (left <= 0) return step === 0 ? 0 : LEAST_MS * Math.exp((step - 0.5) * STEP);
    }
    return 0;
  }
}
