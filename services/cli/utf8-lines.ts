// Lines of a stream of bytes, as they come. Only a line feed ends one: U+2028 and its kin, which other readers break at, may stand
// in a text of JSON. What is no UTF-8 is told, and not read as something else.

/** Kafka takes a record of a megabyte; a longer line is passed over, not kept. */
export const LINE_MAX_BYTES = 8_388_608;

/** A line that cannot be read. */
export interface BadLine {
  readonly why: string;
}

const LINE_FEED = 10;
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export async function* utf8Lines(chunks: AsyncIterable<Buffer>): AsyncGenerator<string | BadLine> {
  const line = new Line();
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, from)) {
      line.add(chunk.subarray(from, end));
      yield line.take();
      from = end + 1;
    }
    line.add(chunk.subarray(from));
  }
  if (!line.isEmpty) yield line.take();
}

/** The one that is being read. */
class Line {
  #parts: Buffer[] = [];
  #bytes = 0;

  get isEmpty(): boolean {
    return this.#bytes === 0;
  }

  add(part: Buffer): void {
    this.#bytes += part.length;
    if (this.#bytes > LINE_MAX_BYTES) this.#parts = [];
    else this.#parts.push(part);
  }

  take(): string | BadLine {
    const [parts, bytes] = [this.#parts, this.#bytes];
    [this.#parts, this.#bytes] = [[], 0];
    if (bytes > LINE_MAX_BYTES) return { why: `is longer than ${LINE_MAX_BYTES} bytes` };
    try {
      return UTF8.decode(Buffer.concat(parts)).replace(/\r$/, '');
    } catch {
      return { why: 'is not UTF-8' };
    }
  }
}
