// What is checked, one line each, and how many of it held.
export class Checks {
  passed = 0;
  failed = 0;
  readonly #signal: AbortSignal;
  readonly #stopped: Promise<never>;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    this.#stopped = new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    this.#stopped.catch(() => undefined); // told by the check that runs then
  }

  /** @param hold throws when it does not hold. @returns whether it did */
  async that(what: string, hold: () => Promise<unknown>): Promise<boolean> {
    const since = performance.now();
    const after = () => `${((performance.now() - since) / 1_000).toFixed(1)} s`;
    try {
      await Promise.race([hold(), this.#stopped]);
      this.passed += 1;
      console.error(`  ✓ ${what} (${after()})`);
      return true;
    } catch (error) {
      this.#signal.throwIfAborted();
      this.failed += 1;
      console.error(`  ✗ ${what} (${after()})\n    ${error instanceof Error ? error.message : error}`);
      return false;
    }
  }

  title(text: string): void {
    console.error(`\n— ${text}`);
  }

  leftOut(what: string, why: string): void {
    console.error(`  – ${what}: left out, ${why}`);
  }
}

export function equal(actual: unknown, expected: unknown): void {
  if (JSON.stringify(actual) !== JSON.stringify(expected))
    throw new Error(`it is ${JSON.stringify(actual)}, expected ${JSON.stringify(expected)}`);
}
