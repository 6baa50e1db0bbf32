// Work that takes memory and Kafka's time is done for a few at once; whoever else asks is told.
import { EssError } from '@ess/domain/text/error.ts';

export class AtMost {
  readonly #max: number;
  #now = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** @throws EssError ESS_CONFLICT when as many are at it */
  async do<T>(work: () => Promise<T>): Promise<T> {
    if (this.#now >= this.#max)
      throw new EssError('ESS_CONFLICT', `${this.#max} previews are counted right now: ask again in a moment`);
    this.#now += 1;
    try {
      return await work();
    } finally {
      this.#now -= 1;
    }
  }
}
