// A floor: the least that could do the same job, in a process of its own like the worker it is compared with.
import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** What every floor is told, as JSON in its first argument. */
export interface FloorPlan {
  readonly url: string;
  readonly concurrency: number;
  /** The authority to trust, PEM, where the URL is https. */
  readonly ca?: string;
  /** Records to post, for a floor without Kafka. */
  readonly records?: number;
  /** Times over, for a floor that reads. */
  readonly passes?: number;
  readonly brokers?: readonly string[];
  readonly registry?: string;
  readonly topic?: string;
  readonly topics?: readonly string[];
  readonly group?: string;
  /** Folder of them, and the one that is meant. */
  readonly connectors?: string;
  readonly partner?: string;
}

export class FloorRun implements AsyncDisposable {
  readonly #child: ChildProcess;
  /** What it said when it began. */
  readonly begun: unknown;

  private constructor(child: ChildProcess, begun: unknown) {
    this.#child = child;
    this.begun = begun;
  }

  /** Resolves when it has begun to work, or has its partitions. */
  static async start(
    name:
      | 'dispatch'
      | 'each-message'
      | 'bare-consumer'
      | 'inbound'
      | 'bare-sse'
      | 'bare-reader'
      | 'bare-fold'
      | 'view-watch',
    plan: FloorPlan,
  ): Promise<FloorRun> {
    const file = fileURLToPath(new URL(`floors/${name}.ts`, import.meta.url));
    const child = fork(file, [JSON.stringify(plan)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const begun = await new Promise((resolve, reject) => {
      child.once('message', resolve);
      child.once('exit', (code) => reject(new Error(`the floor ${name} ended with ${code}`)));
    });
    return new FloorRun(child, begun);
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  /** What it says from now on. */
  onMessage(tell: (message: unknown) => void): void {
    this.#child.on('message', tell);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await gone;
  }
}
