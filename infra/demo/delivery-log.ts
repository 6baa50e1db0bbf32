// What a demo partner received, in order, with a way to wait for it without sleeping.

export interface Delivery {
  /** The `webhook-id`: equal for every repetition of the same delivery. */
  readonly id: string | undefined;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: unknown;
  readonly receivedAt: number; // epoch ms
  readonly status: number;
}

export class DeliveryLog {
  /** Accepted ones, repetitions included. */
  readonly received: Delivery[] = [];
  readonly refused: Delivery[] = [];
  readonly #seen = new Set<string>();
  readonly #waiting = new Set<() => void>();
  #duplicates = 0;

  get duplicates(): number {
    return this.#duplicates;
  }

  /** @returns whether its id was accepted before. */
  add(delivery: Delivery): boolean {
    if (delivery.status >= 400) this.refused.push(delivery);
    else this.received.push(delivery);
    const { id } = delivery;
    const isRepeated = delivery.status < 400 && id !== undefined && this.#seen.has(id);
    if (isRepeated) this.#duplicates++;
    else if (delivery.status < 400 && id !== undefined) this.#seen.add(id);
    for (const look of this.#waiting) look();
    return isRepeated;
  }

  hasAccepted(id: string | undefined): boolean {
    return id !== undefined && this.#seen.has(id);
  }

  /** Resolves as soon as the predicate holds, with everything received by then. */
  waitFor(predicate: (received: readonly Delivery[]) => boolean, timeoutMs: number): Promise<readonly Delivery[]> {
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        clearTimeout(late);
        this.#waiting.delete(look);
        settle();
      };
      const look = () => {
        try {
          if (predicate(this.received)) end(() => resolve(this.received));
        } catch (error) {
          end(() => reject(error));
        }
      };
      const counts = () => `${this.received.length} accepted, ${this.refused.length} refused`;
      const late = setTimeout(
        () => end(() => reject(new Error(`what was waited for did not arrive in ${timeoutMs} ms: ${counts()}`))),
        timeoutMs,
      );
      this.#waiting.add(look);
      look();
    });
  }
}
