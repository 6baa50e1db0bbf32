// Rows that Kafka has not acknowledged, and what follows from them once it has. An assignment is over only when there are none.
import type { Log } from '@ess/runtime/log/log.ts';

/** Is told once what has become of rows. */
export interface RowsTold {
  /** Kafka has them. */
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

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

  /** @param then not called when they are refused */
  add(rows: Promise<unknown>, then: () => void): void {
    const { resolve, reject } = this.expect(then);
    rows.then(resolve, reject);
  }

  /** The same without a promise. @returns whom to tell what has become of them */
  expect(then: () => void): RowsTold {
    this.#count += 1;
    return {
      resolve: () => {
        then();
        this.#through();
      },
      reject: (error) => {
        this.#log.error({ error: String(error) }, 'rows.unacknowledged');
        this.#through();
      },
    };
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
