// The time by which programs are started again and cut. Tests bring their own.
import { setTimeout as delay } from 'node:timers/promises';

export interface Clock {
  /** Monotonic, ms. */
  now(): number;
  /** Resolves after so many ms, or when the signal is aborted. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export const CLOCK: Clock = {
  now: () => performance.now(),
  wait: (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined),
};
