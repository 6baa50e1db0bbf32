// A worker's way to its own topics in a simulation. As the outbox, it sends one batch at a time, in order. Kafka has the rows late,
// and the worker hears of it later still.
import { DEAD_LETTER_TOPIC } from '@ess/schemas/topics.ts';
import type { PlainOutbox } from '../data/worker-shared.ts';
import type { Row, Truth } from './truth.ts';

interface Append {
  readonly owner: string;
  readonly rows: readonly Row[];
  readonly written: () => void;
}

export class LateOutbox implements PlainOutbox {
  readonly #truth: Truth;
  #appends: Append[] = [];
  /** What cancels the batch that is on its way; undefined: none is. */
  #onItsWay: (() => void) | undefined;
  /** As whom the worker writes from now on. */
  owner = '';

  constructor(truth: Truth) {
    this.#truth = truth;
  }

  append(rows: readonly Row[]): Promise<void> {
    return new Promise((written) => {
      this.#appends.push({ owner: this.owner, rows, written });
      if (!this.#onItsWay) this.#send();
    });
  }

  async appendAndTell(rows: readonly Row[]) {
    await this.append(rows);
    return rows.map(({ topic }) => ({ topic, partition: 0, offset: 0 }));
  }

  /** The process is gone: the batch that was on its way arrives, or does not. */
  kill(): void {
    if (this.#truth.chance.hits(0.5)) this.#onItsWay?.();
  }

  #send(): void {
    const { time, chance, stalledUntilMs } = this.#truth;
    if (this.#appends.length === 0) return;
    // Another broker has the letters: they may have to be sent once more while the rest arrives.
    const isRefused = ({ rows }: Append) => rows[0]?.topic === DEAD_LETTER_TOPIC && chance.hits(0.1);
    const { again = [], batch = [] } = Object.groupBy(this.#appends, (one) => (isRefused(one) ? 'again' : 'batch'));
    this.#appends = again;
    const landsMs = Math.max(0, stalledUntilMs - time.nowMs) + chance.between(1, chance.hits(0.1) ? 500 : 30);
    this.#onItsWay = time.outside(landsMs, () => {
      for (const { owner, rows } of batch) this.#truth.written(owner, rows);
    });
    time.after(landsMs + chance.between(1, 20), () => {
      this.#onItsWay = undefined;
      for (const { written } of batch) written();
      this.#send();
    });
  }
}
