// The idempotency key of a delivery, derived from the record's place and time and never random.
import { hash } from 'node:crypto';
import type { DeadLetter } from '@ess/schemas/generated/types.ts';

export interface Position {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** What tells a record from all others of its topic, also from those of a log that had the topic's name before. */
export interface RecordPlace {
  readonly partition: number;
  readonly offset: number;
  /** Kafka's timestamp of the record, in ms since 1970. */
  readonly timestampMs: number;
}

/**
 * The `webhook-id`: the same record to the same partner has the same id on every retry, restart, rebalance, redrive and
 * replay. The cluster and the partition are part of it: without them distinct records collide (seen elsewhere). So is the time:
 * a topic that is made anew begins its offsets anew.
 * @param replayId only for `replay --new-ids`, for a partner that lost its data
 * @returns 22 characters of base64url: the first 16 bytes of SHA-256
 */
export function deliveryId(
  clusterId: string,
  partner: string,
  topic: string,
  { partition, offset, timestampMs }: RecordPlace,
  replayId?: string,
): string {
  const parts: Array<string | number> = [clusterId, partner, topic, partition, offset, timestampMs];
  if (replayId !== undefined) parts.push(replayId);
  return idOf(parts);
}

/** The id that a letter was parked with. Those without one are from before the time was part of it. */
export function letterDeliveryId(
  clusterId: string,
  letter: Pick<DeadLetter, 'deliveryId' | 'partner' | 'topic' | 'partition' | 'offset'>,
): string {
  const { partner, topic, partition, offset } = letter;
  return letter.deliveryId ?? idOf([clusterId, partner, topic, partition, offset]);
}

function idOf(parts: ReadonlyArray<string | number>): string {
  const digest = hash('sha256', parts.join('\n'), 'base64url');
  // The 22nd character holds the last two bits of byte 16 and four of the next byte, which are cleared. A Buffer in between
  // would cost six times as much, on every delivery.
  return digest.slice(0, 21) + LAST[digest.charCodeAt(21)];
}

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
/** By character code: that character with its low four bits cleared. */
const LAST: Readonly<Record<number, string>> = Object.fromEntries(
  [...BASE64URL].map((character, index) => [character.charCodeAt(0), BASE64URL.charAt(index & 0b110000)]),
);
