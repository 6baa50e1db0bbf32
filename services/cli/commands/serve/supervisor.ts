// The programs of an installation, each in a process of its own: one that ends takes no other along, one stop ends them all.
//   programs.ts (which) -> here -> kept-program.ts (started again) -> program-process.ts (one process) -> one-log.ts
import { EssError } from '@ess/domain/text/error.ts';
import { CLOCK } from './clock.ts';
import type { Keeping } from './kept-program.ts';
import { KeptProgram } from './kept-program.ts';
import type { ProgramPlan } from './program-process.ts';

const ASK_AGAIN_MS = 100;

export class Supervisor {
  readonly #keeping: Keeping;
  readonly #programs = new Map<string, KeptProgram>();

  constructor(keeping: Omit<Keeping, 'clock'> & Partial<Keeping>) {
    this.#keeping = { clock: CLOCK, ...keeping };
  }

  get programs(): ReadonlyMap<string, KeptProgram> {
    return this.#programs;
  }

  begin(plan: ProgramPlan): KeptProgram {
    const program = new KeptProgram(plan, this.#keeping);
    this.#programs.set(plan.name, program);
    return program;
  }

  /** @returns what is not ready, by program and with its reason; empty when all are */
  async notReady(): Promise<string[]> {
    const asked = [...this.#programs.values()].map(async (program) => {
      const why = await program.notReady();
      return why === undefined ? [] : [`${program.name} (${why})`];
    });
    return (await Promise.all(asked)).flat();
  }

  /**
   * Resolves when all are ready.
   * @throws EssError ESS_CONFIG when one of them cannot run as it is set; the reason of `signal`
   */
  async untilReady(signal: AbortSignal): Promise<void> {
    for (;;) {
      const waits = await this.notReady();
      if (waits.length === 0) return;
      signal.throwIfAborted();
      if ([...this.#programs.values()].some(({ isMisconfigured }) => isMisconfigured))
        throw new EssError('ESS_CONFIG', waits.join('\n'));
      await this.#keeping.clock.wait(ASK_AGAIN_MS, signal);
    }
  }

  /**
   * Resolves with where a program listens, when it has told that.
   * @param word `admin`: its admin listener; `url`: where partners reach it
   * @throws the reason of `signal`
   */
  async told(name: string, word: 'admin' | 'url', signal: AbortSignal): Promise<string> {
    for (;;) {
      const url = this.#programs.get(name)?.words[word];
      if (url !== undefined) return url;
      signal.throwIfAborted();
      await this.#keeping.clock.wait(ASK_AGAIN_MS, signal);
    }
  }

  /** Asks all of them at once to stop, and waits for all. @returns whether they ended in good order. Safe to call twice */
  async stop(): Promise<boolean> {
    const ends = await Promise.all([...this.#programs.values()].map((program) => program.stop()));
    return ends.every((isWell) => isWell);
  }
}
