// One process of the stack: started until it answers by protocol, killed and started again by tests, its crash reported.
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { EssError } from '@ess/domain/text/error.ts';
import { spawnSupervised } from '@ess/runtime/supervised.ts';

export interface ChildHandle {
  readonly name: string;
  /** Id of the program itself; undefined while it does not run. */
  readonly pid: number | undefined;
  readonly logFile: string;
  /** Resolves when the process is dead; SIGSTOP and SIGCONT return at once. A stopped process obeys only SIGKILL. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Starts it again after a kill, with the same data and ports; resolves when it answers by protocol. */
  start(): Promise<void>;
}

export interface ChildPlan {
  name: string;
  command: string;
  args: string[];
  env?: Record<string, string>;
  cwd: string;
  logFile: string;
  /** Asks once; rejects, or returns false, while it is not ready. */
  probe: () => Promise<boolean>;
  /** Has more to do at its end than to say goodbye. */
  endsSlowly?: boolean;
  onCrash: (message: string) => void;
}

/** Kafka and the registry need 3 to 5 s on an idle machine; a busy one gets its time, a hanging one ends. */
const READY_MS = 90_000;
const PROBE_PAUSE_MS = 50;
/** Both say goodbye in about a second, and both recover from SIGKILL. */
const STOP_MS = 5_000;
const SLOW_STOP_MS = 90_000;
const MAX_LOG_BYTES = 5_000_000;

interface Run {
  process: ChildProcess;
  exited: Promise<string>;
  /** We asked for its end, so it is no crash. */
  expected: boolean;
  logFrom: number;
}

export class Child implements ChildHandle {
  readonly #plan: ChildPlan;
  #run: Run | undefined;

  constructor(plan: ChildPlan) {
    this.#plan = plan;
  }
  get name(): string {
    return this.#plan.name;
  }
  get logFile(): string {
    return this.#plan.logFile;
  }
  get pid(): number | undefined {
    return this.#run?.process.pid;
  }

  async start(signal?: AbortSignal): Promise<void> {
    if (this.#run !== undefined) return;
    signal?.throwIfAborted();
    const run = this.#spawn();
    let ended: string | undefined;
    void run.exited.then((how) => {
      ended = how;
    });
    run.expected = true; // until it is ready, its end is ours to report
    const deadline = performance.now() + READY_MS;
    while (!(await this.#plan.probe().catch(() => false))) {
      if (signal?.aborted) {
        await this.stop();
        throw signal.reason;
      }
      if (ended !== undefined) break;
      if (performance.now() > deadline) {
        await this.stop();
        throw new EssError(
          'ESS_STACK',
          `${this.name} gave no answer in ${READY_MS / 1000} s: ${this.#story(run, 'stopped')}`,
        );
      }
      await Promise.race([run.exited, delay(PROBE_PAUSE_MS)]);
    }
    if (ended !== undefined) throw new EssError('ESS_STACK', `${this.name} did not start: ${this.#story(run, ended)}`);
    run.expected = false;
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    const run = this.#run;
    if (run === undefined) return;
    const ends = signal !== 'SIGSTOP' && signal !== 'SIGCONT';
    if (ends) run.expected = true;
    run.process.kill(signal);
    if (ends) await run.exited;
  }

  /** In order if it can in time, else by force. */
  async stop(graceMs = this.#plan.endsSlowly ? SLOW_STOP_MS : STOP_MS): Promise<void> {
    const run = this.#run;
    if (run === undefined) return;
    await this.kill('SIGCONT');
    const force = setTimeout(() => run.process.kill('SIGKILL'), graceMs);
    await this.kill('SIGTERM');
    clearTimeout(force);
  }

  #spawn(): Run {
    const { command, args, env, cwd, logFile } = this.#plan;
    const logFrom = rotate(logFile);
    const output = openSync(logFile, 'a');
    const child = spawnSupervised(command, args, { output, cwd, ...(env ? { env } : {}) });
    closeSync(output);
    const exited = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) => resolve(signal ? `ended by ${signal}` : `ended with code ${code}`));
    });
    const run: Run = { process: child, exited, expected: false, logFrom };
    this.#run = run;
    void exited.then((how) => {
      this.#run = undefined;
      if (!run.expected) this.#plan.onCrash(`${this.name} ${this.#story(run, how)}`);
    });
    return run;
  }

  #story(run: Run, how: string): string {
    const lines = readFileSync(this.logFile).subarray(run.logFrom).toString().trimEnd().split('\n');
    return `${how}; the end of ${this.logFile}:\n${tellingLines(lines)
      .map((line) => `  ${line}`)
      .join('\n')}`;
  }
}

/** The last complaints and the last lines, in their order: a shutdown often buries its cause. */
export function tellingLines(lines: string[], complaints = 5, last = 10): string[] {
  const loud = lines.flatMap((line, index) =>
    /\b(ERROR|FATAL)\b|Exception|^Error|^Caused by/.test(line) ? [index] : [],
  );
  const kept = new Set([...loud.slice(-complaints), ...lines.keys().drop(Math.max(0, lines.length - last))]);
  return lines.filter((_, index) => kept.has(index)).map((line) => line.slice(0, 300));
}

/** Where in the file the next run begins; a large file is moved aside first. */
function rotate(logFile: string): number {
  const bytes = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0;
  if (bytes < MAX_LOG_BYTES) return bytes;
  renameSync(logFile, `${logFile}.1`);
  return 0;
}
