// `ess worker` as it runs in production, in a process of its own, for one run: ready, what it used, and its end.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../harness/free-port.ts';
import { EssProcess } from '../harness/programs/worker-process.ts';
import { REPOSITORY } from '../harness/repository.ts';
import type { TestStack } from '../harness/test-stack.ts';
import { BODY_TOKEN, SIGNING_SECRET } from './load.ts';
import type { Memory } from './process-cost.ts';
import { cpuSeconds, memoryOf } from './process-cost.ts';

export const PROFILES = join(REPOSITORY, '.ess/prof');
const READY_MS = 120_000;
const STOP_MS = 30_000;

export interface WorkerStart {
  /** Writes a CPU profile. */
  readonly prof: boolean;
  /** Another `ess` script. */
  readonly program: string | undefined;
  /** More of its environment. */
  readonly env: Readonly<Record<string, string>>;
  /** More of its command line. */
  readonly args: readonly string[];
}

export class WorkerRun implements AsyncDisposable {
  readonly #process: EssProcess;
  readonly #admin: string;

  private constructor(process: EssProcess, admin: string) {
    this.#process = process;
    this.#admin = admin;
  }

  static async start(
    stack: TestStack,
    connectors: string,
    partners: readonly string[],
    { prof, program, env: more, args }: WorkerStart,
  ) {
    if (prof) mkdirSync(PROFILES, { recursive: true });
    const port = await freePort();
    const env = {
      KAFKA_BROKERS: stack.brokers.join(','),
      SCHEMA_REGISTRY_URL: stack.registry,
      ESS_CONNECTORS: connectors,
      ESS_LOG_LEVEL: 'warn', // a line per delivery would measure the terminal; RESULTS.md says so
      ESS_CURSOR_KEYS: 'bench-cursor-key-0123456789abcdef',
      ...Object.fromEntries(partners.flatMap((partner) => secretsOf(partner))),
      ...(prof ? { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${PROFILES}` } : {}),
      ...more,
    };
    const process = new EssProcess(['worker', ...partners, '--port', String(port), ...args], env, program);
    return new WorkerRun(process, `http://127.0.0.1:${port}`);
  }

  /** @throws with what it said, when it runs no more; so do the other figures */
  get pid(): number {
    this.#mustRun();
    return this.#process.pid;
  }

  get cpuSeconds(): number {
    return cpuSeconds(this.pid);
  }

  get memory(): Memory {
    return memoryOf(this.pid);
  }

  /** Waits until every partner has its partitions. */
  async ready(): Promise<void> {
    const deadline = performance.now() + READY_MS;
    while (performance.now() < deadline && this.#process.ended === undefined) {
      const ready = await fetch(`${this.#admin}/readyz`).catch(() => undefined);
      await ready?.text();
      if (ready?.status === 200) return;
      await delay(50);
    }
    this.#mustRun();
    throw new Error(`the worker did not become ready in ${READY_MS} ms:\n${this.#process.output}`);
  }

  /** For each text: the sum of the series whose name and labels contain it. */
  async metrics(texts: readonly string[]): Promise<number[]> {
    const page = await (await fetch(`${this.#admin}/metrics`)).text();
    const lines = page.split('\n').filter((line) => !line.startsWith('#'));
    const sumOf = (text: string) =>
      lines.filter((line) => line.includes(text)).reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
    return texts.map(sumOf);
  }

  /** As an orchestrator stops it. @throws when it does not end in time or in good order */
  async stop(): Promise<void> {
    const ended = await Promise.race([
      this.#process.signal('SIGTERM').then(() => this.#process.ended),
      delay(STOP_MS, undefined, { ref: false }),
    ]);
    if (ended !== 0) throw new Error(`the worker did not stop in good order (${ended}):\n${this.#process.output}`);
  }

  /** What the worker has logged: warnings and errors. */
  get output(): string {
    return this.#process.output;
  }

  #mustRun(): void {
    const { ended, output } = this.#process;
    if (ended !== undefined) throw new Error(`the worker ended by itself (${ended}):\n${output}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }
}

function secretsOf(partner: string): Array<[string, string]> {
  const prefix = partner.toUpperCase();
  return [
    [`${prefix}_TOKEN`, BODY_TOKEN],
    [`${prefix}_SIGNING_SECRET`, SIGNING_SECRET],
  ];
}
