// Records that cannot be read: packed with a codec that is not known here, larger unpacked than anybody needs, or malformed.
import type { Kafka } from 'kafkajs';

/** Offsets [offset, next) of one partition. */
export interface Unreadable {
  readonly offset: number;
  readonly next: number;
  readonly why: string;
}

/** Each range is told once, also when it is fetched again. So many are remembered. */
const TOLD_MAX = 1_000;

/** Tells what a reader passes, through the log of its Kafka client. */
export class PassedOver {
  readonly #kafka: Kafka;
  readonly #told = new Set<string>();

  constructor(kafka: Kafka) {
    this.#kafka = kafka;
  }

  tell(topic: string, partition: number, { offset, next, why }: Unreadable): void {
    const place = `${topic}/${partition}/${offset}`;
    if (this.#told.has(place)) return;
    if (this.#told.size >= TOLD_MAX) this.#told.clear();
    this.#told.add(place);
    this.#kafka.logger().error('records.unreadable', { topic, partition, offset, next, why });
  }
}
