// What somebody has previewed, kept as it was until they order it: what runs is what was shown. Under its id it is an order, so that a
// second click gives no second one.

interface Kept<T> {
  readonly value: T;
  readonly by: string;
  readonly untilMs: number;
  given: Promise<unknown> | undefined;
}

const KEPT_MS = 15 * 60_000;
const KEPT_MAX = 256;
/** Of one person: nobody pushes out what another one has previewed. */
const OWN_MAX = 8;

export class Frozen<T> {
  readonly #kept = new Map<string, Kept<T>>();

  put(id: string, by: string, value: T, nowMs = Date.now()): void {
    this.#kept.set(id, { value, by, untilMs: nowMs + KEPT_MS, given: undefined });
    const own = [...this.#kept].filter(([, kept]) => kept.by === by).map(([key]) => key);
    for (const oldest of own.slice(0, -OWN_MAX)) this.#kept.delete(oldest);
    for (const [oldest, { untilMs }] of this.#kept)
      if (untilMs < nowMs || this.#kept.size > KEPT_MAX) this.#kept.delete(oldest);
  }

  /**
   * @param act gives the order, once however often it is asked; again when that failed
   * @returns undefined: it is not there any more, or is somebody else's
   */
  give<R>(id: string, by: string, act: (value: T) => Promise<R>, nowMs = Date.now()): Promise<R> | undefined {
    const kept = this.#kept.get(id);
    if (!kept || kept.by !== by || kept.untilMs < nowMs) return undefined;
    kept.given ??= act(kept.value).catch((error: unknown) => {
      kept.given = undefined;
      throw error;
    });
    return kept.given as Promise<R>;
  }
}
