// What this process is at work on for one partner, told to the thread that watches it (stream/write/at-work.ts).
import type { AtWork } from '@ess/stream/write/at-work.ts';
import type { Item } from './item.ts';

export class PartnerAtWork {
  readonly #atWork: AtWork;
  readonly #partner: string;
  readonly #sourceTopic: string;
  readonly #sourcePlace: number;

  constructor(atWork: AtWork, partner: string, sourceTopic: string) {
    this.#atWork = atWork;
    this.#partner = partner;
    this.#sourceTopic = sourceTopic;
    this.#sourcePlace = atWork.numberOf({ partner, topic: sourceTopic });
  }

  /** From here to `over` the record is being read. */
  reading(topic: string, partition: number, offset: number): void {
    this.#atWork.begin(this.#placeOf(topic), partition, offset, 0);
  }

  /** From here to `over` it is being mapped, sent, or its answer judged. */
  trying({ topic, partition, offset, attempts }: Item): void {
    this.#atWork.begin(this.#placeOf(topic), partition, offset, attempts + 1);
  }

  over(): void {
    this.#atWork.end();
  }

  /** Its request is on its way, until `back`. */
  sent(item: Item): void {
    const { topic, partition, offset, attempts } = item;
    item.flight = this.#atWork.fly(this.#placeOf(topic), partition, offset, attempts + 1);
  }

  back(item: Item): void {
    this.#atWork.land(item.flight);
  }

  #placeOf(topic: string): number {
    if (topic === this.#sourceTopic) return this.#sourcePlace;
    return this.#atWork.numberOf({ partner: this.#partner, topic });
  }
}
