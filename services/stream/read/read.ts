// A topic from one place to another, once: from an offset, a time or the log start to the end of that moment. follow.ts
// goes on from there. No group is joined: chosen partitions are read by our own fetches. What the caller has not taken waits
// in the topic, so a slow reader of a large topic holds one answer and no more. What cannot be read is told and passed.
//   read.ts → range.ts (where each partition is) → topic-reader.ts (one fetch) → fetch-protocol.ts → record-batches.ts
import { setTimeout as delay } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import type { ReadRecord } from '../wire/record-batches.ts';
import { oldestFirst } from './oldest-first.ts';
import type { ReadOptions } from './range.ts';
import { Range } from './range.ts';

/** With 32 kB of an unhurried fetch: half a ms of decoding and twenty-four times as much for others, 2.5 MB a second. */
const REST_MS = 12;

/**
 * Yields the committed records in batches that are not empty.
 * @throws EssError ESS_BROKER when Kafka does not answer for half a minute, ESS_CONFIG when there is no such topic; the reason
 *   of `signal`
 */
export async function* read(kafka: Kafka, options: ReadOptions): AsyncGenerator<readonly ReadRecord[]> {
  await using range = await Range.open(kafka, options);
  if (options.oldestFirst) yield* oldestFirst(range);
  else yield* sideBySide(range, options);
}

async function* sideBySide(range: Range, { unhurried, signal }: ReadOptions): AsyncGenerator<readonly ReadRecord[]> {
  for (let open = range.open; open.length > 0; open = range.open) {
    for (const { partition, records, next } of await range.fetch(open)) {
      if (records.length > 0) yield records;
      range.passed(partition, next);
    }
    if (unhurried?.() && range.open.length > 0) await delay(REST_MS, undefined, signal ? { signal } : {});
  }
}
