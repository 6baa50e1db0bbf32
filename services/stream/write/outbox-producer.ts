// The one producer of an outbox. When a send finally failed, nobody knows the sequence any more, and kafkajs goes on with it. Such a
// producer is retired, and its successor gets a new producer id.
import type { Producer, ProducerConfig, RetryOptions } from 'kafkajs';
import kafkajs from 'kafkajs';

export type SendingProducer = Pick<Producer, 'connect' | 'disconnect' | 'sendBatch'>;

/**
 * About 15 s: a new producer would need a new id, which a cluster that elects its controller may not be able to give. The waits
 * are short, because the first answer of a new leader is what everybody waits for.
 */
const RETRY: RetryOptions = { initialRetryTime: 50, maxRetryTime: 250, retries: 60 };

export class OutboxProducer {
  readonly #make: () => SendingProducer;
  #connecting: Promise<SendingProducer> | undefined;
  #producer: SendingProducer | undefined;
  #closed = false;

  constructor(kafka: { producer(config: ProducerConfig): SendingProducer }, retry: RetryOptions = RETRY) {
    const createPartitioner = kafkajs.Partitioners.DefaultPartitioner;
    this.#make = () => kafka.producer({ idempotent: true, maxInFlightRequests: 1, createPartitioner, retry });
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
    await producer.connect();
    this.#producer = producer;
    if (this.#closed) {
      await this.retire();
      throw new Error('the outbox is closed');
    }
    return producer;
  }

  async retire(): Promise<void> {
    const producer = this.#producer;
    this.#producer = undefined;
    if (producer) this.#connecting = undefined;
    await producer?.disconnect().catch(() => undefined);
  }

  /** One that is just connecting is retired when it has. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.retire();
  }
}
