// The place in an Avro body that is being read. avsc's own reads past the end in silence and looks only when the record is
// complete. A count that lies then costs the time and the memory that it announces; this one refuses at once.

/** How many arrays, maps and records within themselves may be open one inside the other. */
export const DEPTH_MAX = 64;
/** How many values of a record may take no byte, such as nulls in an array: nothing else bounds their number. */
export const FREE_VALUES_MAX = 10_000;
/** A zig-zag number of 64 bits has seven of them in a byte. */
const NUMBER_BYTES_MAX = 10;
/** Four bytes of seven bits fit into the integers that JavaScript computes fast. */
const FAST_BITS = 28;
/** The zig-zag number of what is nearer to 0 is exact as a number. */
const EXACT_END = 2 ** 52;

/** Node has it, its types do not: faster than toString, as the encoding is not looked up. */
type Utf8Buffer = Buffer & { utf8Slice(from: number, to: number): string };

/** Every read and skip throws an Error that says what is wrong when the bytes are not what they have to be. */
export class AvroTap {
  pos = 0;
  #buf = Buffer.alloc(0) as Utf8Buffer;
  #depth = 0;
  #free = FREE_VALUES_MAX;

  /** @param from where the body begins; it ends with the buffer */
  open(buf: Buffer, from: number): void {
    this.#buf = buf as Utf8Buffer;
    this.pos = from;
    this.#depth = 0;
    this.#free = FREE_VALUES_MAX;
  }

  /** The bytes are kept by nobody from here on. */
  close(): void {
    this.#buf = NOTHING;
  }

  get left(): number {
    return this.#buf.length - this.pos;
  }

  enter(): void {
    this.#depth += 1;
    if (this.#depth > DEPTH_MAX) throw new Error(`more than ${DEPTH_MAX} values one inside the other`);
  }

  leave(): void {
    this.#depth -= 1;
  }

  /** Values that take no byte are about to be made. */
  chargeFree(count: number): void {
    this.#free -= count;
    if (this.#free < 0) throw new Error(`more than ${FREE_VALUES_MAX} values that take no byte`);
  }

  /**
   * The head of the next block of an array or a map: its items were counted by the writer, maybe also its bytes.
   * @param itemBytes the least that one takes
   * @returns 0 at the end; negative when `readBlockBytes` has to follow
   */
  readCount(itemBytes: number): number {
    const count = this.readLong();
    const items = Math.abs(count);
    if (itemBytes === 0) this.chargeFree(items);
    else if (items * itemBytes > this.left) throw new Error(`${items} items announced, ${this.left} bytes are left`);
    return count;
  }

  /** @returns where the block has to end */
  readBlockEnd(): number {
    const bytes = this.readLong();
    this.#reserve(bytes);
    return this.pos + bytes;
  }

  expectAt(end: number): void {
    if (this.pos !== end) throw new Error(`a block ends ${Math.abs(this.pos - end)} bytes from where it says`);
  }

  readBoolean(): boolean {
    const byte = this.#buf[this.pos];
    if (byte === undefined || byte > 1) throw new Error(byte === undefined ? ENDED : `a boolean is ${byte}`);
    this.pos += 1;
    return byte === 1;
  }

  readInt(): number {
    const number = this.readLong();
    if (number !== (number | 0)) throw new Error(`${number} is no int`);
    return number;
  }

  readLong(): number {
    const buf = this.#buf;
    let { pos } = this;
    let bits = 0;
    let shift = 0;
    let byte: number | undefined;
    do {
      byte = buf[pos++];
      if (byte === undefined) throw new Error(ENDED);
      bits |= (byte & 0x7f) << shift;
      shift += 7;
    } while (byte & 0x80 && shift < FAST_BITS);
    if (byte & 0x80) return this.#readLarge(bits, pos);
    this.pos = pos;
    return (bits >> 1) ^ -(bits & 1);
  }

  /** @returns a bigint where no number is exact */
  readExactLong(): number | bigint {
    const from = this.pos;
    const number = this.readLong();
    return number < EXACT_END && number > -EXACT_END ? number : this.#exact(from);
  }

  #exact(from: number): number | bigint {
    let bits = 0n;
    for (let pos = from; pos < this.pos; pos += 1)
      bits |= BigInt((this.#buf[pos] as number) & 0x7f) << BigInt(7 * (pos - from));
    bits = BigInt.asUintN(64, bits);
    const long = (bits >> 1n) ^ -(bits & 1n);
    const number = Number(long);
    return Number.isSafeInteger(number) ? number : long;
  }

  /** Exact while the zig-zag number is, up to 2^53; more than that no count or length can be. */
  #readLarge(first: number, from: number): number {
    const last = from - FAST_BITS / 7 + NUMBER_BYTES_MAX;
    let number = first;
    let factor = 2 ** FAST_BITS;
    for (let pos = from; pos < last; pos += 1) {
      const byte = this.#buf[pos];
      if (byte === undefined) throw new Error(ENDED);
      number += (byte & 0x7f) * factor;
      factor *= 128;
      if (byte < 0x80) {
        this.pos = pos + 1;
        return (number % 2 ? -(number + 1) : number) / 2;
      }
    }
    throw new Error(`a number of more than ${NUMBER_BYTES_MAX} bytes`);
  }

  readFloat(): number {
    return this.#buf.readFloatLE(this.#take(4));
  }

  readDouble(): number {
    return this.#buf.readDoubleLE(this.#take(8));
  }

  /** A copy: the bytes of a fetch are not kept for the sake of a few. */
  readFixed(bytes: number): Buffer {
    const from = this.#take(bytes);
    const fixed = Buffer.allocUnsafe(bytes);
    this.#buf.copy(fixed, 0, from, this.pos);
    return fixed;
  }

  readBytes(): Buffer {
    return this.readFixed(this.readLong());
  }

  readString(): string {
    const from = this.#take(this.readLong());
    return this.#buf.utf8Slice(from, this.pos);
  }

  skipBytes(): void {
    this.#take(this.readLong());
  }

  skipString(): void {
    this.#take(this.readLong());
  }

  /** @returns where the bytes begin; the place is behind them */
  #take(bytes: number): number {
    this.#reserve(bytes);
    const from = this.pos;
    this.pos = from + bytes;
    return from;
  }

  #reserve(bytes: number): void {
    if (bytes < 0) throw new Error(`a length of ${bytes}`);
    if (bytes > this.left) throw new Error(`${bytes} bytes announced, ${this.left} are left`);
  }
}

const ENDED = 'the bytes end within the record';
const NOTHING = Buffer.alloc(0) as Utf8Buffer;
