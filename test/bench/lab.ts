// What a scenario works with: Kafka, a sink, topics with a load, connectors, workers and floors, all gone when it ends.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { writeConnector } from '../harness/data/connector-files.ts';
import { SourceTopic } from '../harness/data/source-topic.ts';
import type { TestStack } from '../harness/test-stack.ts';
import { Collector } from './collector.ts';
import type { FloorPlan } from './floor-run.ts';
import { KEYS, MAPPING, ruleAt, traceAt } from './load.ts';
import type { BenchOptions } from './options.ts';
import { Sink } from './sink.ts';
import { PROFILES, WorkerRun } from './worker-run.ts';

const PARTITIONS = 12;
const CHUNK = 5_000;
const PACE_STEP_MS = 2;

export class Lab implements AsyncDisposable {
  readonly stack: TestStack;
  readonly sink: Sink;
  readonly options: BenchOptions;
  readonly signal: AbortSignal;
  /** Shown on a terminal while a run goes on. */
  readonly progress: (done: number, of: number, what: string) => void;
  /** Names what comes next, for the progress line. */
  readonly begin: (what: string) => void;
  /** The `ess` script of the next worker or bridge; undefined: this repository's. */
  program: string | undefined;
  /** Folder of the partners' connectors. */
  readonly connectors = mkdtempSync(join(tmpdir(), 'ess-bench-'));
  readonly #cleanup = new Cleanup();
  /** Counted over all labs of a run: what was acked for one partner is not sent to it again from another topic. */
  static #partners = 0;

  private constructor(
    stack: TestStack,
    sink: Sink,
    options: BenchOptions,
    signal: AbortSignal,
    { progress, begin }: Pick<Lab, 'progress' | 'begin'>,
  ) {
    this.stack = stack;
    this.sink = sink;
    this.options = options;
    this.signal = signal;
    this.progress = progress;
    this.begin = begin;
    this.#cleanup.defer(() => rmSync(this.connectors, { recursive: true, force: true }));
    this.#cleanup.defer(() => sink[Symbol.asyncDispose]());
  }

  static async open(
    stack: TestStack,
    options: BenchOptions,
    signal: AbortSignal,
    shown: Pick<Lab, 'progress' | 'begin'>,
  ): Promise<Lab> {
    return new Lab(stack, await Sink.start(), options, signal, shown);
  }

  /** Ends with the lab. */
  defer(what: AsyncDisposable): void {
    this.#cleanup.defer(() => what[Symbol.asyncDispose]());
  }

  /** The size of a load: small with --quick. */
  sized(full: number, quick: number): number {
    return this.options.quick ? quick : full;
  }

  /** Environment of a process that writes a CPU profile at its end. */
  get profiling(): Record<string, string> {
    mkdirSync(PROFILES, { recursive: true });
    return { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${PROFILES}` };
  }

  /** Another sink process, for a partner that must not share one, or that speaks TLS: HTTP/1.1, or HTTP/2. */
  async anotherSink(speaks?: 'tls' | 'h2'): Promise<Sink> {
    const sink = await Sink.start(speaks);
    this.#cleanup.defer(() => sink[Symbol.asyncDispose]());
    return sink;
  }

  /** A fresh topic with records waiting. */
  async topic(records: number, keys = KEYS): Promise<SourceTopic> {
    const topic = await SourceTopic.open(this.stack, { partitions: PARTITIONS });
    this.#cleanup.defer(() => topic.close());
    await this.publish(topic, records, keys);
    return topic;
  }

  async publish(topic: SourceTopic, records: number, keys = KEYS): Promise<void> {
    for (let from = 0; from < records; from += CHUNK) {
      this.signal.throwIfAborted();
      this.progress(from, records, 'publishing');
      const count = Math.min(CHUNK, records - from);
      const { traced } = this.options;
      const headersOf = traced === undefined ? undefined : (index: number) => traceAt(from + index, traced);
      await topic.publish(
        Array.from({ length: count }, (_, index) => ruleAt(from + index, keys)),
        headersOf,
      );
    }
  }

  /** Publishes at a steady rate, each record at its time, whatever the acknowledgements do. */
  async pace(topic: SourceTopic, from: number, records: number, perSecond: number, keys = KEYS): Promise<void> {
    const startedAt = performance.now();
    const acknowledged = Promise.withResolvers<void>();
    acknowledged.promise.catch(() => undefined); // thrown below
    let sent = 0;
    let acked = 0;
    const ack = () => {
      acked += 1;
      if (acked === records) acknowledged.resolve();
    };
    while (sent < records) {
      this.signal.throwIfAborted();
      const due = Math.min(records, Math.floor(((performance.now() - startedAt) / 1000) * perSecond) + 1);
      for (; sent < due; sent += 1) topic.publish([ruleAt(from + sent, keys)]).then(ack, acknowledged.reject);
      this.progress(sent, records, 'publishing');
      await delay(PACE_STEP_MS);
    }
    if (records > 0) await acknowledged.promise;
  }

  /** A connector nobody has used: a new consumer group that starts at the beginning of the topic. */
  partner(topic: SourceTopic, deliver: Readonly<Record<string, unknown>>, sink: Sink = this.sink): Partner {
    Lab.#partners += 1;
    const name = `bench${Lab.#partners}`;
    const prefix = name.toUpperCase();
    const path = `/${name}`;
    writeConnector(this.connectors, name, topic.name, sink.url(path), {
      mapping: MAPPING,
      deliver: {
        auth: { body: { token: `\${${prefix}_TOKEN}` } },
        sign: { secrets: [`\${${prefix}_SIGNING_SECRET}`] },
        ...(sink.ca === undefined ? {} : { tls: { ca: sink.ca } }),
        ...deliver,
      },
    });
    return { name, path };
  }

  /** Starts `ess worker` for these partners; resolves before it has joined. */
  worker(...partners: readonly Partner[]): Promise<WorkerRun> {
    return this.workerBy([], ...partners);
  }

  /** @param args more of its command line */
  async workerBy(args: readonly string[], ...partners: readonly Partner[]): Promise<WorkerRun> {
    const names = partners.map(({ name }) => name);
    const isTraced = this.options.traced !== undefined && this.program === undefined;
    const tracing = isTraced ? await this.#tracing() : {};
    const { prof } = this.options;
    return WorkerRun.start(this.stack, this.connectors, names, { prof, program: this.program, env: tracing, args });
  }

  async #tracing(): Promise<Record<string, string>> {
    const collector = await Collector.start();
    this.defer(collector);
    return collector.env;
  }

  /** A path and what a floor needs to work on it. */
  floor(
    concurrency: number,
    topic?: SourceTopic,
    sink = this.sink,
  ): { readonly path: string; readonly plan: FloorPlan } {
    Lab.#partners += 1;
    const path = `/floor${Lab.#partners}`;
    const { brokers, registry } = this.stack;
    const source = topic && { brokers, registry, topic: topic.name, group: `floor${Lab.#partners}` };
    const trust = sink.ca === undefined ? {} : { ca: sink.ca };
    return { path, plan: { url: sink.url(path), concurrency, ...source, ...trust } };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cleanup[Symbol.asyncDispose]();
  }
}

export interface Partner {
  readonly name: string;
  /** Where the sink counts it. */
  readonly path: string;
}
