// Lag, read from the brokers: a paused partition is not fetched, so its log end has to be asked for.
import type { WorkerMetrics } from '@ess/runtime/metrics.ts';
import type { Admin } from '@ess/stream/client.ts';
import type { Partner } from './partner.ts';

const ASK_EVERY_MS = 5_000;

export class LagWatch {
  readonly #admin: Admin;
  readonly #metrics: WorkerMetrics;
  readonly #partners: ReadonlyMap<string, Partner>;
  readonly #ends = new Map<string, Map<number, number>>();
  readonly #timer: NodeJS.Timeout;

  constructor(admin: Admin, metrics: WorkerMetrics, partners: ReadonlyMap<string, Partner>) {
    this.#admin = admin;
    this.#metrics = metrics;
    this.#partners = partners;
    this.#timer = setInterval(() => void this.#ask(), ASK_EVERY_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Sets the gauges that are read rather than pushed. */
  refresh(): void {
    for (const partner of this.#partners.values()) {
      const labels = { partner: partner.name };
      const intakes = [...(partner.epoch?.intake.values() ?? [])];
      const ends = this.#ends.get(partner.connector.source.topic);
      const lag = (partition: number, position: number): number =>
        Math.max(0, Math.max(ends?.get(partition) ?? 0, partner.group.highWatermark(partition) ?? 0) - position);
      const lagRecords = intakes.reduce((sum, { partition, watermark }) => sum + lag(partition, watermark.position), 0);
      const oldestMs = Math.min(...intakes.map(({ oldestMs }) => oldestMs ?? Number.POSITIVE_INFINITY));
      this.#metrics.lagRecords.set(labels, lagRecords);
      this.#metrics.lagSeconds.set(labels, Number.isFinite(oldestMs) ? Math.max(0, Date.now() - oldestMs) / 1000 : 0);
      this.#metrics.inflight.set(labels, partner.epoch?.inflight ?? 0);
      this.#metrics.concurrency.set(labels, partner.concurrency.limit);
      this.#metrics.held.set(labels, partner.breaker.isOpen ? lagRecords : 0);
      this.#metrics.circuit.set(labels, partner.breaker.isOpen ? 1 : 0);
    }
  }

  async #ask(): Promise<void> {
    const topics = new Set([...this.#partners.values()].map(({ connector }) => connector.source.topic));
    for (const topic of topics) {
      const offsets = await this.#admin.fetchTopicOffsets(topic).catch(() => []); // lag stays as it was; Kafka's absence is told elsewhere
      if (offsets.length > 0)
        this.#ends.set(topic, new Map(offsets.map(({ partition, high }) => [partition, Number(high)])));
    }
  }
}
