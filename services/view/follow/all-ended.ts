// Steps of which each opens something that is to be closed, whatever becomes of the others.

const TELL_EVERY_MS = 500;

/**
 * Resolves when all of them have ended.
 * @param tell told of each that has ended well, and in between that it goes on
 * @throws what one of them failed with
 */
export async function allEnded(
  steps: ReadonlyArray<Promise<unknown>>,
  tell: (done: number, all: number) => void,
): Promise<void> {
  let done = 0;
  const timer = setInterval(() => tell(done, steps.length), TELL_EVERY_MS);
  const told = steps.map(async (step) => {
    await step;
    done += 1;
    tell(done, steps.length);
  });
  const failed = (await Promise.allSettled(told)).find((one) => one.status === 'rejected');
  clearInterval(timer);
  if (failed) throw failed.reason;
}
