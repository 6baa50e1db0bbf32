// The one producer of an outbox. When a send finally failed, nobody knows the sequence any more. Such a producer is retired, and its
// successor gets its identity, to fence it: what it sent may still be on its way, and must not come after what follows (KIP-360).
import type { PlacedAnswer, PlacedBatch, ProducerIdentity } from './idempotent-producer.ts';

export interface SendingProducer {
  /** For its successor. */
  readonly identity?: ProducerIdentity | undefined;
  connect(): Promise<void>;
  /** Ends a `connect` that is under way, too. */
  disconnect(): Promise<void>;
  sendBatch(batch: PlacedBatch): Promise<PlacedAnswer[]>;
}

/** @param before of the producer that was retired */
export type MakeProducer = (before: ProducerIdentity | undefined) => SendingProducer;

export class OutboxProducer {
  readonly #make: MakeProducer;
  #before: ProducerIdentity | undefined;
  #connecting: Promise<SendingProducer> | undefined;
  #producer: SendingProducer | undefined;
  #closed = false;

  constructor(make: MakeProducer) {
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
    const producer = this.#make(this.#before);
    this.#producer = producer;
    await producer.connect();
    if (!this.#closed) return producer;
    await this.retire();
    throw new Error('the outbox is closed');
  }

  async retire(): Promise<void> {
    const producer = this.#producer;
    this.#producer = undefined;
    if (!producer) return;
    this.#connecting = undefined;
    this.#before = producer.identity;
    await producer.disconnect().catch(() => undefined);
  }

  /** One that is just connecting is retired too. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.retire();
  }
}
