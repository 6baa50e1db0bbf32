// How a program is told to stop: SIGINT or SIGTERM once for a graceful stop, a second one to leave at once.
import { STOP_GRACE_MS } from '@ess/domain/delivery/rebalance-timeout.ts';

export interface StopSignal {
  /** Aborted when the stop begins: ends patient waiting at start. */
  readonly signal: AbortSignal;
  readonly stopped: Promise<void>;
  /** Begins the stop from inside. */
  now(): void;
}

/** @param graceMs asked when the stop begins */
export function untilStopped(graceMs: () => number = () => STOP_GRACE_MS): StopSignal {
  const controller = new AbortController();
  const stopped = new Promise<void>((resolve) =>
    controller.signal.addEventListener('abort', () => resolve(), { once: true }),
  );
  const begin = () => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
    const waitMs = graceMs();
    setTimeout(() => {
      process.stderr.write(`the stop took longer than ${waitMs / 1000} s and was cut\n`);
      process.exit(1);
    }, waitMs).unref();
  };
  process.on('SIGINT', begin).on('SIGTERM', begin);
  return { signal: controller.signal, stopped, now: begin };
}
