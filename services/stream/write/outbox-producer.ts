// The one producer of an outbox. When a send finally failed, nobody knows the sequence any more. Such a producer is retired, and its
// successor gets a new producer id.
import type { RecordMetadata } from 'kafkajs';
import type { PlacedBatch } from './idempotent-producer.ts';

export interface SendingProducer {
  connect(): Promise<void>;
  /** Ends a `connect` that is under way, too. */
  disconnect(): Promise<void>;
  sendBatch(batch: PlacedBatch): Promise<RecordMetadata[]>;
}

export class OutboxProducer {
  readonly #make: () => SendingProducer;
  #connecting: Promise<SendingProducer> | undefined;
  #producer: SendingProducer | undefined;
  #closed = false;

  constructor(make: () => SendingProducer) {
    this.#make = make;
  }

  /** One producer, whoever asks first; a connection that failed is forgotten. @throws kafkajs's errors */
  connected(): Promise<SendingProducer> {
    this.#connecting ??= this.#connect().catch((error) => {
      this.#connecting = undefined;
      throw error;
    });
    return this.#connecting;
  }

  async #connect(): Promise<SendingProducer> {
    const producer = this.#make();
    this.#producer = producer;
    await producer.connect();
    if (!this.#closed) return producer;
    await this.retire();
    throw new Error('the outbox is closed');
  }

  async retire(): Promise<void> {
    const producer = this.#producer;
    this.#producer = undefined;
    if (producer) this.#connecting = undefined;
    await producer?.disconnect().catch(() => undefined);
  }

  /** One that is just connecting is retired too. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.retire();
  }
}
