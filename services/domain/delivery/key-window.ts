// Which idempotency keys were seen lately, and with which body. Bounded twice, by age and by number: when the number is
// reached the oldest are forgotten early, and `reliableMs` says how far back the memory still reaches.
import { hash } from 'node:crypto';

export interface KeyWindowOptions {
  readonly windowMs: number;
  readonly maxKeys: number;
}

interface Seen {
  readonly atMs: number;
  /** Beginning of the body's digest; undefined: it was not told. */
  readonly body: string | undefined;
}

/** 64 bits: enough for a mistake, and nobody gains by two bodies that are taken for one. */
const BODY_CHARS = 11;

export class KeyWindow {
  readonly #options: KeyWindowOptions;
  /** Digest of scope and key → when, and with what. Oldest first. */
  readonly #seen = new Map<string, Seen>();
  /** Newest of the keys that had to go for room, in ms. */
  #forgottenMs = Number.NEGATIVE_INFINITY;

  constructor(options: KeyWindowOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#seen.size;
  }

  /**
   * @param scope whose key it is: two doors may be given the same one
   * @param body its digest; one that was not told, then or now, is like any other
   */
  find(scope: string, key: string, body: string | undefined, nowMs: number): 'unknown' | 'same' | 'other-body' {
    const seen = this.#fresh(digest(scope, key), nowMs);
    if (seen === undefined) return 'unknown';
    return seen.body === undefined || body === undefined || seen.body === body.slice(0, BODY_CHARS)
      ? 'same'
      : 'other-body';
  }

  /**
   * @param writtenMs when it came, by whichever clock: one that is ahead counts as now
   * @param nowMs by the clock here, the only one by which keys are forgotten
   */
  add(scope: string, key: string, body: string | undefined, writtenMs: number, nowMs: number): void {
    const name = digest(scope, key);
    const atMs = Math.min(writtenMs, nowMs);
    if (this.#fresh(name, atMs)) return;
    this.#seen.delete(name); // one that has run out goes to the end
    this.#seen.set(name, { atMs, body: body?.slice(0, BODY_CHARS) });
    this.#forget(nowMs);
  }

  #fresh(name: string, nowMs: number): Seen | undefined {
    const seen = this.#seen.get(name);
    return seen !== undefined && seen.atMs > nowMs - this.#options.windowMs ? seen : undefined;
  }

  /** A repeated key is surely recognised when it comes within this time. */
  reliableMs(nowMs: number): number {
    return Math.min(this.#options.windowMs, nowMs - this.#forgottenMs);
  }

  #forget(nowMs: number): void {
    for (const [name, { atMs }] of this.#seen) {
      const old = atMs <= nowMs - this.#options.windowMs;
      if (!old && this.#seen.size <= this.#options.maxKeys) return;
      if (!old) this.#forgottenMs = Math.max(this.#forgottenMs, atMs);
      this.#seen.delete(name);
    }
  }
}

/** 16 characters whatever the length of the key. Scope and key cannot run into each other. */
const digest = (scope: string, key: string): string =>
  hash('sha256', `${scope.length} ${scope} ${key}`, 'buffer').toString('latin1', 0, 16);
