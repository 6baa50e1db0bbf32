// Schema ids that have no schema for us, with the reason: the registry has none, or one that cannot be read. They are not asked
// for again for a while, so that a topic of bad ids does not hammer the registry. The while is short as long as they are few: a
// producer may register after it publishes.

const FORGOTTEN_MIN_MS = 5_000;
/** Of many ids each stays for longer than it takes to ask for them all. */
const FORGOTTEN_MAX_MS = 120_000;
const MS_PER_ID = 20;
/** Records may name any of 2^31 ids: so many are kept, more than one fetch can name. */
const IDS_MAX = 200_000;

/** Why no record can be read that names the id. */
export interface Unusable {
  readonly why: string;
  /**
   * The registry gives its schema, which cannot be read: the subjects that have it; null when the registry does not say.
   * Absent: it gives none.
   */
  readonly subjects?: readonly string[] | null;
}

export class UnusableIds {
  /** The oldest first. */
  readonly #ids = new Map<number, Unusable & { readonly sinceMs: number }>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Whether it need not be asked for. */
  has(id: number): boolean {
    const found = this.#ids.get(id);
    return found !== undefined && this.#nowMs() < found.sinceMs + this.#forgottenMs();
  }

  get size(): number {
    return this.#ids.size;
  }

  /** As it was when it was last asked for. */
  get(id: number): Unusable | undefined {
    return this.#ids.get(id);
  }

  add(id: number, unusable: Unusable): void {
    this.#ids.delete(id);
    this.#ids.set(id, { sinceMs: this.#nowMs(), ...unusable });
    const oldMs = this.#nowMs() - FORGOTTEN_MAX_MS;
    for (const [old, { sinceMs }] of this.#ids) {
      if (sinceMs > oldMs && this.#ids.size <= IDS_MAX) break;
      this.#ids.delete(old);
    }
  }

  delete(id: number): void {
    this.#ids.delete(id);
  }

  #forgottenMs(): number {
    return Math.min(FORGOTTEN_MAX_MS, Math.max(FORGOTTEN_MIN_MS, this.#ids.size * MS_PER_ID));
  }
}
