// Files that somebody is writing, tried on one record: in a thread of its own, which is ended when it takes too long. Nothing is
// saved and nothing is sent.
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { ConnectorRecipe } from '@ess/domain/connector/recipe.ts';
import { EssError } from '@ess/domain/text/error.ts';

/** What the thread is asked. */
export interface Rehearse {
  /** Of the connector, with the files that are tried. */
  readonly recipe: ConnectorRecipe;
  readonly record: Readonly<Record<string, unknown>>;
}

/** Compiling and making take some ms each, once the thread is there. */
const WITHIN_MS = 5_000;
const MEMORY_MAX_MB = 128;
/** Who types waits for the one before; more than a few at once are refused. */
const WAITING_MAX = 16;

export class Rehearsals implements AsyncDisposable {
  #thread: Worker | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** @returns a `Rehearsed` as JSON @throws EssError ESS_CONFLICT when it takes too long, or too many ask at once */
  async try(asked: Rehearse): Promise<string> {
    if (this.#waiting >= WAITING_MAX) throw new EssError('ESS_CONFLICT', 'too many try their files at once: try again');
    this.#waiting += 1;
    const turn = this.#last
      .then(() => this.#ask(asked))
      .finally(() => {
        this.#waiting -= 1;
      });
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#thread?.terminate();
  }

  async #ask(asked: Rehearse): Promise<string> {
    const thread = await this.#opened();
    const over = new AbortController();
    const { signal } = over;
    try {
      // Whoever writes a file decides what is read of the environment, and sees what is made of it.
      thread.postMessage({ ...asked, recipe: { ...asked.recipe, env: new Map(), withoutEnv: true } });
      const late = delay(WITHIN_MS, undefined, { signal }).then(() => {
        throw new EssError('ESS_CONFLICT', `these files take more than ${WITHIN_MS / 1_000} s for one record`);
      });
      late.catch(() => undefined);
      // `once` rejects when the thread fails.
      const [answer] = (await Promise.race([once(thread, 'message', { signal }), late])) as [string];
      return answer;
    } catch (error) {
      this.#thread = undefined;
      await thread.terminate();
      if (error instanceof EssError) throw error;
      throw new EssError('ESS_CONFLICT', `these files cannot be tried: ${(error as Error).message}`);
    } finally {
      over.abort();
    }
  }

  /** Resolves when it takes questions. */
  async #opened(): Promise<Worker> {
    if (this.#thread) return this.#thread;
    const thread = new Worker(new URL('./rehearsal-thread.ts', import.meta.url), {
      name: 'rehearsals',
      resourceLimits: { maxOldGenerationSizeMb: MEMORY_MAX_MB },
    });
    thread.unref();
    thread.on('error', () => undefined); // whoever waits for an answer is told
    await once(thread, 'message');
    this.#thread = thread;
    return thread;
  }
}
