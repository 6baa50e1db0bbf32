// A place of an installation where one program runs, and how it is replaced there: as infra/k8s has it.
//  - What answers others is started first, and the old one goes when the new one is ready: they notice nothing.
//  - A worker is stopped first: one more would join its group, and partitions would move to it and away again.
//  - Observer and console are stopped first: one at a time keeps the view. So is all that runs as one program (`ess serve`): it has
//    its ports.

import { eventually } from '../deadline.ts';
import { freePort } from '../free-port.ts';
import type { Pipeline } from '../programs/pipeline.ts';
import type { EssProcess } from '../programs/worker-process.ts';

export type ProgramName = 'worker' | 'bridge' | 'inbound' | 'observer' | 'console' | 'serve';

const STARTS_FIRST: Readonly<Record<ProgramName, boolean>> = {
  worker: false,
  bridge: true,
  inbound: true,
  observer: false,
  console: false,
  serve: false,
};
/** Readiness is asked for so often, ms: it is part of how long a restart takes. */
const STEP_MS = 20;

interface Running {
  readonly process: EssProcess;
  readonly script: string | undefined;
  readonly url: string;
  readonly adminUrl: string;
}

/** A load balancer in front of the slots that answer others: whoever comes is sent to one after another. */
export class Balancer {
  readonly #urls: string[] = [];
  #turn = 0;

  /** @throws when nobody is there: replacing a program left the others alone */
  readonly next = (): string => {
    this.#turn += 1;
    const url = this.#urls[this.#turn % this.#urls.length];
    if (url === undefined) throw new Error('nobody answers behind the load balancer');
    return url;
  };

  add(url: string): void {
    this.#urls.push(url);
  }

  remove(url: string): void {
    this.#urls.splice(this.#urls.indexOf(url), 1);
  }
}

export interface SlotOptions {
  readonly program: ProgramName;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly balancer?: Balancer;
}

export class ProgramSlot {
  readonly program: ProgramName;
  readonly #line: Pipeline;
  readonly #options: SlotOptions;
  /** All that have run here. */
  readonly #processes: EssProcess[] = [];
  /** How many of another version were cut in their stop: that is as it is. */
  cut = 0;
  #running: Running | undefined;

  constructor(line: Pipeline, options: SlotOptions) {
    this.program = options.program;
    this.#line = line;
    this.#options = options;
  }

  get adminUrl(): string {
    return this.#running?.adminUrl ?? '';
  }

  /** Resolves when it is ready. @param script another `ess` */
  async start(script?: string): Promise<void> {
    const { program, args = [], env = {}, balancer } = this.#options;
    const [port, adminPort] = [String(await freePort()), String(await freePort())];
    const ports: Readonly<Record<ProgramName, Record<string, string>>> = {
      worker: { ESS_WORKER_PORT: adminPort },
      bridge: { ESS_BRIDGE_PORT: port, ESS_BRIDGE_ADMIN_PORT: adminPort },
      inbound: { ESS_INBOUND_PORT: port, ESS_INBOUND_ADMIN_PORT: adminPort },
      observer: { ESS_OBSERVER_PORT: adminPort },
      console: { ESS_CONSOLE_PORT: port, ESS_CONSOLE_ADMIN_PORT: adminPort },
      serve: { ESS_SERVE_PORT: adminPort },
    };
    const process = this.#line.ess([program, ...args], { ESS_LOG_LEVEL: 'warn', ...env, ...ports[program] }, script);
    this.#processes.push(process);
    const adminUrl = `http://127.0.0.1:${adminPort}`;
    const isReady = async () => {
      if (process.ended !== undefined)
        throw new Error(`ess ${program} ended with ${process.ended}:\n${process.output}`);
      const answer = await fetch(`${adminUrl}/readyz`).catch(() => undefined);
      await answer?.text();
      return answer?.ok || undefined;
    };
    await eventually(`ess ${program} is ready`, isReady, { stepMs: STEP_MS });
    this.#running = { process, script, url: `http://127.0.0.1:${port}`, adminUrl };
    balancer?.add(this.#running.url);
  }

  /** @returns how long it took until the new one was ready and the old one gone, ms */
  async replace(script?: string): Promise<number> {
    const startedAtMs = performance.now();
    const before = this.#running;
    if (STARTS_FIRST[this.program]) {
      await this.start(script);
      await this.#leave(before);
    } else {
      await this.#leave(before);
      await this.start(script);
    }
    return Math.round(performance.now() - startedAtMs);
  }

  async #leave(running: Running | undefined): Promise<void> {
    if (!running) return;
    this.#options.balancer?.remove(running.url);
    const { process, script } = running;
    await process.signal('SIGTERM');
    if (process.ended === 0) return;
    if (script === undefined || !/the stop took longer/.test(process.output))
      throw new Error(`ess ${this.program} ended with ${process.ended}:\n${process.output}`);
    this.cut += 1;
  }

  /** What those that have run here logged of errors. */
  get errors(): string[] {
    const lines = this.#processes.flatMap((process) => process.lines);
    return lines.filter(({ level }) => level === 'error' || level === 'fatal').map((line) => JSON.stringify(line));
  }
}
