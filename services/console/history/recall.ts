// What happened in the hour before the console began, from the index of the audit: so a restart forgets little.
import { setTimeout as delay } from 'node:timers/promises';
import type { DeliveryAttempt } from '@ess/schemas/generated/types.ts';
import type { Place } from '@ess/view/audit/audit-file.ts';
import type { AuditPiece, AuditSearch } from '@ess/view/audit/audit-search.ts';
import type { Audited } from '@ess/view/audit/decoded-rows.ts';
import type { History } from './history.ts';

const HOUR_MS = 3_600_000;
const PIECE = 500;
/** Some seconds of CPU in all: of a system that does more in an hour the newest is known. */
const ROWS_MAX = 100_000;
/** The index is begun, or read on, beside the console. */
const AGAIN_MS = 5_000;
const TRIES = 24;

/** Rows that were written before a moment are left to what is recalled, all others are taken. */
export class Recall {
  readonly #history: History;
  readonly #beganMs: number;
  /** By partition, the newest row that was written before it began. */
  readonly #before = new Map<number, Place>();

  constructor(history: History, beganMs: number) {
    this.#history = history;
    this.#beganMs = beganMs;
  }

  take(row: DeliveryAttempt, { partition, offset, timestampMs }: Place): void {
    if (timestampMs >= this.#beganMs) this.#history.take(row);
    else if (offset >= (this.#before.get(partition)?.offset ?? 0))
      this.#before.set(partition, { partition, offset, timestampMs });
  }

  /** Resolves when it is through, or when the index does not get so far. */
  async from(search: Pick<AuditSearch, 'find'>, signal: AbortSignal): Promise<void> {
    for (let tried = 0; tried < TRIES && !signal.aborted; tried += 1) {
      const found = await this.#find(search, signal).catch(() => undefined);
      if (signal.aborted) return;
      if (found) {
        for (const { row } of found.rows) this.#history.take(row);
        return this.#history.reachesBackTo(found.sinceMs);
      }
      await delay(AGAIN_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** @returns undefined: the index is not there yet, or not as far as the view */
  async #find(search: Pick<AuditSearch, 'find'>, signal: AbortSignal) {
    const sinceMs = this.#beganMs - HOUR_MS;
    const rows: Audited[] = [];
    let behind: Place | undefined = { timestampMs: this.#beganMs, partition: 0, offset: 0 };
    const missing = new Map([...this.#before].filter(([, { timestampMs }]) => timestampMs >= sinceMs));
    let reachesMs: number | undefined;
    while (behind && rows.length < ROWS_MAX && !signal.aborted) {
      const piece: AuditPiece = await search.find({ sinceMs, behind }, PIECE);
      for (const { record } of piece.found)
        if (missing.has(record.partition)) {
          if (record.offset < (missing.get(record.partition)?.offset ?? 0)) return undefined;
          missing.delete(record.partition);
        }
      rows.push(...piece.found);
      ({ next: behind, reachesMs } = piece);
      await delay(0, undefined, { signal }).catch(() => undefined); // others have a turn
    }
    if (missing.size > 0 && !behind) return undefined;
    const last = rows.at(-1)?.record.timestampMs ?? this.#beganMs;
    return { rows, sinceMs: behind ? last : Math.max(sinceMs, reachesMs ?? this.#beganMs) };
  }
}
