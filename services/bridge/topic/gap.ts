// What a client is told when records were gone before it could be given them.
import type { PartitionBounds } from '@ess/stream/read/topic-reader.ts';
import type { Vector } from './vector.ts';

/** Offsets [from, to) of the public topic. */
export interface LostOffsets {
  readonly partition: number;
  /** Null: it is not known where the client was, only that older records are gone. */
  readonly from: number | null;
  readonly to: number;
}

export const gapEvent = (lost: readonly LostOffsets[]): string => JSON.stringify({ lost });

/** Of an event, but for its id and its end. */
export const gapLines = (lost: readonly LostOffsets[]): string => `event: ess.gap\ndata: ${gapEvent(lost)}\n`;

/** Of a log that is there no more. @param start of the one that took its place */
export const everythingBefore = (start: Vector): LostOffsets[] =>
  start.map((to, partition) => ({ partition, from: null, to }));

/** What retention has taken between where a reader is and where it is going. */
export function lostBetween(from: Vector, limit: Vector, bounds: readonly PartitionBounds[]): LostOffsets[] {
  return bounds.flatMap(({ low }, partition) => {
    const [at = 0, end = 0] = [from[partition], limit[partition]];
    return at < Math.min(low, end) ? [{ partition, from: at, to: Math.min(low, end) }] : [];
  });
}
