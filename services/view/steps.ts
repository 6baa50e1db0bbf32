// Work in small steps: all at once, or so that the process answers others meanwhile.
import { setImmediate as turn } from 'node:timers/promises';

/** So long others wait. */
const SLICE_MS = 10;

export function atOnce<T>(steps: Iterator<void, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

export async function inTurns<T>(steps: Iterator<void, T>): Promise<T> {
  for (;;) {
    const until = performance.now() + SLICE_MS;
    do {
      const step = steps.next();
      if (step.done) return step.value;
    } while (performance.now() < until);
    await turn();
  }
}
