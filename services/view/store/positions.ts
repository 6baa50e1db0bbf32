// How far each topic was read into what is kept.
import { STATE_TOPIC } from '@ess/schemas/topics.ts';
import type { Admin } from '@ess/stream/kafkajs/client.ts';

/** Of each partition, the offset to read on from. */
export type Offsets = ReadonlyMap<number, number>;
type StoredOffsets = ReadonlyArray<readonly [partition: number, offset: number]>;

export interface Positions {
  readonly acks: StoredOffsets;
  /** By number of the source, by topic. */
  readonly sources: ReadonlyArray<Readonly<Record<string, StoredOffsets>>>;
}

export const offsetsByTopic = (stored: Positions['sources'][number] = {}): Map<string, Offsets> =>
  new Map(Object.entries(stored).map(([topic, offsets]) => [topic, new Map(offsets)]));

/**
 * Where the topics do not reach: what was written between a position and the log start has expired unread, and what is beyond the
 * end is of another log.
 * @param concerns topics of others may be gone
 */
export async function outOfBounds(
  { acks, sources }: Positions,
  admin: Pick<Admin, 'fetchTopicOffsets'>,
  concerns: (topic: string) => boolean,
): Promise<string | undefined> {
  const all = [[STATE_TOPIC, acks] as const, ...sources.flatMap((source) => Object.entries(source))];
  for (const [topic, offsets] of all) {
    if (offsets.length === 0 || !concerns(topic)) continue;
    const bounds = await admin.fetchTopicOffsets(topic);
    for (const [partition, offset] of offsets) {
      const { low = '0', high = '0' } = bounds.find((one) => one.partition === partition) ?? {};
      if (offset < Number(low) || offset > Number(high))
        return `it has read ${topic}:${partition} to ${offset}, and the topic has ${low} to ${high}`;
    }
  }
  return undefined;
}
