// What opens also registers how it closes; the steps run in reverse order.

/**
 * `await using cleanup = new Cleanup(); cleanup.defer(() => server.close());`
 * A step that throws is handed to `report` and never skips the rest.
 */
export class Cleanup implements AsyncDisposable {
  readonly #steps: Array<() => unknown> = [];
  readonly #report: (error: unknown) => void;
  constructor(report: (error: unknown) => void = (error) => console.error('while stopping:', error)) {
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
