// Lag, read from the brokers: a paused partition is not fetched, so its log end has to be asked for. What hangs on the same
// question is asked with it: whether anything stands still (watchdog.ts) and what retention leaves (retention-clock.ts).
import type { Log } from '@ess/runtime/log/log.ts';
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
  #asking = false;

  constructor(options: LagWatchOptions) {
    this.#options = options;
    this.#watchdog = new Watchdog(options.log, options.metrics);
    this.#clock = new RetentionClock(options.kafka, options.admin);
    const everyMs = Math.min(ASK_EVERY_MS, (options.stallAfterMs ?? Number.POSITIVE_INFINITY) / 2);
    this.#timer = setInterval(() => void this.#ask(), everyMs);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#clock[Symbol.asyncDispose]();
  }

  /** Sets the gauges that are read rather than pushed. */
  refresh(): void {
    const { metrics, partners } = this.#options;
    for (const partner of partners.values()) {
      const labels = { partner: partner.name };
      const intakes = intakesOf(partner);
      const lagRecords = intakes.reduce((sum, intake) => sum + this.#lagOf(partner, intake), 0);
      const oldestMs = Math.min(...intakes.map(({ oldestMs }) => oldestMs ?? Number.POSITIVE_INFINITY));
      metrics.lagRecords.set(labels, lagRecords);
      metrics.lagSeconds.set(labels, Number.isFinite(oldestMs) ? Math.max(0, Date.now() - oldestMs) / 1000 : 0);
      metrics.inflight.set(labels, partner.assignment?.inflight ?? 0);
      metrics.concurrency.set(labels, partner.concurrency.limit);
      metrics.held.set(labels, partner.breaker.isOpen ? lagRecords : 0);
      metrics.circuit.set(labels, partner.breaker.isOpen ? 1 : 0);
    }
  }

  #lagOf({ connector, group }: Partner, { partition, watermark }: PartitionIntake): number {
    const end = this.#ends.get(connector.source.topic)?.get(partition) ?? 0;
    return Math.max(0, Math.max(end, group.highWatermark(partition) ?? 0) - watermark.position);
  }

  /** While Kafka is away nothing is known: the gauges stay as they were, and its absence is told elsewhere. */
  async #ask(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    try {
      const { admin, partners } = this.#options;
      const topics = new Set([...partners.values()].map(({ connector }) => connector.source.topic));
      for (const topic of topics) {
        const offsets = await admin.fetchTopicOffsets(topic);
        this.#ends.set(topic, new Map(offsets.map(({ partition, high }) => [partition, Number(high)])));
      }
      for (const partner of partners.values()) {
        this.#watch(partner);
        await this.#windOf(partner);
      }
    } catch {
    } finally {
      this.#asking = false;
    }
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
    const behind = intakesOf(partner).filter((intake) => this.#lagOf(partner, intake) > 0);
    const windowMs = await this.#clock.windowMs(
      partner.connector.source.topic,
      behind.map(({ partition, watermark, oldestMs }) => ({ partition, position: watermark.position, oldestMs })),
    );
    this.#options.metrics.replayWindow.set({ partner: partner.name }, windowMs / 1000);
  }
}

const intakesOf = ({ assignment }: Partner): PartitionIntake[] => [...(assignment?.intakes.values() ?? [])];
