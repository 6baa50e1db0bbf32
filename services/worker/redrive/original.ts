// The record of a letter that was too large to be kept whole is read again from its source topic. It is recognised by its
// hashes, because the topic may have been made anew since.

import { isOriginal, leftOutOf } from '@ess/domain/delivery/left-out.ts';
import { EssError } from '@ess/domain/text/error.ts';
import type { DeadLetter } from '@ess/schemas/generated/types.ts';
import type { Kafka } from '@ess/stream/kafkajs/client.ts';
import { TopicReader } from '@ess/stream/read/topic-reader.ts';

/** One batch, however large: Kafka sends the first one whole. */
const ONE_BATCH = { maxWaitMs: 100, maxBytes: 1, maxBytesPerPartition: 1 };

/**
 * @returns the letter with its key and value whole; headers that were left out stay so, they are no part of what is sent.
 *   undefined: the topic does not have the record any more
 * @throws kafkajs's errors while Kafka is away
 */
export async function readOriginal(kafka: Kafka, letter: DeadLetter): Promise<DeadLetter | undefined> {
  const missing = leftOutOf(letter).filter(({ part }) => part !== 'headers');
  if (missing.length === 0) return letter;
  const { topic, partition, offset } = letter;
  const found = await readOne(kafka, topic, partition, offset);
  if (!found || !missing.every((one) => isOriginal(one, one.part === 'key' ? found.key : found.value)))
    return undefined;
  return { ...letter, key: found.key, value: found.value };
}

async function readOne(kafka: Kafka, topic: string, partition: number, offset: number) {
  let reader: TopicReader | undefined;
  try {
    reader = await TopicReader.open(kafka, topic);
    const { low = 0, end = 0 } = (await reader.bounds())[partition] ?? {};
    if (offset < low || offset >= end) return undefined;
    const [read] = await reader.fetch([{ partition, offset }], ONE_BATCH);
    return read?.gone === false ? read.records.find((record) => record.offset === offset) : undefined;
  } catch (error) {
    // The topic is gone, or is packed in a way that cannot be read: asking again will not change it.
    if (error instanceof EssError && !error.retriable) return undefined;
    throw error;
  } finally {
    await reader?.close();
  }
}
