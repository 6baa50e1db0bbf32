// Since when a partner has nothing that drifts, as the answers have found it.
import type { ViewedPartner } from './viewed-partner.ts';

export class InStepSince {
  readonly #ms = new Map<string, number>();

  /** @returns ms since 1970; undefined: not known */
  of({ connector: { partner }, cells }: ViewedPartner, drifting: number, nowMs: number): number | undefined {
    const known = this.#ms.get(partner);
    // A drift may have begun and ended while nobody asked.
    const sinceMs = drifting > 0 ? nowMs : Math.max(known ?? 0, cells.lastLateMs) || nowMs;
    this.#ms.set(partner, sinceMs);
    return sinceMs;
  }
}
