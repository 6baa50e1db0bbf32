// A file that people change while the console runs: looked at each time that somebody asks, read again when it is another one. One that is
// wrong keeps the one before, and says so.
import { statSync } from 'node:fs';
import { EssError } from '@ess/domain/text/error.ts';
import { FileRefused, readSmallFile } from '@ess/runtime/settings/small-file.ts';

const FILE_BYTES_MAX = 10_000_000;

export class KeptFile<T> {
  readonly #file: string;
  readonly #parse: (text: string) => T;
  readonly #onWrong: (error: Error) => void;
  #stamp: string;
  #value: T;

  /**
   * @param absent what it holds while there is none; undefined: there must be one
   * @throws what `parse` throws, EssError ESS_CONFIG when it cannot be read
   */
  constructor(file: string, parse: (text: string) => T, onWrong: (error: Error) => void, absent?: T) {
    this.#file = file;
    this.#parse = parse;
    this.#onWrong = onWrong;
    this.#stamp = stampOf(file);
    this.#value = absent !== undefined && this.#stamp === '' ? absent : this.#read();
  }

  get now(): T {
    const stamp = stampOf(this.#file);
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

/** Another one whenever somebody has written, or put another file in its place; empty: there is none that can be looked at. */
export function stampOf(file: string): string {
  try {
    const { ino, size, mtimeNs, ctimeNs } = statSync(file, { bigint: true });
    return `${ino}:${size}:${mtimeNs}:${ctimeNs}`;
  } catch {
    return '';
  }
}
