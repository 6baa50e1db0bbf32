// ess.stream-state: what this bridge knows of receipts goes there, at most once a second and partner, and what other bridges
// know comes from there. All of it beside the streams: while Kafka or the registry is away, or the topic is not there, what is
// newest waits. The topic is read to its end before anything is written, so a row never says less than the row before it.
//   receipts.ts (noted) → onDue → a batch of rows → ess.stream-state → take → receipts.ts
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '@ess/runtime/log/log.ts';
import { readSchema } from '@ess/schemas/catalog.ts';
import type { StreamState } from '@ess/schemas/generated/types.ts';
import { STREAM_STATE_TOPIC } from '@ess/schemas/topics.ts';
import type { Kafka } from '@ess/stream/kafkajs/client.ts';
import { follow } from '@ess/stream/read/follow.ts';
import { rows } from '@ess/stream/read/rows.ts';
import type { Codec } from '@ess/stream/registry/codec.ts';
import { Outbox } from '@ess/stream/write/outbox.ts';
import type { Receipts } from './receipts.ts';

export interface ReceiptTopicOptions {
  readonly kafka: Kafka;
  readonly codec: Codec;
  readonly receipts: Receipts;
  readonly log: Log;
}

/** The rows of all partners go in one batch, so that many clients that say how far they are cost Kafka little. */
const WRITE_EVERY_MS = 1_000;
/** A client that streams and says nothing is to be seen within the day that counts. */
const LOOK_EVERY_MS = 3_600_000;
const RETRY_MS = 2_000;
const READ_WITHIN_MS = 20_000;
/** What reads the topic has so long to end. */
const END_MS = 1_000;

export class ReceiptTopic {
  readonly #options: ReceiptTopicOptions;
  /** Of its own: no trouble with this topic may keep the projector's rows back. */
  readonly #outbox: Outbox;
  readonly #closing = new AbortController();
  readonly #looking: NodeJS.Timeout;
  readonly #reading: Promise<void>;
  /** There as soon as the topic was read to its end. */
  #encode: ((row: StreamState) => Buffer) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;
  #wroteAt = Number.NEGATIVE_INFINITY;
  /** Rows that Kafka has not answered. */
  #sent = 0;

  private constructor(options: ReceiptTopicOptions) {
    this.#options = options;
    const { kafka, receipts } = options;
    this.#outbox = new Outbox(kafka, { linger: false, onRetry: (error) => this.#waits(error) });
    this.#looking = setInterval(() => receipts.look(), LOOK_EVERY_MS).unref();
    receipts.onDue = () => this.#schedule();
    this.#reading = this.#read();
  }

  /** Begins at once and waits for nothing. */
  static start(options: ReceiptTopicOptions): ReceiptTopic {
    return new ReceiptTopic(options);
  }

  /** Partners whose newest receipts Kafka does not have yet. */
  get pending(): number {
    return Math.max(this.#sent, this.#options.receipts.unwritten);
  }

  /** Writes what is newest, for at most `budgetMs`; what Kafka has not taken by then is forgotten, and told. */
  async close(budgetMs: number): Promise<void> {
    clearInterval(this.#looking);
    clearTimeout(this.#timer);
    this.#closing.abort();
    const written = Promise.resolve(this.#writing).then(() => this.#flush());
    await Promise.race([written, delay(budgetMs, undefined, { ref: false })]);
    await this.#outbox.close(0);
    await Promise.race([Promise.all([written, this.#reading]), delay(END_MS, undefined, { ref: false })]);
    if (this.pending > 0) this.#options.log.warn({ partners: this.pending }, 'stream.receipts.unwritten');
  }

  /** Follows the topic. Whatever goes wrong, it begins anew: that rows are read twice changes nothing. */
  async #read(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted)
      try {
        await this.#follow(signal);
      } catch (error) {
        if (signal.aborted) return;
        this.#waits(error);
        await delay(RETRY_MS, undefined, { signal }).catch(() => undefined);
      }
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { kafka, codec, receipts, log } = this.#options;
    const encode = await codec.encoder(`${STREAM_STATE_TOPIC}-value`, readSchema(STREAM_STATE_TOPIC) as object);
    await this.#outbox.open([STREAM_STATE_TOPIC]);
    await using tail = await follow(kafka, { topic: STREAM_STATE_TOPIC, from: 'beginning', signal, log });
    const unreadable = ({ partition, offset }: { partition: number; offset: number }, detail: string) =>
      log.error({ topic: STREAM_STATE_TOPIC, partition, offset, detail }, 'stream.receipts.unreadable');
    const reading = (async () => {
      for await (const batch of rows(codec, STREAM_STATE_TOPIC, tail, { unreadable }))
        for (const { row } of batch) receipts.take(row);
    })();
    await Promise.race([reading, tail.caughtUp(READ_WITHIN_MS)]);
    this.#encode = encode;
    this.#schedule();
    await reading;
  }

  #schedule(): void {
    if (!this.#encode || this.#timer || this.#writing || this.#closing.signal.aborted) return;
    if (this.#options.receipts.unwritten === 0) return;
    const waitMs = Math.max(0, this.#wroteAt + WRITE_EVERY_MS - performance.now());
    this.#timer = setTimeout(() => this.#write(), waitMs);
  }

  #write(): void {
    this.#timer = undefined;
    this.#wroteAt = performance.now();
    this.#writing = this.#flush().finally(() => {
      this.#writing = undefined;
      this.#schedule();
    });
  }

  /** Resolves when Kafka has what was due, or has refused it. */
  async #flush(): Promise<void> {
    const { receipts } = this.#options;
    const encode = this.#encode;
    const due = encode ? receipts.takeDue() : [];
    if (!encode || due.length === 0) return;
    this.#sent = due.length;
    try {
      await this.#outbox.append(
        due.map((row) => ({ topic: STREAM_STATE_TOPIC, key: row.partner, value: encode(row) })),
      );
    } catch (error) {
      receipts.failed(due);
      this.#waits(error);
    } finally {
      this.#sent = 0;
    }
  }

  #waits(error: unknown): void {
    this.#options.log.warn({ error: String(error) }, 'stream.receipts.wait');
  }
}
