// A partner that has asked to be left alone (429, Retry-After): until that is over nothing is sent to it.
import { RETRY_AFTER_MAX_MS } from '@ess/domain/delivery/retry.ts';

export class Quiet {
  readonly #over: () => void;
  /** By the monotonic clock; 0: it was never asked for, or is over. */
  #untilMs = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param over called when it has passed */
  constructor(over: () => void) {
    this.#over = over;
  }

  get isOn(): boolean {
    return this.#untilMs !== 0 && performance.now() < this.#untilMs; // asked before each start: nearly always 0
  }

  /** What is left of it, in ms. */
  get leftMs(): number {
    return this.#untilMs === 0 ? 0 : Math.max(0, this.#untilMs - performance.now());
  }

  /** For so long, and no longer than RETRY_AFTER_MAX_MS; a shorter time than what is left changes nothing. */
  ask(ms: number): void {
    const untilMs = performance.now() + Math.min(ms, RETRY_AFTER_MAX_MS);
    if (ms <= 0 || untilMs <= this.#untilMs) return;
    this.#untilMs = untilMs;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#passed(), Math.ceil(this.leftMs));
  }

  /** It is over, whatever was asked for. */
  end(): void {
    clearTimeout(this.#timer);
    this.#untilMs = 0;
  }

  #passed(): void {
    const { leftMs } = this;
    // A timer may fire a little early.
    if (leftMs > 0) this.#timer = setTimeout(() => this.#passed(), Math.ceil(leftMs));
    else {
      this.end();
      this.#over();
    }
  }
}
