// What opens also registers how it closes; the steps run in reverse order.
import { inspect } from 'node:util';
import { printableLines } from '@ess/domain/text/printable.ts';

/**
 * `await using cleanup = new Cleanup(); cleanup.defer(() => server.close());`
 * A step that throws is handed to `report` and never skips the rest.
 */
export class Cleanup implements AsyncDisposable {
  readonly #steps: Array<() => unknown> = [];
  readonly #report: (error: unknown) => void;
  constructor(report: (error: unknown) => void = complain) {
    this.#report = report;
  }
  defer(step: () => unknown): void {
    this.#steps.push(step);
  }
  async [Symbol.asyncDispose](): Promise<void> {
    for (const step of this.#steps.splice(0).reverse()) {
      try {
        await step();
      } catch (error) {
        this.#report(error);
      }
    }
  }
}

function complain(error: unknown): void {
  console.error(printableLines(`while stopping: ${inspect(error)}`));
}
