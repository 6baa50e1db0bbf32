// What a program waits for is told again and again: who looks at the log sees at once why nothing happens.
import { setTimeout as delay } from 'node:timers/promises';
import { EssError } from '@ess/domain/text/error.ts';
import type { Log } from './log/log.ts';

/** The first word comes well before a person gives up; kafkajs itself is silent for half a minute. */
const TELL_EVERY_MS = 3_000;
const TRY_AGAIN_MS = 1_000;

/** @returns ends it */
export function tellWaits(log: Pick<Log, 'warn'>, details: object, text: string): () => void {
  const telling = setInterval(() => log.warn({ for: text, ...details }, 'program.waits'), TELL_EVERY_MS);
  return () => clearInterval(telling);
}

export interface Patience {
  readonly log: Pick<Log, 'warn'>;
  /** Ends the waiting. */
  readonly signal?: AbortSignal | undefined;
  /** Whether it may work later with nobody changing anything; default: what the table of our errors says. */
  readonly mayPass?: (error: unknown) => boolean;
}

/**
 * Tries until it works, and tells after each failure what is waited for.
 * @param text what is waited for, such as `Kafka`
 * @throws what does not pass by itself; AbortError when `signal` ends the waiting
 */
export async function patiently<T>(
  text: string,
  open: () => Promise<T>,
  { log, signal, mayPass = isRetriable }: Patience,
): Promise<T> {
  for (;;) {
    try {
      return await open();
    } catch (error) {
      if (!mayPass(error)) throw error;
      log.warn({ for: text, error: error instanceof EssError ? error.message : String(error) }, 'program.waits');
      await delay(TRY_AGAIN_MS, undefined, signal ? { signal } : {});
    }
  }
}

const isRetriable = (error: unknown): boolean => error instanceof EssError && error.retriable;

/** A broker may go in the middle of anything: then it says so, in our words or in those of kafkajs. */
export function isKafkaAway(error: unknown): boolean {
  if (error instanceof EssError) return error.code === 'ESS_BROKER';
  const { name, retriable } = Object(error) as { readonly name?: string; readonly retriable?: boolean };
  return retriable === true && name?.startsWith('KafkaJS') === true;
}
