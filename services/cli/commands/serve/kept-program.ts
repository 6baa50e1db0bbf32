// One program that is kept running: its process ends by itself, the end is told, and after a wait there is the next one. What
// cannot run because something is set wrong is told with the remedy; it is tried again all the same, for that may be mended.
import { STOP_GRACE_MS } from '@ess/domain/delivery/rebalance-timeout.ts';
import type { Log } from '@ess/runtime/log/log.ts';
import type { ServeMetrics } from '@ess/runtime/metrics/serve-metrics.ts';
import type { Word } from '@ess/runtime/starter.ts';
import { notReadyBecause } from './ask-ready.ts';
import { Backoff } from './backoff.ts';
import type { Clock } from './clock.ts';
import type { OneLog } from './one-log.ts';
import type { ProcessEnd, ProgramPlan } from './program-process.ts';
import { ProgramProcess } from './program-process.ts';

export interface Keeping {
  /** Our own, beside the programs' lines. */
  readonly log: Log;
  readonly oneLog: OneLog;
  readonly clock: Clock;
  readonly metrics: Pick<ServeMetrics, 'restarts' | 'up'>;
}

/** It refuses its command line: that is never an accident. */
const WRONG_USAGE = 2;
/** A program that refuses its settings so often in a row; a file that was being written is another matter. */
const TIMES_IN_A_ROW = 3;
/** A program cuts its own stop; one that is no longer able to is killed so much later. */
const MARGIN_MS = 2_000;

export class KeptProgram {
  readonly name: string;
  readonly #plan: ProgramPlan;
  readonly #keeping: Keeping;
  readonly #backoff = new Backoff();
  readonly #stopping = new AbortController();
  readonly #finished: Promise<void>;
  /** Undefined while it waits for its next start. */
  #process: ProgramProcess | undefined;
  #lastEnd: ProcessEnd | undefined;
  #refusals = 0;
  /** What is set wrong, as the program said it; until a process of it has taken its settings. */
  #wrong: string | undefined;

  constructor(plan: ProgramPlan, keeping: Keeping) {
    this.name = plan.name;
    this.#plan = plan;
    this.#keeping = keeping;
    this.#finished = this.#keep();
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** What its process has told. */
  get words(): Word {
    return this.#process?.words ?? {};
  }

  /** It cannot run as it is set. */
  get isMisconfigured(): boolean {
    return this.#wrong !== undefined;
  }

  /** @returns why it is not ready; undefined: it is */
  async notReady(): Promise<string | undefined> {
    const { admin } = this.words;
    return admin === undefined ? this.#whyAbsent() : notReadyBecause(admin);
  }

  /** Asks it to stop, waits as long as it may take, then ends it. @returns whether it ended in good order. Safe to call twice */
  async stop(): Promise<boolean> {
    const { log } = this.#keeping;
    this.#stopping.abort();
    const process = this.#process;
    if (process === undefined) return true;
    process.kill('SIGTERM');
    const over = new AbortController();
    void process.ended.then(() => over.abort());
    const wasCut = await this.#cutLate(process, over.signal);
    const { code, signal } = await process.ended;
    await this.#finished;
    // By the signal itself: it had not begun.
    const isWell = !wasCut && (code === 0 || signal === 'SIGTERM');
    log[isWell ? 'info' : 'error']({ served: this.name, code, signal }, 'program.stopped');
    return isWell;
  }

  async #keep(): Promise<void> {
    const { clock, metrics } = this.#keeping;
    const { name } = this;
    metrics.restarts.inc({ program: name }, 0);
    for (;;) {
      const startedAt = clock.now();
      const end = await this.#run();
      metrics.up.set({ program: name }, 0);
      if (this.#stopping.signal.aborted) return;
      this.#process = undefined;
      this.#lastEnd = end;
      const ranMs = clock.now() - startedAt;
      const againInMs = this.#backoff.after(ranMs);
      this.#tell(end, Math.round(ranMs), againInMs);
      await clock.wait(againInMs, this.#stopping.signal);
      if (this.#stopping.signal.aborted) return;
      metrics.restarts.inc({ program: name });
    }
  }

  /** One process, to its end. */
  async #run(): Promise<ProcessEnd> {
    const { log, oneLog, metrics } = this.#keeping;
    const { name } = this;
    try {
      this.#process = new ProgramProcess(this.#plan, oneLog, ({ admin, url }) => {
        if (admin !== undefined) this.#wrong = undefined;
        if (admin !== undefined || url !== undefined) log.info({ served: name, admin, url }, 'program.listens');
      });
    } catch (error) {
      return { code: null, signal: null, hasListened: false, failed: { message: String(error) } }; // the machine has no room for it now
    }
    metrics.up.set({ program: name }, 1);
    log.info({ served: name, pid: this.#process.pid }, 'program.started');
    return this.#process.ended;
  }

  #tell(end: ProcessEnd, ranMs: number, againInMs: number): void {
    const { log } = this.#keeping;
    const { code, signal, failed, hasListened } = end;
    const ended = { served: this.name, code, signal, ranMs, againInMs };
    const isRefusal = code === 1 && !hasListened && failed?.code === 'ESS_CONFIG';
    this.#refusals = isRefusal ? this.#refusals + 1 : 0;
    const isWrong = code === WRONG_USAGE || this.#refusals >= TIMES_IN_A_ROW;
    this.#wrong = isWrong ? (failed?.message ?? 'see what it said last') : undefined;
    if (!isWrong) return log.error({ ...ended, error: failed?.message }, 'program.ended');
    const remedy = 'mend what it says: it is tried again until then, and the other programs go on';
    log.error({ ...ended, error: this.#wrong, remedy }, 'program.misconfigured');
  }

  #whyAbsent(): string {
    if (this.#wrong !== undefined) return `wrong configuration: ${this.#wrong.replaceAll(/\s*\n\s*/g, ' ')}`;
    if (this.#process !== undefined || this.#lastEnd === undefined) return 'it starts';
    const { code, signal } = this.#lastEnd;
    return `it ended (${signal ?? `code ${code}`}) and is started again`;
  }

  /** @returns whether it had to be killed */
  async #cutLate(process: ProgramProcess, ended: AbortSignal): Promise<boolean> {
    const { clock, log } = this.#keeping;
    const startedAt = clock.now();
    // It tells how long its stop may take when that begins.
    const leftMs = () => Math.max(STOP_GRACE_MS, process.words.stopMs ?? 0) + MARGIN_MS - (clock.now() - startedAt);
    while (!ended.aborted && leftMs() > 0) await clock.wait(leftMs(), ended);
    if (ended.aborted) return false;
    log.error({ served: this.name, afterMs: Math.round(clock.now() - startedAt) }, 'program.killed');
    process.kill('SIGKILL');
    return true;
  }
}
