// Questions to Kafka, asked again while leaders move or brokers are away.
import { setTimeout as delay } from 'node:timers/promises';
import { EssError } from '@ess/domain/text/error.ts';
import { isForbidden } from '../kafkajs/refusals.ts';

export interface AskOptions {
  /** What is asked about, for the error. */
  readonly topic: string;
  /** Without an answer; absent: half a minute, over the election of a leader and the restart of a broker. */
  readonly forMs?: number;
  readonly signal?: AbortSignal | undefined;
  /** Errors that pass; absent: all. Another one is thrown at once. */
  readonly passes?: (error: unknown) => boolean;
  /** Before it is asked again. What this throws does not count. */
  readonly again?: () => Promise<void>;
}

/** As patient as everybody who asks Kafka something. */
export const ANSWERED_WITHIN_MS = 30_000;
const FIRST_RETRY_MS = 50;
const MAX_RETRY_MS = 1_000;

/**
 * @throws EssError ESS_BROKER when Kafka has not answered for so long, or at once when it refuses the right; other EssErrors of the question at once; the reason of
 *   `signal`
 */
export async function untilAnswered<T>(ask: () => Promise<T>, options: AskOptions): Promise<T> {
  const { topic, forMs = ANSWERED_WITHIN_MS, signal, passes, again } = options;
  const begunAtMs = performance.now();
  for (let retryMs = FIRST_RETRY_MS; ; retryMs = Math.min(2 * retryMs, MAX_RETRY_MS)) {
    signal?.throwIfAborted();
    try {
      return await ask();
    } catch (cause) {
      signal?.throwIfAborted();
      if (cause instanceof EssError || passes?.(cause) === false) throw cause;
      // Somebody has to grant it: who waits is told so, and asks again.
      if (isForbidden(cause))
        throw new EssError('ESS_BROKER', `${topic} cannot be read: ${(cause as Error).message}`, { cause });
      if (performance.now() - begunAtMs >= forMs)
        throw new EssError('ESS_BROKER', `Kafka has not answered for ${forMs / 1000} s: ${topic} cannot be read`, {
          cause,
        });
    }
    await delay(retryMs, undefined, signal ? { signal } : {});
    await again?.().catch(() => undefined);
  }
}
