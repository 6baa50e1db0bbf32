// Where a request wants to begin: a cursor, a time, or now; and what a client has that brings that cursor back.
import type { Held } from '@ess/domain/stream/partner-receipts.ts';
import { readTime } from '@ess/domain/text/moment.ts';
import type { LostOffsets } from '../topic/gap.ts';
import type { PublicLog } from '../topic/public-log.ts';
import type { Source } from '../topic/source.ts';
import type { Vector } from '../topic/vector.ts';
import type { View } from '../topic/view.ts';
import { HttpProblem } from './http-answer.ts';

export type StartPlace =
  /** `isGap`: what came before is not known to the client, and it has to be told. */
  | { readonly kind: 'now'; readonly isGap: boolean }
  /** A cursor of another log, whose offsets mean nothing here, or of a retired key, which nobody can read any more. */
  | { readonly kind: 'left' }
  | { readonly kind: 'position'; readonly vector: Vector; readonly cursor: string }
  | { readonly kind: 'time'; readonly sinceMs: number; readonly isCursor: boolean };

/** An EventSource repeats its first URL when it reconnects, so the header counts more than the query. */
export function readPlace(
  view: View,
  publicLog: PublicLog,
  partitions: number,
  lastEventId: string | undefined,
  query: URLSearchParams,
): StartPlace {
  const cursor = lastEventId || query.get('cursor');
  if (cursor) return placeOfCursor(view, publicLog, partitions, cursor);
  const since = query.get('since');
  return since === null
    ? { kind: 'now', isGap: false }
    : { kind: 'time', sinceMs: timeIn('since', since), isCursor: false };
}

/** @throws Problem 400 when it was not given to this partner */
export function placeOfCursor(view: View, publicLog: PublicLog, partitions: number, text: string): StartPlace {
  const cursor = view.cursors.read(text);
  // Keys are rotated, and a native EventSource would die of any other answer than 200.
  if (cursor === undefined && view.cursors.isOfRetiredKey(text))
    return view.unknownCursor === 'now' ? { kind: 'now', isGap: true } : { kind: 'left' };
  // A cursor of another partner, or changed: it is told nothing more.
  if (cursor === undefined)
    throw new HttpProblem(400, 'Unknown cursor', 'this cursor was not given to you, or is damaged');
  const { timestampMs } = cursor;
  if (cursor.kind === 'position' && publicLog.hasLeft(cursor)) return { kind: 'left' };
  if (cursor.kind === 'time' || cursor.offsets.length > partitions)
    return { kind: 'time', sinceMs: timestampMs, isCursor: true };
  // Partitions that the topic has got since then begin at their start.
  const vector = Array.from({ length: partitions }, (_, partition) => cursor.offsets[partition] ?? 0);
  return { kind: 'position', vector, cursor: text };
}

/**
 * A cursor that comes back is the receipt of everything before it. A time that somebody asks for is none, and neither is a cursor
 * whose offsets mean nothing any more. @returns undefined: none
 */
export function heldAt(place: StartPlace): Held | undefined {
  if (place.kind === 'position') return { offsets: [...place.vector], time: null };
  return place.kind === 'time' && place.isCursor ? { offsets: [], time: place.sinceMs } : undefined;
}

/** @throws Problem 400 that says what to write */
export function timeIn(name: string, text: string): number {
  const read = readTime(text);
  if ('problem' in read) throw new HttpProblem(400, 'Wrong parameter', `${name}: ${read.problem}`);
  return read.ms;
}

/** The position of a time, and which partitions may have lost records after it. */
export async function positionAt(
  source: Source,
  timestampMs: number,
): Promise<{ readonly vector: Vector; readonly truncated: readonly LostOffsets[] }> {
  const [bounds, offsets] = await Promise.all([source.bounds(), source.offsetsAt(timestampMs)]);
  const truncated: LostOffsets[] = [];
  const vector = bounds.map(({ low, end }, partition) => {
    const offset = Math.max(low, offsets[partition] ?? end);
    // The first record there is comes after the time: what was between them may be gone. Nobody can tell for an empty partition.
    if (low > 0 && offset === low && low < end) truncated.push({ partition, from: null, to: low });
    return offset;
  });
  return { vector, truncated };
}
