// What a program waits for at its start is told again and again: who looks at the log sees at once why nothing happens.
import type { Log } from './log.ts';

/** The first word comes well before a person gives up; kafkajs itself is silent for half a minute. */
const TELL_EVERY_MS = 3_000;

/** @returns ends it */
export function tellWaits(log: Log, details: object, text: string): () => void {
  const telling = setInterval(() => log.warn(details, text), TELL_EVERY_MS);
  return () => clearInterval(telling);
}
