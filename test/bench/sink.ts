// The bench's end of a sink process.
import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Answers, Begun, Behaviour, Command, Question } from './sink/control.ts';
import type { TallyReport } from './sink/tally.ts';

const MAIN = fileURLToPath(new URL('sink/main.ts', import.meta.url));
const LOOK_MS = 50;
/** Nothing new for so long ends the wait: what is missing then is lost. */
const STALL_MS = 30_000;

export class Sink implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #port: number;
  /** Set when it speaks TLS: whom it is trusted by, PEM. */
  readonly ca: string | undefined;
  readonly #asked = new Map<number, (answer: unknown) => void>();
  #nextId = 0;

  private constructor(child: ChildProcess, { port, ca }: Begun) {
    this.#child = child;
    this.#port = port;
    this.ca = ca;
    child.on('message', ({ id, answer }: { id: number; answer: unknown }) => {
      this.#asked.get(id)?.(answer);
      this.#asked.delete(id);
    });
  }

  /** @param speaks absent: HTTP/1.1 in the clear */
  static async start(speaks?: 'tls' | 'h2'): Promise<Sink> {
    const child = fork(MAIN, speaks ? [speaks] : [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const begun = await new Promise<Begun>((resolve, reject) => {
      child.once('message', (message) => resolve(message as Begun));
      child.once('exit', (code) => reject(new Error(`the sink ended with ${code}`)));
    });
    return new Sink(child, begun);
  }

  url(path: string): string {
    return `${this.ca === undefined ? 'http' : 'https'}://127.0.0.1:${this.#port}${path}`;
  }

  async behave(path: string, behaviour: Behaviour): Promise<void> {
    await this.#ask({ kind: 'behave', path, behaviour });
  }

  async forget(...paths: string[]): Promise<void> {
    await this.#ask({ kind: 'forget', paths });
  }

  count(...paths: string[]): Promise<Answers['count']> {
    return this.#ask({ kind: 'count', paths });
  }

  report(...paths: string[]): Promise<TallyReport> {
    return this.#ask({ kind: 'report', paths });
  }

  /** Percentiles since the last call only. */
  window(...paths: string[]): Promise<TallyReport> {
    return this.#ask({ kind: 'window', paths });
  }

  async down(): Promise<void> {
    await this.#ask({ kind: 'down' });
  }

  async up(): Promise<void> {
    await this.#ask({ kind: 'up' });
  }

  /** Waits until the paths have so many deliveries, or until nothing has come for long. */
  async received(
    paths: readonly string[],
    wanted: number,
    onProgress: (delivered: number) => void,
    stallMs = STALL_MS,
  ): Promise<TallyReport> {
    let last = -1;
    let changedAt = performance.now();
    while (performance.now() - changedAt < stallMs) {
      const { delivered, open } = await this.count(...paths);
      if (delivered >= wanted && open === 0) break;
      if (delivered !== last) changedAt = performance.now();
      last = delivered;
      onProgress(delivered);
      await delay(LOOK_MS);
    }
    return this.report(...paths);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    if (this.#child.exitCode === null) await new Promise((resolve) => this.#child.once('exit', resolve));
  }

  #ask<K extends Command['kind']>(command: Command & { kind: K }): Promise<Answers[K]> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      if (!this.#child.connected) return reject(new Error('the sink is gone'));
      this.#asked.set(id, (answer) => resolve(answer as Answers[K]));
      this.#child.send({ id, command } satisfies Question);
    });
  }
}
