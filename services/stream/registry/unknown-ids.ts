// Schema ids that have no schema for us, with the reason. They are not asked for again for a while, so that a topic of bad ids does
// not hammer the registry. The while is short as long as they are few: a producer may register after it publishes.

const FORGOTTEN_MIN_MS = 5_000;
/** Of many ids each stays for longer than it takes to ask for them all. */
const FORGOTTEN_MAX_MS = 120_000;
const MS_PER_ID = 20;
/** Records may name any of 2^31 ids: so many are kept, more than one fetch can name. */
const IDS_MAX = 200_000;

interface Unknown {
  readonly sinceMs: number;
  readonly why: string;
}

export class UnknownIds {
  /** The oldest first. */
  readonly #ids = new Map<number, Unknown>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Whether it need not be asked for. */
  has(id: number): boolean {
    const found = this.#ids.get(id);
    return found !== undefined && this.#nowMs() < found.sinceMs + this.#forgottenMs();
  }

  why(id: number): string | undefined {
    return this.#ids.get(id)?.why;
  }

  add(id: number, why: string): void {
    this.#ids.delete(id);
    this.#ids.set(id, { sinceMs: this.#nowMs(), why });
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
