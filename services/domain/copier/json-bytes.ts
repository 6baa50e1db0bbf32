// Single values as the bytes of their JSON, as JSON.stringify writes them. Short ones: a call of Node costs more than a loop.

/** Node has it, its types do not: faster than toString, as the encoding is not looked up. */
type Utf8Buffer = Buffer & { utf8Slice(from: number, to: number): string };

const [QUOTE, BACKSLASH, SPACE, MINUS, ZERO] = [0x22, 0x5c, 0x20, 0x2d, 0x30] as const;

/** Bytes of UTF-8 as a text of JSON. @returns where it ends */
export function writeText(bytes: Buffer, from: number, end: number, into: Buffer, at: number): number {
  let to = at;
  into[to++] = QUOTE;
  for (let index = from; index < end; index += 1) {
    const byte = bytes[index] as number;
    // What is no ASCII may be no UTF-8 either, and then becomes a sign that says so.
    if (byte < SPACE || byte >= 0x80 || byte === QUOTE || byte === BACKSLASH)
      return at + into.write(JSON.stringify((bytes as Utf8Buffer).utf8Slice(from, end)), at);
    into[to++] = byte;
  }
  into[to++] = QUOTE;
  return to;
}

/** @param value a safe integer @returns where it ends */
export function writeNumber(value: number, into: Buffer, at: number): number {
  let rest = Math.abs(value);
  if (rest >= 2 ** 31) return at + into.write(String(value), at, 'latin1');
  let to = at;
  if (value < 0) into[to++] = MINUS;
  let digits = 1;
  for (let power = 10; power <= rest; power *= 10) digits += 1;
  for (let place = to + digits - 1; place >= to; place -= 1) {
    const next = (rest / 10) | 0;
    into[place] = ZERO + rest - 10 * next;
    rest = next;
  }
  return to + digits;
}

export function isSame(text: Buffer, bytes: Buffer, from: number, end: number): boolean {
  if (end - from !== text.length) return false;
  for (let index = 0; index < text.length; index += 1) if (bytes[from + index] !== text[index]) return false;
  return true;
}

/** @returns where it ends */
export function copy(text: Buffer, into: Buffer, at: number): number {
  for (let index = 0; index < text.length; index += 1) into[at + index] = text[index] as number;
  return at + text.length;
}
