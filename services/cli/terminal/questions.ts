// Questions to whoever sits at the terminal.
import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { printable } from '@ess/domain/text/printable.ts';

export class Questions implements Disposable {
  readonly #lines;
  readonly #left: Promise<undefined>;

  constructor(input: NodeJS.ReadableStream = process.stdin, output: NodeJS.WritableStream = process.stderr) {
    this.#lines = createInterface({ input, output });
    this.#left = once(this.#lines, 'close').then(() => undefined);
  }

  /** @returns the answer without blanks around it; undefined: whoever was asked has left, by Ctrl-C or Ctrl-D */
  async ask(question: string): Promise<string | undefined> {
    const answer = this.#lines.question(printable(question)).catch((error: Error) => {
      if (error.name !== 'AbortError') throw error;
      return undefined;
    });
    return (await Promise.race([answer, this.#left]))?.trim();
  }

  [Symbol.dispose](): void {
    this.#lines.close();
  }
}
