// What a follower of a topic does while the registry is away: the records cannot be read then, and none of them is lost.
import { setTimeout as delay } from 'node:timers/promises';
import type { Decodes } from '../registry/codec.ts';
import type { ReadRecord } from '../wire/record-batches.ts';

const RETRY_MS = 500;

/**
 * Resolves when all of them can be decoded, with false when `signal` was aborted before.
 * @param tell of each time that the registry does not answer
 */
export async function untilPrepared(
  codec: Pick<Decodes, 'prepare'>,
  records: readonly ReadRecord[],
  signal: AbortSignal,
  tell: (error: unknown) => void = () => undefined,
): Promise<boolean> {
  const values = records.map(({ value }) => value);
  while (!signal.aborted) {
    try {
      await codec.prepare(values);
      return true;
    } catch (error) {
      tell(error);
      await delay(RETRY_MS);
    }
  }
  return false;
}
