// One partner's pipeline as it runs in production: a source topic, a connector folder, `ess worker` processes, and what they
// leave behind in Kafka. `await using line = await Pipeline.open(stack, partner)`; everything ends with the test.
import { randomBytes } from 'node:crypto';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import type { DeadLetter, DeliveryState } from '@ess/schemas/generated/types.ts';
import { read } from '@ess/stream/read/read.ts';
import type { ReadRow, RowOf } from '@ess/stream/read/rows.ts';
import { rows } from '@ess/stream/read/rows.ts';
import { Codec } from '@ess/stream/registry/codec.ts';
import type { ReadRecord } from '@ess/stream/wire/record-batches.ts';
import type { WrittenRow } from '../../judges/delivery-checker.ts';
import type { ConnectorOptions } from '../data/connector-files.ts';
import { writeConnector } from '../data/connector-files.ts';
import { SourceTopic } from '../data/source-topic.ts';
import { eventually, PATIENCE_MS } from '../deadline.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import type { TestStack } from '../test-stack.ts';
import { EssProcess } from './worker-process.ts';

export interface PipelineOptions extends ConnectorOptions {
  /** A partner that is known elsewhere too; absent: one that nobody has heard of. */
  readonly partner?: string;
  readonly partitions?: number;
  /** Settings of the topic. */
  readonly config?: Record<string, string>;
  /** Another program than the repository's `ess`. */
  readonly script?: string;
  /** An existing topic instead of one of the test's own. */
  readonly topic?: string;
  /** Environment of the workers: the partner's secrets. */
  readonly env?: (prefix: string) => Record<string, string>;
  /** Made of the partner's variable prefix, e.g. `P1A2_`: `deliver` that names secrets. */
  readonly deliverWith?: (prefix: string) => Readonly<Record<string, unknown>>;
}

export class Pipeline implements AsyncDisposable {
  readonly stack: TestStack;
  readonly partner: string;
  readonly workers: EssProcess[] = [];
  readonly source: SourceTopic;
  readonly connectors: string;
  readonly #options: PipelineOptions;
  readonly #cleanup: Cleanup;
  readonly #startedAtMs = Date.now();
  readonly #codec: Codec;

  private constructor(stack: TestStack, source: SourceTopic, options: PipelineOptions, cleanup: Cleanup) {
    this.stack = stack;
    this.partner = options.partner ?? `p${randomBytes(4).toString('hex')}`;
    this.source = source;
    this.#options = options;
    this.#cleanup = cleanup;
    this.#codec = new Codec(stack.registry);
    this.connectors = temporaryFolder(cleanup);
    cleanup.defer(() => source.close());
    cleanup.defer(() => Promise.all(this.workers.map((worker) => worker[Symbol.asyncDispose]())));
  }

  static async open(stack: TestStack, partner: { readonly url: string }, options: PipelineOptions = {}) {
    const { partitions, topic, config } = options;
    const source = await SourceTopic.open(stack, {
      ...(config === undefined ? {} : { config }),
      ...(partitions === undefined ? {} : { partitions }),
      ...(topic === undefined ? {} : { name: topic }),
    });
    const line = new Pipeline(stack, source, options, new Cleanup());
    line.connect(partner.url);
    return line;
  }

  get group(): string {
    return `ess.${this.partner}`;
  }

  get prefix(): string {
    return `${this.partner.toUpperCase()}_`;
  }

  /** Everything that the workers wrote. */
  get output(): string {
    return this.workers.map(({ output }) => output).join('\n');
  }

  /** Writes the connector's folder (again). */
  connect(url: string, more: ConnectorOptions = {}): void {
    const { deliverWith, ...options } = this.#options;
    const deliver = { ...options.deliver, ...deliverWith?.(this.prefix), ...more.deliver };
    writeConnector(this.connectors, this.partner, this.source.name, url, { ...options, ...more, deliver });
  }

  /** Another partner of the same topic; returns its name. */
  addPartner(url: string, more: ConnectorOptions = {}): string {
    const name = `q${randomBytes(4).toString('hex')}`;
    writeConnector(this.connectors, name, this.source.name, url, more);
    return name;
  }

  /** Starts a worker process, which has not joined yet. @param others partners it works for too; @param script another `ess` */
  spawn(more: Record<string, string> = {}, others: readonly string[] = [], script = this.#options.script): EssProcess {
    return this.spawnFor([this.partner, ...others], more, script);
  }

  /** Starts a worker process for these partners alone. */
  spawnFor(partners: readonly string[], more: Record<string, string> = {}, script = this.#options.script): EssProcess {
    const { brokers, registry } = this.stack;
    const env = {
      KAFKA_BROKERS: brokers.join(','),
      SCHEMA_REGISTRY_URL: registry,
      ESS_CONNECTORS: this.connectors,
      ...this.#options.env?.(this.prefix),
      ...more,
    };
    const worker = new EssProcess(['worker', ...partners, '--port', '0'], env, script);
    this.workers.push(worker);
    return worker;
  }

