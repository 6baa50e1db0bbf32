// A file that people change while the console runs: looked at whenever somebody asks, read again when it is another one. One that is wrong
// keeps the one before, and says so.
import { statSync } from 'node:fs';
import { EssError } from '@ess/domain/text/error.ts';
import { FileRefused, readSmallFile } from '@ess/runtime/settings/small-file.ts';

const FILE_BYTES_MAX = 10_000_000;

export class KeptFile<T> {
  readonly #file: string;
  readonly #parse: (text: string) => T;
  readonly #onWrong: (error: Error) => void;
  readonly #look: () => string;
  #stamp: string;
  #value: T;

  /**
   * @param lookAt as `stampOf`
   * @throws what `parse` throws, EssError ESS_CONFIG when it cannot be read
   */
  constructor(file: string, parse: (text: string) => T, onWrong: (error: Error) => void, lookAt = stampOf) {
    this.#file = file;
    this.#parse = parse;
    this.#onWrong = onWrong;
    this.#look = onceAStretch(() => lookAt(file));
    this.#stamp = this.#look();
    this.#value = this.#read();
  }

  get now(): T {
    const stamp = this.#look();
    if (stamp === this.#stamp) return this.#value;
    this.#stamp = stamp;
    try {
      this.#value = this.#read();
    } catch (error) {
      this.#onWrong(error as Error);
    }
    return this.#value;
  }

  #read(): T {
    try {
      return this.#parse(readSmallFile(this.#file, FILE_BYTES_MAX));
    } catch (error) {
      if (!(error instanceof FileRefused)) throw error;
      throw new EssError('ESS_CONFIG', `${this.#file} ${error.message}: ${error.remedy}`, { cause: error });
    }
  }
}

/**
 * What is asked for again and again within one stretch of work that nothing interrupts is looked up once: a question, a turn of the feed.
 * Whoever changes it meanwhile changes it for the next one.
 */
export function onceAStretch<T>(look: () => T): () => T {
  let found: { readonly value: T } | undefined;
  return () => {
    if (!found) {
      found = { value: look() };
      queueMicrotask(() => {
        found = undefined;
      });
    }
    return found.value;
  };
}

/** Another one whenever somebody has written, or put another file in its place; empty: there is none that can be looked at. */
export function stampOf(file: string): string {
  try {
    const { ino, size, mtimeNs, ctimeNs } = statSync(file, { bigint: true });
    return `${ino}:${size}:${mtimeNs}:${ctimeNs}`;
  } catch {
    return '';
  }
}
