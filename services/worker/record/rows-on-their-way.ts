// Rows that Kafka has not acknowledged, and what follows from them once it has. An assignment is over only when there are none.
import type { Log } from '@ess/runtime/log/log.ts';

export class RowsOnTheirWay {
  readonly #log: Log;
  readonly #none = Promise.withResolvers<void>();
  #isAwaited = false;
  #count = 0;

  constructor(log: Log) {
    this.#log = log;
  }

  get count(): number {
    return this.#count;
  }

  /** One `then` with two arms instead of a chain: three promises fewer per delivery. @param then not called when they are refused */
  add(rows: Promise<unknown>, then: () => void): void {
    this.#count += 1;
    rows.then(
      () => {
        then();
        this.#through();
      },
      (error) => {
        this.#log.error({ error: String(error) }, 'rows.unacknowledged');
        this.#through();
      },
    );
  }

  /** Resolves when there are none; for the end of the assignment. */
  async none(): Promise<void> {
    this.#isAwaited = true;
    if (this.#count > 0) await this.#none.promise;
  }

  #through(): void {
    this.#count -= 1;
    if (this.#isAwaited && this.#count === 0) this.#none.resolve();
  }
}
