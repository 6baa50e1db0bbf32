// A real `ess` process: its output kept line by line, killed with the test whatever ends the test.
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { spawnSupervised } from '@ess/runtime/supervised.ts';
import { PATIENCE_MS } from '../deadline.ts';
import { REPOSITORY } from '../repository.ts';

const NODE = join(REPOSITORY, 'node_modules/node/bin/node');
const ESS = join(REPOSITORY, 'services/cli/bin/ess.mjs');
/** Longer than any graceful stop, and than a process is frozen by a test: one that hangs is told, not waited for. */
const END_MS = 90_000;
/** The view that one test keeps is nobody else's. */
const KEEPS_NOTHING = { ESS_VIEW_FILE: 'none' };

export type LogLine = Readonly<Record<string, unknown>> & { readonly msg?: string };

export class EssProcess implements AsyncDisposable {
  /** What was logged, in order. */
  readonly lines: LogLine[] = [];
  /** Everything it wrote, both streams, as it was. */
  output = '';
  stdout = '';
  /** Resolves with the exit code, or the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals>;
  ended: number | NodeJS.Signals | undefined;
  readonly #child: ChildProcess;
  readonly #waiting = new Set<() => void>();

  /**
   * @param script another program than `ess`
   * @param descriptors how many files and connections it may have open; default: as many as this process
   */
  constructor(args: readonly string[], env: Record<string, string>, script = ESS, descriptors?: number) {
    const command = [NODE, script, ...args];
    if (descriptors !== undefined) command.unshift('/bin/sh', '-c', `ulimit -n ${descriptors}; exec "$@"`, 'ess');
    const [program = NODE, ...rest] = command;
    this.#child = spawnSupervised(program, rest, {
      output: 'pipe',
      cwd: REPOSITORY,
      env: { ...KEEPS_NOTHING, ...env },
    });
    const { stdout, stderr } = this.#child;
    stdout?.on('data', (chunk: Buffer) => {
      this.stdout += chunk;
      this.output += chunk;
      for (const check of [...this.#waiting]) check();
    });
    // Its log is what it prints.
    if (stdout && args[0] === 'serve') createInterface({ input: stdout }).on('line', (line) => this.#read(line));
    if (stderr) createInterface({ input: stderr }).on('line', (line) => this.#read(line));
    this.exited = new Promise((resolve) =>
      this.#child.once('close', (code, signal) => {
        this.ended = signal ?? code ?? 1;
        for (const check of [...this.#waiting]) check();
        resolve(this.ended);
      }),
    );
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** The first line with this message, past or to come, that matches. */
  logged(msg: string, matches: (line: LogLine) => boolean = () => true, timeoutMs = PATIENCE_MS): Promise<LogLine> {
    return new Promise((resolve, reject) => {
      let seen = 0;
      const find = () => {
        for (; seen < this.lines.length; seen += 1) {
          const line = this.lines[seen] as LogLine;
          if (line.msg === msg && matches(line)) return line;
        }
        return undefined;
      };
      const finish = (line: LogLine | undefined, why: string) => {
        clearTimeout(timer);
        this.#waiting.delete(check);
        line
          ? resolve(line)
          : reject(new Error(`"${msg}" was not logged ${why}; the end:\n${this.output.slice(-2000)}`));
      };
      const timer = setTimeout(() => finish(undefined, `in ${timeoutMs} ms`), timeoutMs);
      const check = () => {
        const line = find();
        if (line) finish(line, '');
        else if (this.ended !== undefined) finish(undefined, `before the end (${this.ended})`);
      };
      this.#waiting.add(check);
      check();
    });
  }

  /** What a command printed with --json: one object a line. */
  rows(): Array<Record<string, unknown>> {
    return this.stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** Resolves when so many lines were printed, or the process has ended. */
  printed(lines: number): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        if (this.ended === undefined && this.stdout.split('\n').length <= lines) return;
        this.#waiting.delete(check);
        resolve();
      };
      this.#waiting.add(check);
      check();
    });
  }

  /** How often a message was logged. */
  count(msg: string): number {
    return this.lines.filter((line) => line.msg === msg).length;
  }

  /** SIGSTOP, SIGCONT and SIGUSR2 return at once; with any other the process is gone when this resolves. */
  async signal(signal: NodeJS.Signals, endMs = END_MS): Promise<void> {
    this.#child.kill(signal);
    if (['SIGSTOP', 'SIGCONT', 'SIGUSR2'].includes(signal)) return;
    let tooLate = false;
    const late = setTimeout(() => {
      tooLate = true;
      this.#child.kill('SIGKILL');
    }, endMs);
    await this.exited;
    clearTimeout(late);
    if (tooLate)
      throw new Error(`process ${this.pid} did not end ${endMs} ms after ${signal}:\n${this.output.slice(-2_000)}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.ended === undefined) await this.signal('SIGKILL');
  }

  #read(line: string): void {
    this.output += `${line}\n`;
    try {
      this.lines.push(JSON.parse(line) as LogLine);
    } catch {
      this.lines.push({ text: line }); // a command's error is plain text
    }
    for (const check of [...this.#waiting]) check();
  }
}
