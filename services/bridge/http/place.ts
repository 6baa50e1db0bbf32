// Where a request wants to begin: a cursor, a time, or now.
import type { LostOffsets } from '../topic/gap.ts';
import type { PublicLog } from '../topic/public-log.ts';
import type { Source } from '../topic/source.ts';
import type { Vector } from '../topic/vector.ts';
import type { View } from '../topic/view.ts';
import { HttpProblem } from './http-answer.ts';

export type StartPlace =
  | { readonly kind: 'now' }
  /** A cursor of another log: its offsets mean nothing here. */
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
  if (cursor) return ofCursor(view, publicLog, partitions, cursor);
  const since = query.get('since');
  return since === null ? { kind: 'now' } : { kind: 'time', sinceMs: readTime('since', since), isCursor: false };
}

function ofCursor(view: View, publicLog: PublicLog, partitions: number, text: string): StartPlace {
  const cursor = view.cursors.read(text);
  // A cursor of another partner, of an unknown key, or changed: it is told nothing more.
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

/** Epoch milliseconds or ISO 8601; nothing is older than 1970, and Kafka takes −1 for its newest record. @throws Problem 400 */
export function readTime(name: string, text: string): number {
  const ms = /^\d{1,15}$/.test(text)
    ? Number(text)
    : /^\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:?\d{2})?)?$/.test(text)
      ? Date.parse(text)
      : Number.NaN;
  if (Number.isNaN(ms))
    throw new HttpProblem(
      400,
      'Wrong parameter',
      `${name}: write milliseconds since 1970, or a time as 2026-11-24T10:00:00Z`,
    );
  return Math.max(0, ms);
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
