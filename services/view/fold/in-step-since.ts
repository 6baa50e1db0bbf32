// Since when a partner has nothing that drifts, as the answers have found it.
import type { ViewedPartner } from './viewed-partner.ts';

export class InStepSince {
  readonly #ms = new Map<string, number>();

  /** @returns ms since 1970; undefined: not known */
  of({ connector: { partner }, cells }: ViewedPartner, drifting: number, nowMs: number): number | undefined {
    if (drifting > 0) this.#ms.set(partner, nowMs);
    else if (!this.#ms.has(partner)) this.#ms.set(partner, cells.lastLateMs || nowMs);
    return this.#ms.get(partner);
  }
}
