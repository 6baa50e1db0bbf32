// Commands as a person gives them: what they print goes into one file, and the end of it is told when one fails.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';

export interface Ended {
  readonly code: number;
  readonly output: string;
}

interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** For commands that must run also after a Ctrl-C. */
  readonly atTheEnd?: boolean;
}

const LINES_TOLD = 25;

export class Shell {
  readonly #logFile: string;
  readonly #signal: AbortSignal;

  /** @param signal ends commands that run, and lets no other begin */
  constructor(logFile: string, signal: AbortSignal) {
    this.#logFile = logFile;
    this.#signal = signal;
  }

  get signal(): AbortSignal {
    return this.#signal;
  }

  log(text: string): void {
    appendFileSync(this.#logFile, text);
  }

  async run(command: string, args: readonly string[], { cwd, env, atTheEnd }: RunOptions = {}): Promise<Ended> {
    if (!atTheEnd) this.#signal.throwIfAborted();
    this.log(`$ ${[command, ...args].join(' ')}\n`);
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true, // Ctrl-C is ours to hand on
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        this.log(text);
      });
    const end = () => child.pid !== undefined && process.kill(-child.pid, 'SIGTERM');
    if (!atTheEnd) this.#signal.addEventListener('abort', end);
    try {
      const [code, signal] = await once(child, 'close');
      if (!atTheEnd) this.#signal.throwIfAborted();
      return { code: code ?? (signal ? 128 : 1), output };
    } finally {
      this.#signal.removeEventListener('abort', end);
    }
  }

  /** @returns what it printed. @throws when it fails, with its last lines */
  async must(command: string, args: readonly string[], options?: RunOptions): Promise<string> {
    const { code, output } = await this.run(command, args, options);
    if (code === 0) return output;
    const last = output.trim().split('\n').slice(-LINES_TOLD).join('\n    ');
    throw new Error(`${[command, ...args].join(' ')} ended with ${code}:\n    ${last}`);
  }
}
