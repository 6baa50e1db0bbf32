// Which versions of a rule came, a bit each: a judge that kept millions of ids would stop for its own garbage collector, and
// measure that.
const BITS = 32;

export class Versions {
  #words = new Uint32Array(8);

  /** @param version from 0 @returns false when it was there */
  add(version: number): boolean {
    const at = Math.floor(version / BITS);
    if (at >= this.#words.length) this.#growTo(at + 1);
    const bit = 1 << (version % BITS);
    const isNew = (this.#words[at]! & bit) === 0;
    this.#words[at]! |= bit;
    return isNew;
  }

  #growTo(words: number): void {
    const grown = new Uint32Array(Math.max(words, this.#words.length * 2));
    grown.set(this.#words);
    this.#words = grown;
  }
}
