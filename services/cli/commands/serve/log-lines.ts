// Lines out of a stream of bytes. A line that comes in pieces is kept until its end; of one that has none, only the beginning is.

export interface Line {
  /** Without the line end, as it came. */
  readonly bytes: Buffer;
  /** How many bytes were left out at its end. */
  readonly lost: number;
}

/** No entry of a log is longer; more of it would be memory that a broken program decides about. */
export const LINE_BYTES_MAX = 1_048_576;
const LINE_END = 0x0a;

export class LogLines {
  #pieces: Buffer[] = [];
  #bytes = 0;
  #lost = 0;

  /** @returns the lines that have an end now; empty ones are none */
  push(chunk: Buffer): Line[] {
    const lines: Line[] = [];
    let from = 0;
    for (let end = chunk.indexOf(LINE_END); end >= 0; end = chunk.indexOf(LINE_END, from)) {
      this.#keep(chunk.subarray(from, end));
      lines.push(...this.end());
      from = end + 1;
    }
    this.#keep(chunk.subarray(from));
    return lines;
  }

  /** @returns what has no line end: the program was ended in the middle of it */
  end(): Line[] {
    const line = { bytes: Buffer.concat(this.#pieces), lost: this.#lost };
    this.#pieces = [];
    this.#bytes = 0;
    this.#lost = 0;
    return line.bytes.length > 0 ? [line] : [];
  }

  #keep(piece: Buffer): void {
    const kept = piece.subarray(0, LINE_BYTES_MAX - this.#bytes);
    if (kept.length > 0) this.#pieces.push(kept);
    this.#bytes += kept.length;
    this.#lost += piece.length - kept.length;
  }
}
