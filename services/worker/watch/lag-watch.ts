// Lag, read from the brokers: a paused partition is not fetched, so its log end has to be asked for. What hangs on the same
// question is asked with it: whether anything stands still (watchdog.ts) and what retention leaves (retention-clock.ts).

import type { Log } from '@ess/runtime/log/log.ts';
import { OnceAMinute } from '@ess/runtime/log/once-a-minute.ts';
import { holdCause } from '@ess/runtime/metrics/hold-cause.ts';
import type { WorkerMetrics } from '@ess/runtime/metrics/worker-metrics.ts';
import type { Admin, Kafka } from '@ess/stream/kafkajs/client.ts';
import type { PartitionIntake } from '../intake/partition-intake.ts';
import type { Partner } from '../partner.ts';
import { RetentionClock } from './retention-clock.ts';
import { Watchdog } from './watchdog.ts';

const ASK_EVERY_MS = 5_000;

export interface LagWatchOptions {
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly metrics: WorkerMetrics;
  readonly partners: ReadonlyMap<string, Partner>;
  readonly log: Log;
  /** Instead of what each connector's waits call for. */
  readonly stallAfterMs?: number;
}

export class LagWatch {
  readonly #options: LagWatchOptions;
  readonly #ends = new Map<string, Map<number, number>>();
  readonly #timer: NodeJS.Timeout;
  readonly #watchdog: Watchdog;
  readonly #clock: RetentionClock;
  /** Topics that Kafka has been asked about and has not answered for. */
  readonly #asking = new Set<string>();
  readonly #told = new OnceAMinute();
  #isStopped = false;

  constructor(options: LagWatchOptions) {
    this.#options = options;
    this.#watchdog = new Watchdog(options.log, options.metrics);
    this.#clock = new RetentionClock(options.kafka, options.admin);
    const everyMs = Math.min(ASK_EVERY_MS, (options.stallAfterMs ?? Number.POSITIVE_INFINITY) / 2);
    this.#timer = setInterval(() => this.#ask(), everyMs);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#timer);
    await this.#clock[Symbol.asyncDispose]();
  }

  /** Sets the gauges that are read rather than pushed. */
  refresh(): void {
    const { metrics, partners } = this.#options;
    metrics.partnerHeld.reset();
    for (const partner of partners.values()) {
      const { state } = partner.breaker;
      const labels = { partner: partner.name };
      const intakes = intakesOf(partner);
      const lagRecords = intakes.reduce((sum, intake) => sum + this.#lagOf(partner, intake), 0);
      const oldestMs = Math.min(...intakes.map(({ oldestMs }) => oldestMs ?? Number.POSITIVE_INFINITY));
      metrics.lagRecords.set(labels, lagRecords);
      metrics.lagSeconds.set(labels, Number.isFinite(oldestMs) ? Math.max(0, Date.now() - oldestMs) / 1000 : 0);
      metrics.inflight.set(labels, partner.assignment?.inflight ?? 0);
      metrics.concurrency.set(labels, partner.concurrency.limit);
      metrics.held.set(labels, state.kind === 'open' ? lagRecords : 0);
      // Who owns nothing of it does not probe it, and would hold it for ever.
      const isHeld = state.kind === 'open' && intakes.length > 0;
      metrics.circuit.set(labels, isHeld ? 1 : 0);
      if (isHeld) metrics.partnerHeld.set({ ...labels, cause: holdCause(state.reason) }, 1);
    }
  }

  #lagOf({ connector, group }: Partner, { partition, watermark }: PartitionIntake): number {
    const end = this.#ends.get(connector.source.topic)?.get(partition) ?? 0;
    return Math.max(0, Math.max(end, group.highWatermark(partition) ?? 0) - watermark.position);
  }

  /** Each topic by itself: one that Kafka does not answer for leaves the others watched. Its partners' gauges stay as they were. */
  #ask(): void {
    const { partners } = this.#options;
    for (const [topic, of] of Map.groupBy(partners.values(), ({ connector }) => connector.source.topic))
      if (this.#asking.has(topic)) this.#tell({ topic }, 'Kafka has not answered yet');
      else void this.#askAbout(topic, of);
  }

  async #askAbout(topic: string, partners: readonly Partner[]): Promise<void> {
    this.#asking.add(topic);
    try {
      const offsets = await this.#options.admin.fetchTopicOffsets(topic);
      this.#ends.set(topic, new Map(offsets.map(({ partition, high }) => [partition, Number(high)])));
      for (const partner of partners) await this.#look(partner);
    } catch (error) {
      this.#tell({ topic }, String(error));
    } finally {
      this.#asking.delete(topic);
    }
  }

  async #look(partner: Partner): Promise<void> {
    try {
      this.#watch(partner);
      await this.#windOf(partner);
    } catch (error) {
      this.#tell({ partner: partner.name, topic: partner.connector.source.topic }, String(error));
    }
  }

  #tell(about: { readonly topic: string; readonly partner?: string }, error: string): void {
    if (!this.#isStopped && this.#told.isDue(JSON.stringify(about)))
      this.#options.log.warn({ ...about, error }, 'watch.waits');
  }

  #watch(partner: Partner): void {
    const { assignment, name } = partner;
    const { retry, timeoutMs } = partner.connector.deliver;
    const partitions = intakesOf(partner).map((intake) => ({
      partition: intake.partition,
      lag: this.#lagOf(partner, intake),
      position: intake.watermark.position,
      activity: intake.activity,
    }));
    this.#watchdog.look(
      {
        name,
        partitions,
        waits: partner.wantsQuiet || (assignment?.waits ?? true),
        stillMs: this.#options.stallAfterMs ?? Math.max(60_000, 2 * retry.maxMs, 3 * timeoutMs),
        restart: () => partner.group.restart(),
      },
      performance.now(),
    );
  }

  async #windOf(partner: Partner): Promise<void> {
    const { metrics, partners } = this.#options;
    const { topic } = partner.connector.source;
    // A replay has had its records before: what of them leaves Kafka is no loss.
    const behind = intakesOf(partner).filter((one) => one.replay === undefined && this.#lagOf(partner, one) > 0);
    const retentionMs = await this.#clock.retentionMs(topic);
    const windowMs = await this.#clock.windowMs(
      topic,
      behind.map(({ partition, watermark, oldestMs }) => ({ partition, position: watermark.position, oldestMs })),
    );
    if (partners.get(partner.name) !== partner) return; // it left meanwhile, and its figures with it
    metrics.retention.set({ partner: partner.name }, retentionMs / 1000);
    metrics.replayWindow.set({ partner: partner.name }, windowMs / 1000);
  }
}

const intakesOf = ({ assignment }: Partner): PartitionIntake[] => [...(assignment?.intakes.values() ?? [])];
