// How long a program that ends waits for Kafka to be told. kafkajs waits for answers to what it has asked, and a consumer for the
// answer to its leave, for as long as Kafka is away. Whoever is not heard is left: sockets that stay open end with the process,
// and the coordinator misses the heartbeats.
import { within } from './within.ts';

/** A broker that is well answers within some ms, a busy one within this. */
const FAREWELL_MS = 1_000;
/** After one that was not heard: for so long nobody else waits as long for the same Kafka. */
const KNOWN_MS = 10_000;
const SHORT_MS = 100;

let unheardAt = Number.NEGATIVE_INFINITY;

/** Kafka has not answered to something that was awaited long enough. */
export function notHeard(): void {
  unheardAt = performance.now();
}

/** How long to wait for Kafka at an end, ms: `ms`, or hardly at all when it was not heard just now. */
export function patienceMs(ms: number): number {
  return performance.now() - unheardAt < KNOWN_MS ? Math.min(ms, SHORT_MS) : ms;
}

/** Resolves when the connection is closed, or when that takes too long; it may be closed later then. @throws what `disconnect` throws */
export async function farewell(disconnect: () => Promise<void>): Promise<void> {
  if (!(await within(disconnect(), patienceMs(FAREWELL_MS)))) notHeard();
}

/** The same of what may still be being opened, which it never is while Kafka is away. */
export async function farewellWhenOpen(opening: Promise<AsyncDisposable> | undefined): Promise<void> {
  await farewell(async () => (await opening?.catch(() => undefined))?.[Symbol.asyncDispose]());
}
