// The file in which a view is kept: parts by name (fold/parts.ts), with one process that writes and any number that read. It holds
// nothing that the topics do not: it may be deleted, cut off or be of something else, and only time is lost.
import { Worker } from 'node:worker_threads';

export interface ViewFileStart {
  readonly file: string;
}

export interface KeptPart {
  readonly name: string;
  /** Of a block; -1: it is a value. */
  readonly number: number;
  readonly bytes: Uint8Array;
}

export type ToFile = { readonly id: number } & Asked;

type Asked =
  | { readonly kind: 'lock' | 'isWritten' | 'endRead' | 'close' }
  /** Parts whose name begins so. */
  | { readonly kind: 'read'; readonly prefix: string }
  | { readonly kind: 'save'; readonly whole: boolean; readonly parts: readonly KeptPart[] };

export interface FromFile {
  readonly id: number;
  readonly result?: unknown;
  readonly failed?: string;
}

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class ViewFile implements AsyncDisposable {
  readonly file: string;
  readonly #thread: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 0;
  #gone: Error | undefined;

  /** Nothing is opened yet. */
  constructor(file: string) {
    this.file = file;
    const workerData: ViewFileStart = { file };
    this.#thread = new Worker(new URL('./view-file-thread.ts', import.meta.url), { workerData, name: 'view file' });
    this.#thread.on('message', (message: FromFile) => this.#received(message));
    this.#thread.on('error', (error) => this.#end(error as Error));
    this.#thread.on('exit', (code) => this.#end(new Error(`the thread of ${file} ended (${code})`)));
    this.#thread.unref();
  }

  /** @returns whether this process may write; it may until it ends @throws when the place is no place for files */
  lock(): Promise<boolean> {
    return this.#ask({ kind: 'lock' });
  }

  /** Whether another one may write now. */
  isWritten(): Promise<boolean> {
    return this.#ask({ kind: 'isWritten' });
  }

  /**
   * All that is read until `endRead` is of one moment.
   * @throws when there is no such file, or it is damaged or of something else
   */
  read(prefix: string): Promise<readonly KeptPart[]> {
    return this.#ask({ kind: 'read', prefix });
  }

  endRead(): Promise<void> {
    return this.#ask({ kind: 'endRead' });
  }

  /**
   * Resolves when all of it is kept.
   * @param whole in place of all that was kept
   * @returns gone: the file is there no more, and nothing was kept
   * @throws when it cannot be written; what was kept before is kept, unless it was damaged
   */
  save(parts: readonly KeptPart[], whole: boolean): Promise<'kept' | 'gone'> {
    return this.#ask(
      { kind: 'save', whole, parts },
      parts.map(({ bytes }) => bytes.buffer as ArrayBuffer),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#gone) await this.#ask({ kind: 'close' }).catch(() => undefined);
    await this.#thread.terminate();
  }

  #ask<T>(asked: Asked, transferred: ArrayBuffer[] = []): Promise<T> {
    if (this.#gone) return Promise.reject(this.#gone);
    return new Promise<T>((resolve, reject) => {
      const id = this.#nextId++;
      this.#waiting.set(id, { resolve: resolve as Waiting['resolve'], reject });
      this.#thread.ref(); // a process that waits for nothing else does not end
      this.#thread.postMessage({ id, ...asked } satisfies ToFile, transferred);
    });
  }

  #received({ id, result, failed }: FromFile): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (this.#waiting.size === 0) this.#thread.unref();
    if (failed === undefined) waiting?.resolve(result);
    else waiting?.reject(new Error(failed));
  }

  #end(error: Error): void {
    this.#gone ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#gone);
    this.#waiting.clear();
  }
}
