// Which idempotency keys were seen lately. Bounded twice, by age and by number: when the number is reached the oldest are
// forgotten early, and `reliableMs` says how far back the memory still reaches.
import { hash } from 'node:crypto';

export interface KeyWindowOptions {
  readonly windowMs: number;
  readonly maxKeys: number;
}

export class KeyWindow {
  readonly #options: KeyWindowOptions;
  /** Digest of scope and key → when, in seconds (a small integer takes no memory of its own). Oldest first. */
  readonly #seen = new Map<string, number>();
  /** Newest of the keys that had to go for room, in ms. */
  #forgottenMs = Number.NEGATIVE_INFINITY;

  constructor(options: KeyWindowOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#seen.size;
  }

  /** @param scope whose key it is: two partners may use the same one */
  has(scope: string, key: string, nowMs: number): boolean {
    const seenS = this.#seen.get(digest(scope, key));
    return seenS !== undefined && seenS * 1000 > nowMs - this.#options.windowMs;
  }

  add(scope: string, key: string, atMs: number): void {
    const name = digest(scope, key);
    if (this.has(scope, key, atMs)) return;
    this.#seen.delete(name); // one that has run out goes to the end
    this.#seen.set(name, Math.floor(atMs / 1000));
    this.#forget(atMs);
  }

  /** A repeated key is surely recognised when it comes within this time. */
  reliableMs(nowMs: number): number {
    return Math.min(this.#options.windowMs, nowMs - this.#forgottenMs);
  }

  #forget(nowMs: number): void {
    for (const [name, seenS] of this.#seen) {
      const old = seenS * 1000 <= nowMs - this.#options.windowMs;
      if (!old && this.#seen.size <= this.#options.maxKeys) return;
      if (!old) this.#forgottenMs = Math.max(this.#forgottenMs, seenS * 1000);
      this.#seen.delete(name);
    }
  }
}

/** 16 characters whatever the length of the key. Scope and key cannot run into each other. */
const digest = (scope: string, key: string): string =>
  hash('sha256', `${scope.length} ${scope} ${key}`, 'buffer').toString('latin1', 0, 16);
