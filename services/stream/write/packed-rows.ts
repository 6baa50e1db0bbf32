// Rows on their way to another thread. One buffer is handed over and not copied again; a few flat lists clone far faster than an
// object per row.

/** What is written without headers and to the partition of its key. */
export interface Row {
  readonly topic: string;
  readonly key: string;
  readonly value: Buffer | null;
}

export interface PackedRows {
  /** Rows of each append, in order. */
  readonly counts: readonly number[];
  readonly topics: readonly string[];
  readonly keys: readonly string[];
  /** Bytes of each value; -1: none. */
  readonly lengths: readonly number[];
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export function packRows(appends: ReadonlyArray<readonly Row[]>): PackedRows {
  const counts: number[] = [];
  const topics: string[] = [];
  const keys: string[] = [];
  const lengths: number[] = [];
  let size = 0;
  for (const rows of appends) {
    counts.push(rows.length);
    for (const { topic, key, value } of rows) {
      topics.push(topic);
      keys.push(key);
      lengths.push(value?.length ?? -1);
      size += value?.length ?? 0;
    }
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const rows of appends)
    for (const { value } of rows)
      if (value) {
        bytes.set(value, at);
        at += value.length;
      }
  return { counts, topics, keys, lengths, bytes };
}

export function unpackRows({ counts, topics, keys, lengths, bytes }: PackedRows): Row[][] {
  let row = 0;
  let at = 0;
  return counts.map((count) =>
    Array.from({ length: count }, () => {
      const length = lengths[row] as number;
      const value = length < 0 ? null : Buffer.from(bytes.buffer, bytes.byteOffset + at, length);
      at += Math.max(0, length);
      row += 1;
      return { topic: topics[row - 1] as string, key: keys[row - 1] as string, value };
    }),
  );
}
