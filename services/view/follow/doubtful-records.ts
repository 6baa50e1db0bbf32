// Records of a source that could not be read for a reason that may pass, kept until they can be: a producer may register its schema
// after it publishes.
import type { ReadRecord } from '@ess/stream/wire/record-batches.ts';
import { apart } from '@ess/stream/wire/record-batches.ts';

/** A stranger may write any number of them: what is more is read by the next program that starts. */
const BYTES_MAX = 16_777_216;

export class DoubtfulRecords {
  /** The newest of each key. */
  readonly #byKey = new Map<string, ReadRecord>();
  #bytes = 0;

  get all(): ReadRecord[] {
    return [...this.#byKey.values()];
  }

  /** @param isDoubtful it cannot be read, and another time maybe it can: it takes the place of the one before of its key */
  take(record: ReadRecord, isDoubtful: boolean): void {
    if (record.key === null || (!isDoubtful && this.#byKey.size === 0)) return;
    const key = record.key.toString('latin1');
    const before = this.#byKey.get(key);
    if (before) this.#bytes -= bytesOf(before);
    this.#byKey.delete(key);
    if (!isDoubtful || this.#bytes + bytesOf(record) > BYTES_MAX) return;
    this.#byKey.set(key, apart(record));
    this.#bytes += bytesOf(record);
  }
}

/** With about what a place in memory takes. */
const bytesOf = ({ bytes }: ReadRecord): number => bytes + 500;
