// A program of the cluster as a process of its own, with a log file; ended by its own number, and killed when it does not end, or when
// we end in whatever way.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawnSupervised } from '@ess/runtime/supervised.ts';
import { eventually } from '../harness/deadline.ts';

const ENDS_WITHIN_MS = 15_000;

export class NodeProcess implements AsyncDisposable {
  readonly #name: string;
  readonly #log: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  constructor(name: string, folder: string, command: string, args: readonly string[]) {
    this.#name = name;
    this.#log = join(folder, `${name}.log`);
    const file = openSync(this.#log, 'a');
    this.#child = spawnSupervised(command, args, { cwd: folder, output: file });
    this.#ended = Promise.race([once(this.#child, 'exit'), once(this.#child, 'error')]);
  }

  /** Resolves when it answers. @throws with the end of its log when it has ended instead */
  async answers(ask: () => Promise<unknown>): Promise<void> {
    await eventually(`${this.#name} answers`, async () => {
      if (this.#child.exitCode !== null || this.#child.pid === undefined)
        throw new Error(
          `${this.#name} has ended:\n${readFileSync(this.#log, 'utf8').split('\n').slice(-8).join('\n')}`,
        );
      return ask().then(
        () => true,
        () => undefined,
      );
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null || this.#child.pid === undefined) return;
    this.#child.kill('SIGTERM');
    const kill = setTimeout(() => this.#child.kill('SIGKILL'), ENDS_WITHIN_MS);
    await this.#ended;
    clearTimeout(kill);
  }
}
