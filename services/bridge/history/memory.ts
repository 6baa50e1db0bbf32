// Memory that is used again: what a collector has to find again and again is what it stops everything for. What was one partner's
// goes to the same partner only, so that whatever goes wrong with it shows nobody what is another's.

/** Sizes are multiples of this, so that what was made for one stretch fits the next. */
const STEP_BYTES = 32_768;

export class Memory {
  readonly #spare: Array<{ readonly owner: string; readonly memory: ArrayBuffer }> = [];
  readonly #maxSpare: number;

  /** @param maxSpare so many pieces wait for their next use, whoever's */
  constructor(maxSpare: number) {
    this.#maxSpare = maxSpare;
  }

  /** At least so many bytes, with who knows what of this owner's in them; at most some twice as many as needed. */
  take(owner: string, bytes: number): ArrayBuffer {
    const wanted = Math.max(1, Math.ceil(bytes / STEP_BYTES)) * STEP_BYTES;
    const index = this.#spare.findIndex(
      (spare) => spare.owner === owner && spare.memory.byteLength >= bytes && spare.memory.byteLength <= 2 * wanted,
    );
    const [found] = index < 0 ? [] : this.#spare.splice(index, 1);
    return found?.memory ?? new ArrayBuffer(wanted);
  }

  /** Nobody may read it any more. */
  give(owner: string, memory: ArrayBuffer): void {
    this.#spare.push({ owner, memory });
    if (this.#spare.length > this.#maxSpare) this.#spare.shift();
  }
}
