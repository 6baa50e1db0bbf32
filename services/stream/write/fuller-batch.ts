/**
 * Under load who writes waits before the next batch, as long as rows keep coming. One request with the rows of many deliveries
 * costs Kafka and us less than many requests (bench S1: a third more deliveries per second). A quiet writer sends at once. So
 * does one whose rows all wait for it: lanes that are all waiting for their rows bring no more.
 */
const STEP_MS = 5;
const STEPS = 4;
const FULL_RECORDS = 1_000;
/** A batch of so many tells of load. */
export const BUSY_RECORDS = 48;

/**
 * Resolves when the next batch of a busy writer is worth its request.
 * @param waiting records that wait for it
 * @param pause ends early when nothing more is sent
 */
export async function fullerBatch(waiting: () => number, pause: (ms: number) => Promise<unknown>): Promise<void> {
  for (let step = 0; step < STEPS && waiting() < FULL_RECORDS; step += 1) {
    const before = waiting();
    await pause(STEP_MS);
    if (waiting() < before + BUSY_RECORDS / 2) return;
  }
}
