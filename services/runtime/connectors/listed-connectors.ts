// Which connectors there are, as a deployment puts folders there and takes them away. One that is gone for a moment, because its
// folder or all of them are being swapped, is not removed.
import { EssError } from '@ess/domain/text/error.ts';
import { listConnectors } from './connector-folder.ts';

export interface ListedEvents {
  added(partner: string): void;
  removed(partner: string): void;
  /** The folder of them all cannot be read: all that were there go on. Told once, until it is back. */
  away(error: Error): void;
}

/** A partner that was not there at so many looks in a row is removed. */
export const GONE_LOOKS = 5;

export class ListedConnectors {
  readonly #root: string;
  readonly #events: ListedEvents;
  /** By partner: at how many looks in a row it was not there. */
  readonly #missed = new Map<string, number>();
  #isAway = false;

  /** @param known partners that are there already */
  constructor(root: string, known: readonly string[], events: ListedEvents) {
    this.#root = root;
    this.#events = events;
    for (const partner of known) this.#missed.set(partner, 0);
  }

  look(): void {
    const now = this.#list();
    if (now === undefined) return;
    for (const partner of now) {
      const isNew = !this.#missed.has(partner);
      this.#missed.set(partner, 0);
      if (isNew) this.#events.added(partner);
    }
    for (const [partner, before] of this.#missed) {
      if (now.has(partner)) continue;
      this.#missed.set(partner, before + 1);
      if (before + 1 < GONE_LOOKS) continue;
      this.#missed.delete(partner);
      this.#events.removed(partner);
    }
  }

  #list(): ReadonlySet<string> | undefined {
    try {
      const now = new Set(listConnectors(this.#root));
      this.#isAway = false;
      return now;
    } catch (error) {
      if (!(error instanceof EssError)) throw error;
      if (!this.#isAway) this.#events.away(error);
      this.#isAway = true;
      return undefined;
    }
  }
}