  /** A command of `ess` against this pipeline's Kafka and connectors. @param script another `ess` */
  ess(args: readonly string[], more: Record<string, string> = {}, script?: string): EssProcess {
    const { brokers, registry, login } = this.stack;
    const env = { KAFKA_BROKERS: brokers.join(','), SCHEMA_REGISTRY_URL: registry, ESS_CONNECTORS: this.connectors };
    const command = new EssProcess(args, { ...env, ...login, ...more }, script);
    this.#cleanup.defer(() => command[Symbol.asyncDispose]());
    return command;
  }

  /** Runs a command to its end. */
  async run(...args: string[]): Promise<{ code: number | NodeJS.Signals; stdout: string; stderr: string }> {
    const command = this.ess(args);
    const code = await command.exited;
    const stderr = command.lines.map((line) => line['text'] ?? JSON.stringify(line)).join('\n');
    return { code, stdout: command.stdout, stderr };
  }

  /** Runs a command that must succeed. @returns the JSON on its stdout */
  async json<T = Record<string, unknown>>(...args: string[]): Promise<T> {
    const { code, stdout, stderr } = await this.run(...args, '--json');
    if (code !== 0) throw new Error(`ess ${args.join(' ')} ended with ${code}:\n${stderr}\n${stdout}`);
    return JSON.parse(stdout) as T;
  }

  /** Starts workers and waits until the group is stable with them. */
  async start(count = 1): Promise<EssProcess[]> {
    const started = Array.from({ length: count }, () => this.spawn());
    await this.stable(count);
    return started;
  }

  /**
   * Waits until the group is stable with so many members. @param without members of before, of which `gone` have left
   * @returns the ids of the members
   */
  stable(
    members: number,
    without: { readonly before: readonly string[]; readonly gone: number } = { before: [], gone: 0 },
  ) {
    const { before, gone } = without;
    return eventually(`group ${this.group} stable with ${members}`, async () => {
      const [group] = (await this.stack.admin.describeGroups([this.group])).groups;
      const ids = group?.members.map(({ memberId }) => memberId) ?? [];
      const kept = before.filter((id) => ids.includes(id)).length;
      const dead = this.workers.find(({ ended }) => typeof ended === 'number' && ended > 0);
      if (dead) throw new Error(`a worker ended with ${dead.ended}:\n${dead.output.slice(-2_000)}`);
      return group?.state === 'Stable' && ids.length === members && kept === before.length - gone ? ids : undefined;
    });
  }

  /** Committed position of each partition; -1 where there is none. */
  async committed(
    partner = this.partner,
    name = this.source.name,
  ): Promise<Map<number, { offset: number; metadata: string | null }>> {
    const [topic] = await this.stack.admin.fetchOffsets({ groupId: `ess.${partner}`, topics: [name] });
    return new Map(
      topic?.partitions.map(({ partition, offset, metadata }) => [partition, { offset: Number(offset), metadata }]),
    );
  }

  async lag(partner = this.partner, topic = this.source.name): Promise<number> {
    const [ends, committed] = await Promise.all([
      this.stack.admin.fetchTopicOffsets(topic),
      this.committed(partner, topic),
    ]);
    return ends.reduce(
      (sum, { partition, low, high }) =>
        sum + Number(high) - Math.max(Number(low), committed.get(partition)?.offset ?? 0),
      0,
    );
  }

  /** Waits until everything is settled and committed. */
  drained(timeoutMs = PATIENCE_MS, partner = this.partner, topic = this.source.name): Promise<true> {
    return eventually(`no lag of ${partner}`, async () => (await this.lag(partner, topic)) === 0 || undefined, {
      timeoutMs,
    });
  }

  async audit(partner = this.partner): Promise<WrittenRow[]> {
    const found = await this.#read('ess.audit', partner);
    return found.map(({ record, row }) => ({ ...row, writtenAtMs: record.timestampMs }));
  }

  async deadLetters(partner = this.partner): Promise<DeadLetter[]> {
    const found = await this.#read('ess.dead-letters', partner);
    return found.map(({ row }) => row);
  }

  /** In the order of each rule; older rows of one too. */
  async states(): Promise<DeliveryState[]> {
    const found = await this.#read('ess.delivery-state');
    return found.map(({ row }) => row);
  }

  /** The value of one series of a worker's metrics; 0 when it is not there. */
  async metric(worker: EssProcess, name: string): Promise<number> {
    const labels = `partner="${this.partner}"`;
    const line = (await this.metrics(worker)).split('\n').find((row) => row.startsWith(name) && row.includes(labels));
    return Number(line?.split(' ').at(-1) ?? 0);
  }

  async metrics(worker: EssProcess): Promise<string> {
    const { admin } = await worker.logged('worker.started');
    return (await fetch(`${admin}/metrics`)).text();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cleanup[Symbol.asyncDispose]();
  }

  async #read<Topic extends 'ess.audit' | 'ess.dead-letters' | 'ess.delivery-state'>(
    topic: Topic,
    partner = this.partner,
  ) {
    const found: Array<ReadRow<RowOf[Topic]>> = [];
    const written = read(this.stack.kafka, { topic, sinceMs: this.#startedAtMs });
    // Other tests write there too; what they wrote need not be decoded.
    const wanted = ({ key }: ReadRecord) => key?.toString().startsWith(`${partner}/`) === true;
    for await (const batch of rows(this.#codec, topic, written, { wanted })) found.push(...batch);
    return found;
  }
}
