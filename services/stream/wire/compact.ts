// Kafka's compact form, of newer requests: lengths are varints, one more than they say, and structures end with tagged fields.

/** Reads Kafka's compact form. @throws RangeError when the answer ends too soon */
export class Compact {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  take(count: number): Buffer {
    const end = this.#at + count;
    if (end > this.#bytes.length) throw new RangeError('the answer ends too soon');
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }

  skip(count: number): void {
    this.take(count);
  }

  /** A string or bytes; none is empty. */
  bytes(): Buffer {
    return this.take(Math.max(0, this.#varint() - 1));
  }

  each(read: () => void): void {
    for (let left = this.#varint() - 1; left > 0; left -= 1) read();
  }

  tags(): void {
    for (let left = this.#varint(); left > 0; left -= 1) {
      this.#varint();
      this.take(this.#varint());
    }
  }

  #varint(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.take(1).readUInt8();
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
      if (shift > 28) throw new RangeError('a length of more than 32 bits');
    }
  }
}

/** An unsigned one. */
export function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Buffer.from([...bytes, rest]);
}
