// Waiting for a state: asked again until it holds, in steps that grow, with a deadline that says what was missing.
import { setTimeout as delay } from 'node:timers/promises';

const FIRST_STEP_MS = 50;
/** Whoever waits long asks seldom: the question costs what is waited for its share of the cores. */
const LONGEST_STEP_MS = 500;
const GROWTH = 1.3;
/** How long a test waits for what must come: it fails when it does not come, not when the machine is busy. */
export const PATIENCE_MS = 120_000;

/** Resolves with the first answer of `ask` that is not undefined; what `ask` throws ends the wait. */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined> | T | undefined,
  { timeoutMs = PATIENCE_MS, stepMs }: { timeoutMs?: number; stepMs?: number } = {},
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (let waitMs = stepMs ?? FIRST_STEP_MS; ; waitMs = stepMs ?? Math.min(waitMs * GROWTH, LONGEST_STEP_MS)) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > deadline) throw new Error(`${what}: not in ${timeoutMs} ms`);
    await delay(waitMs);
  }
}
