// One process of a program: its lines go into the one log, its words are kept, its end is told when all that it wrote has passed.
import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { Failure, Word } from '@ess/runtime/starter.ts';
import { asWord } from '@ess/runtime/starter.ts';
import { spawnSupervised } from '@ess/runtime/supervised.ts';
import { LogLines } from './log-lines.ts';
import type { OneLog } from './one-log.ts';

/** What is started. */
export interface ProgramPlan {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Beside our own environment; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Its admin listener was open: it had taken its settings. */
  readonly hasListened: boolean;
  /** Why, as it said itself. */
  readonly failed?: Failure;
}

/** Something that it started may hold its output open: its own last lines have come by then. */
const LAST_LINES_MS = 1_000;

export class ProgramProcess {
  readonly ended: Promise<ProcessEnd>;
  readonly #child: ChildProcess;
  #words: Word = {};

  /** @param onWord something new is known of it */
  constructor(plan: ProgramPlan, log: OneLog, onWord: (word: Word) => void) {
    const { name, command, args, env } = plan;
    const child = spawnSupervised(command, args, { output: 'pipe', channel: true, ...(env && { env }) });
    this.#child = child;
    child.on('message', (message) => {
      const word = asWord(message);
      this.#words = { ...this.#words, ...word };
      onWord(word);
    });
    const read = Promise.all([child.stdout, child.stderr].map((stream) => stream && passLines(stream, name, log)));
    this.ended = new Promise((resolve) => {
      const end = async (code: number | null, signal: NodeJS.Signals | null) => {
        await Promise.race([read, delay(LAST_LINES_MS, undefined, { ref: false })]);
        child.stdout?.destroy();
        child.stderr?.destroy();
        const { admin, failed } = this.#words;
        resolve({ code, signal, hasListened: admin !== undefined, ...(failed && { failed }) });
      };
      child.once('exit', (code, signal) => void end(code, signal));
      child.once('error', (error) => {
        if (child.pid !== undefined) return; // a signal or a word that did not reach it
        this.#words = { failed: { message: String(error) } };
        void end(null, null);
      });
    });
  }

  /** Of the program itself; undefined: it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** What it has told. */
  get words(): Word {
    return this.#words;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}

/** Resolves at the end of the stream. Reads on when the one log has kept up. */
async function passLines(stream: Readable, program: string, log: OneLog): Promise<void> {
  const lines = new LogLines();
  try {
    for await (const chunk of stream) await log.pass(program, lines.push(chunk as Buffer));
  } catch {
    // It was closed: there is no more to read.
  }
  await log.pass(program, lines.end());
}
