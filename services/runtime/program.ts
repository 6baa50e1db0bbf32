// What a program is besides its work: an admin listener that tells whether it is well and what it waits for, a word for when it
// cannot go on, and an end in which everything that was opened is closed in reverse.
//   own-process.ts (settings, log, signals) -> program.ts -> worker.ts | bridge.ts | inbound.ts
import type { Registry } from 'prom-client';
import { Cleanup } from './cleanup.ts';
import type { ProgramHealth } from './listener/admin-server.ts';
import { startAdminServer } from './listener/admin-server.ts';
import { Connections } from './listener/connections.ts';
import type { Log } from './log/log.ts';
import { OnceAMinute } from './log/once-a-minute.ts';
import { programMetrics, spansDropped } from './metrics/program-metrics.ts';
import type { Tracer, TraceSettings } from './trace/tracer.ts';
import { openTracer } from './trace/tracer.ts';
import { isKafkaAway, patiently, tellWaits } from './waiting.ts';

export interface ProgramOptions {
  readonly log: Log;
  /** Port of the admin listener; 0 = any free one. */
  readonly adminPort: number;
  readonly adminHost?: string;
  /** Names by which the admin listener may be called. */
  readonly adminHosts?: readonly string[];
  /** Ends patient waiting at start. */
  readonly signal?: AbortSignal;
  /** Where its spans go; absent: nowhere. */
  readonly tracing?: Tracing;
  /** Its admin listener is open, at this URL. */
  readonly onAdmin?: (url: string) => void;
  /** The program cannot go on: its process should end non-zero. */
  readonly onFatal: (error: Error) => void;
}

export interface Tracing {
  readonly settings: TraceSettings;
  /** As it is called: worker, bridge, inbound. */
  readonly program: string;
  /** Masks the secrets of this process. */
  readonly clean: (text: string) => string;
}

export interface AdminParts extends Pick<ProgramHealth, 'refresh' | 'pages'> {
  /** What is not ready besides `waits`. */
  readonly notReady?: ProgramHealth['notReady'];
}

export interface Admin {
  readonly url: string;
  /** What is told of the program's connections; its other listeners show theirs here. */
  readonly connections: Connections;
}

export class Program {
  readonly log: Log;
  /** What is not ready yet, as /readyz tells it. */
  readonly waits: Set<string>;
  readonly #options: ProgramOptions;
  readonly #cleanup: Cleanup;
  #hasFailed = false;
  #stopped: Promise<void> | undefined;

  /** @param waits what it waits for from the beginning */
  constructor(options: ProgramOptions, waits: readonly string[]) {
    this.#options = options;
    this.log = options.log;
    this.waits = new Set(waits);
    this.#cleanup = new Cleanup((error) => this.log.error({ error: String(error) }, 'program.stop-failed'));
  }

  /** Opens /metrics, /livez and /readyz. */
  async openAdmin(registry: Registry, { notReady, ...parts }: AdminParts = {}): Promise<Admin> {
    const { adminPort, adminHost, adminHosts, onAdmin } = this.#options;
    programMetrics(registry, String(this.log.bindings()['program'] ?? 'ess'));
    const connections = new Connections(registry, this.log);
    const health: ProgramHealth = {
      live: () => !this.#hasFailed,
      notReady: async () => [...this.waits, ...((await notReady?.()) ?? [])],
      ...parts,
    };
    const server = await startAdminServer(registry, health, adminPort, adminHost, {
      ...(adminHosts && { hosts: adminHosts }),
      onCut: connections.cuts('admin'),
    });
    this.defer(() => server[Symbol.asyncDispose]());
    onAdmin?.(server.url);
    return { url: server.url, connections };
  }

  /** @returns what takes its spans; undefined when none are exported */
  async openTracer(registry: Registry): Promise<Tracer | undefined> {
    const { tracing } = this.#options;
    if (tracing?.settings.endpoint === undefined) return undefined;
    const dropped = spansDropped(registry);
    const told = new OnceAMinute();
    const tracer = await openTracer(tracing.program, tracing.settings, tracing.clean, {
      onDropped: (spans, why) => {
        dropped.inc(spans);
        if (told.isDue(why)) this.log.warn({ spans, error: why }, 'trace.dropped');
      },
    });
    this.defer(() => tracer?.close());
    return tracer;
  }

  /** A step of the end; the last one that was given is the first to run, and one that fails keeps no other from running. */
  defer(step: () => unknown): void {
    this.#cleanup.defer(step);
  }

  /** Tells what is waited for until the returned function is called, or the program stops. */
  tellWaits(details: object, text: string): () => void {
    const told = tellWaits(this.log, details, text);
    this.defer(told);
    return told;
  }

  /** As waiting.ts has it; a stop ends the waiting. */
  patiently<T>(text: string, open: () => Promise<T>, mayPass?: (error: unknown) => boolean): Promise<T> {
    const { log, signal } = this.#options;
    return patiently(text, open, { log, signal, ...(mayPass && { mayPass }) });
  }

  /** It cannot go on: /livez says so from here on, and whoever started it is told. */
  fail(event: string, details: object, error: Error): void {
    this.#hasFailed = true;
    this.log.fatal({ ...details, error: String(error) }, event);
    this.#options.onFatal(error);
  }

  /** Closes what was opened. Safe to call twice. */
  stop(): Promise<void> {
    this.waits.add('the stop');
    this.#stopped ??= this.#cleanup[Symbol.asyncDispose]();
    return this.#stopped;
  }
}

/**
 * Resolves with what `assemble` makes of a program. While Kafka is away it is assembled anew each time.
 * @throws what cannot be waited for, or the reason of `signal`; nothing stays open then
 */
export async function startProgram<T>(
  options: ProgramOptions,
  waits: readonly string[],
  assemble: (program: Program) => Promise<T>,
): Promise<T> {
  const { log, signal } = options;
  // kafkajs cannot be told to give up a connect.
  const aborted = Promise.withResolvers<never>();
  signal?.addEventListener('abort', () => aborted.reject(signal.reason), { once: true });
  const attempt = async (): Promise<T> => {
    signal?.throwIfAborted();
    const program = new Program(options, waits);
    try {
      return await Promise.race([assemble(program), aborted.promise]);
    } catch (error) {
      await program.stop();
      throw error;
    }
  };
  return patiently('Kafka', attempt, { log, signal, mayPass: isKafkaAway });
}
