// The bench's end of the process that holds the stream clients.
import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { eventually } from '../../harness/deadline.ts';

export type ClientsCommand = { readonly id: number } & (
  | {
      readonly kind: 'open';
      readonly clients: number;
      readonly port: number;
      readonly path: string;
      readonly headers: Readonly<Record<string, string>>;
      /** So many never read. */
      readonly silent?: number;
      /** Every event is read, duplicates are counted, and a lost connection is resumed by its last id. */
      readonly strict?: boolean;
    }
  | { readonly kind: 'report' | 'forget' | 'close' }
);

export interface ClientsReport {
  readonly connected: number;
  readonly events: number;
  readonly duplicates: number;
  readonly gaps: number;
  readonly lastAtUs: number;
  /** ms */
  readonly p50: number;
  readonly p99: number;
}

const MAIN = fileURLToPath(new URL('clients-main.ts', import.meta.url));
const STALL_MS = 10_000;

type Open = Omit<Extract<ClientsCommand, { kind: 'open' }>, 'id' | 'kind'>;

export class Clients implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #asked = new Map<number, (report: ClientsReport) => void>();
  #ids = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', ({ id, report }: { id: number; report: ClientsReport }) => {
      this.#asked.get(id)?.(report);
      this.#asked.delete(id);
    });
  }

  /** @param nice true: these share the machine with what is measured, but would not in truth, and leave it the processor */
  static async start({ nice = false } = {}): Promise<Clients> {
    const child = fork(MAIN, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], detached: nice });
    await new Promise((resolve) => child.once('message', resolve));
    if (nice) giveWay(child.pid as number);
    return new Clients(child);
  }

  async open(what: Open): Promise<void> {
    await this.#ask({ kind: 'open', ...what });
    await this.connected(what.clients);
  }

  connected(clients: number, timeoutMs = 60_000): Promise<true> {
    return eventually(
      `${clients} clients connected`,
      async () => ((await this.report()).connected >= clients ? true : undefined),
      { timeoutMs, stepMs: 50 },
    );
  }

  report = (): Promise<ClientsReport> => this.#ask({ kind: 'report' });
  forget = (): Promise<ClientsReport> => this.#ask({ kind: 'forget' });
  close = (): Promise<ClientsReport> => this.#ask({ kind: 'close' });

  /** Waits for so many events; a stall ends the wait. */
  async received(events: number, stallMs = STALL_MS): Promise<ClientsReport> {
    let last = { events: -1, at: performance.now() };
    for (;;) {
      const report = await this.report();
      if (report.events >= events) return report;
      if (report.events > last.events) last = { events: report.events, at: performance.now() };
      if (performance.now() - last.at > stallMs) return report;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  #ask(command: Omit<ClientsCommand, 'id'> & object): Promise<ClientsReport> {
    this.#ids += 1;
    const id = this.#ids;
    return new Promise((resolve) => {
      this.#asked.set(id, resolve);
      this.#child.send({ ...command, id });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await gone;
  }
}

/**
 * Linux shares the processor among sessions before it looks at the priorities in one (sched(7), autogroup): what takes a lot
 * must be a session of its own, or the others in it pay for it.
 */
function giveWay(pid: number): void {
  setPriority(pid, constants.priority.PRIORITY_LOW);
  try {
    writeFileSync(`/proc/${pid}/autogroup`, String(constants.priority.PRIORITY_LOW));
  } catch {
    // No such thing here: priorities count by themselves.
  }
}
