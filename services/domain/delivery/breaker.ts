// The circuit breaker of one partner in one process. Closed: everything flows. Open: the partner is held, and one probe
// at a time asks whether it is back. Time and chance come in from outside, so that tests own them.

export interface BreakerPolicy {
  /** Failures ÷ attempts in the window that open it, 0..1. */
  readonly failureRatio: number;
  readonly windowMs: number;
  /** Below this many attempts in the window the ratio says nothing. */
  readonly minAttempts: number;
  readonly probeFirstMs: number;
  readonly probeMaxMs: number;
}

export type BreakerState =
  | { readonly kind: 'closed' }
  | { readonly kind: 'open'; readonly sinceMs: number; readonly reason: string; readonly probes: number };

/** The window slides in this many steps. */
const SLICES = 10;
/** Two failures may be a restart at the partner. */
const RUN_MIN = 3;

export class Breaker {
  #policy: BreakerPolicy;
  #state: BreakerState = { kind: 'closed' };
  #slices: Array<{ readonly index: number; ok: number; failed: number }> = [];
  /** Failures with no success between them, whenever they were: a quiet partner that is down must open it too. */
  #failedInARow = 0;
  /** When that run began. */
  #failingSinceMs = 0;

  constructor(policy: BreakerPolicy) {
    this.#policy = policy;
  }

  /** In force from now on. Its slices are numbered by the window's length: a window of another length begins empty. */
  set policy(policy: BreakerPolicy) {
    if (policy.windowMs !== this.#policy.windowMs) this.#slices = [];
    this.#policy = policy;
  }

  get state(): BreakerState {
    return this.#state;
  }

  get isOpen(): boolean {
    return this.#state.kind === 'open';
  }

  /** An attempt got through. Closes an open breaker; returns whether it did. */
  success(nowMs: number): boolean {
    this.#failedInARow = 0;
    if (this.#state.kind === 'open') {
      this.#state = { kind: 'closed' };
      this.#slices = [];
      return true;
    }
    this.#slice(nowMs).ok += 1;
    return false;
  }

  /** An attempt failed for the endpoint's fault. Returns whether this opened the breaker. */
  failure(nowMs: number, reason: string): boolean {
    if (this.#state.kind === 'open') return false;
    this.#slice(nowMs).failed += 1;
    if (this.#failedInARow === 0) this.#failingSinceMs = nowMs;
    this.#failedInARow += 1;
    const failed = this.#slices.reduce((sum, slice) => sum + slice.failed, 0);
    const attempts = this.#slices.reduce((sum, slice) => sum + slice.failed + slice.ok, 0);
    const ratioReached = attempts >= this.#policy.minAttempts && failed / attempts >= this.#policy.failureRatio;
    if (ratioReached || this.#failedInARow >= this.#policy.minAttempts || this.#failsForLong(nowMs))
      return this.open(nowMs, reason);
    return false;
  }

  /**
   * One rule on its way to a partner that is away makes few attempts, ever further apart. Held, it is probed instead, and
   * delivered when the partner is back, not when the longest wait of its retries is over.
   */
  #failsForLong(nowMs: number): boolean {
    return this.#failedInARow >= RUN_MIN && nowMs - this.#failingSinceMs >= this.#policy.windowMs / 2;
  }

  /** Opens it at once: the answer says that every record would fail the same way. Returns false when it was open. */
  open(nowMs: number, reason: string): boolean {
    if (this.#state.kind === 'open') return false;
    this.#state = { kind: 'open', sinceMs: nowMs, reason, probes: 0 };
    return true;
  }

  /** Wait before the next probe, in ms: exponential from `probeFirstMs` to `probeMaxMs`, half of it jittered. */
  nextProbeMs(random: () => number): number {
    if (this.#state.kind !== 'open') return 0;
    const fullMs = Math.min(this.#policy.probeMaxMs, this.#policy.probeFirstMs * 2 ** Math.min(this.#state.probes, 20));
    this.#state = { ...this.#state, probes: this.#state.probes + 1 };
    return fullMs / 2 + (random() * fullMs) / 2;
  }

  #slice(nowMs: number): { ok: number; failed: number } {
    const index = Math.floor((nowMs * SLICES) / this.#policy.windowMs);
    while (this.#slices[0] && this.#slices[0].index <= index - SLICES) this.#slices.shift();
    const last = this.#slices.at(-1);
    if (last && last.index >= index) return last;
    const fresh = { index, ok: 0, failed: 0 };
    this.#slices.push(fresh);
    return fresh;
  }
}
