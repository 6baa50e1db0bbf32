// Memory that is used again: what a collector has to find again and again is what it stops everything for.

/** Sizes are multiples of this, so that what was made for one stretch fits the next. */
const STEP_BYTES = 32_768;

export class Memory {
  readonly #spare: ArrayBuffer[] = [];
  readonly #maxSpare: number;

  /** @param maxSpare so many pieces wait for their next use */
  constructor(maxSpare: number) {
    this.#maxSpare = maxSpare;
  }

  /** At least so many bytes, with who knows what in them, and at most twice as many more as needed. */
  take(bytes: number): ArrayBuffer {
    const wanted = Math.max(1, Math.ceil(bytes / STEP_BYTES)) * STEP_BYTES;
    const index = this.#spare.findIndex(({ byteLength }) => byteLength >= bytes && byteLength <= 2 * wanted);
    return index < 0 ? new ArrayBuffer(wanted) : (this.#spare.splice(index, 1)[0] as ArrayBuffer);
  }

  /** Nobody may read it any more. */
  give(memory: ArrayBuffer): void {
    this.#spare.push(memory);
    if (this.#spare.length > this.#maxSpare) this.#spare.shift();
  }
}
