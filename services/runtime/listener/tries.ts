// How often somebody may show a wrong secret, by address: some times at once, then once every few seconds. Nobody at another address waits
// for that, and a program that shows the same wrong one for ever keeps nobody out who shares its address.
import { createHash } from 'node:crypto';
import { holderOf } from './client-address.ts';

/** As many may be mistyped at once. */
const TRIES = 10;
const ONE_EVERY_MS = 10_000;
/** Some 200 bytes each; beyond them the one that failed first is forgotten. */
const HOLDERS_MAX = 10_000;

interface Failures {
  /** When all tries are there again, ms. */
  fullAtMs: number;
  /** Names the last secret, and says nothing of it. */
  last: string;
}

export class Tries {
  readonly #byHolder = new Map<string, Failures>();

  /** How many addresses are remembered. */
  get size(): number {
    return this.#byHolder.size;
  }

  /** @returns how long this address has to wait for its next try, ms; 0: not at all */
  waitMs(address: string, nowMs: number): number {
    const { fullAtMs = nowMs } = this.#byHolder.get(holderOf(address) ?? '') ?? {};
    return Math.max(0, fullAtMs - nowMs - (TRIES - 1) * ONE_EVERY_MS);
  }

  failed(address: string, secret: string, nowMs: number): void {
    const holder = holderOf(address) ?? '';
    const last = createHash('sha256').update(secret).digest('base64').slice(0, 12);
    const known = this.#byHolder.get(holder);
    if (known?.last === last) return;
    this.#byHolder.delete(holder);
    this.#byHolder.set(holder, { fullAtMs: Math.max(nowMs, known?.fullAtMs ?? 0) + ONE_EVERY_MS, last });
    for (const [oldest, { fullAtMs }] of this.#byHolder) {
      if (fullAtMs > nowMs && this.#byHolder.size <= HOLDERS_MAX) break;
      this.#byHolder.delete(oldest);
    }
  }
}
