// The outbox (outbox.ts) in a thread of its own. At full load record batches, checksums and the socket took a quarter of a worker's
// one thread. Every batch made answers of partners wait (bench S1, S2). The promises are the
// outbox's own; what the thread has acknowledged comes back in one message per turn.
import { setTimeout as delay } from 'node:timers/promises';
import type { MessagePort, Transferable } from 'node:worker_threads';
import { Worker } from 'node:worker_threads';
import { EssError } from '@ess/domain/text/error.ts';
import type { KafkaSettings, StreamLog } from '../kafkajs/client.ts';
import { patienceMs } from '../kafkajs/farewell.ts';
import { BUSY_RECORDS, fullerBatch } from './fuller-batch.ts';
import type { Written } from './outbox.ts';
import type { FromThread, ThreadStart, ToThread } from './outbox-thread.ts';
import type { Row } from './packed-rows.ts';
import { RowPacker } from './packed-rows.ts';
import type { Settling } from './queued-record.ts';

/** What a program that only writes needs of the outbox. */
export type Appends = Pick<ThreadedOutbox, 'append' | 'appendFor' | 'appendAndTell'>;

export interface ThreadedOutboxOptions {
  readonly kafka: KafkaSettings;
  readonly clientId: string;
  readonly log: StreamLog;
  /** The thread ended by itself: nothing can be written any more. */
  readonly onGone: (error: Error) => void;
}

/** What a partition that is away keeps unanswered does not keep back the rows of others for longer. */
const ANSWER_MS = 25;
const closedError = () => new Error('the outbox is closed');
/** What the thread has, beyond the budget of a close, to answer and end. */
const END_MS = 1_000;

export class ThreadedOutbox {
  readonly #thread: Worker;
  readonly #waiting = new Map<number, Settling>();
  #nextId = 0;
  /** Rows that go to the thread together, and how many appends they are of. */
  readonly #packer = new RowPacker();
  #packed = 0;
  #posting = false;
  /** Called at the thread's next answer. */
  #answered: () => void = () => undefined;
  /** Ids whose caller asks where the rows were written. */
  #tell: number[] = [];
  #closed = false;

  constructor({ kafka, clientId, log, onGone }: ThreadedOutboxOptions) {
    const workerData: ThreadStart = { kafka, clientId };
    this.#thread = new Worker(new URL('./outbox-thread.ts', import.meta.url), { workerData, name: 'outbox' });
    this.#thread.on('message', (message: FromThread) => this.#received(message, log));
    const gone = (error: Error) => {
      const unexpected = !this.#closed;
      this.#end(error);
      if (unexpected) onGone(error);
    };
    this.#thread.on('error', (error) => gone(error as Error));
    this.#thread.on('exit', (code) => gone(new Error(`the outbox thread ended (${code})`)));
  }

  /** Connects and learns about the topics ahead. @throws EssError ESS_CONFIG when one does not exist */
  async open(topics: readonly string[]): Promise<void> {
    this.#postRows(); // the ids of a message follow each other
    await this.#ask((id) => this.#post({ kind: 'open', id, topics }));
  }

  /** As Outbox.append; resolves when all rows are acknowledged by all in-sync replicas. */
  append(rows: readonly Row[]): Promise<unknown> {
    return new Promise((resolve, reject) => this.appendFor(rows, { resolve, reject }));
  }

  /** As Outbox.appendFor. `settling` is not told before this has returned, and never where they were written. */
  appendFor(rows: readonly Row[], settling: Settling): void {
    if (this.#closed) return queueMicrotask(() => settling.reject(closedError()));
    this.#waiting.set(this.#nextId++, settling);
    this.#enqueue(rows);
  }

  /** The same, and says where. */
  appendAndTell(rows: readonly Row[]): Promise<Written[]> {
    return this.#ask((id) => {
      this.#tell.push(id);
      this.#enqueue(rows);
    });
  }

  /** Appends that are not acknowledged. */
  get pending(): number {
    return this.#waiting.size;
  }

  /** Sends what is queued, for at most `budgetMs`, then ends the thread; what is left is rejected. */
  async close(budgetMs: number): Promise<void> {
    if (this.#closed) return;
    this.#postRows();
    this.#closed = true;
    const exited = new Promise((resolve) => this.#thread.once('exit', resolve));
    const waitMs = patienceMs(budgetMs);
    this.#post({ kind: 'close', budgetMs: waitMs });
    const late = setTimeout(() => void this.#thread.terminate(), waitMs + END_MS);
    await exited;
    clearTimeout(late);
  }

  /** Another thread appends through this port by itself, as `ToThread` and `FromThread` say, also while this one stands. */
  serve(port: MessagePort): void {
    this.#post({ kind: 'serve', port }, [port]);
  }

  #enqueue(rows: readonly Row[]): void {
    this.#packer.add(rows);
    this.#packed += 1;
    if (!this.#posting) void this.#postAll();
  }

  /** The thread has one send in flight, so what it cannot send yet waits here and becomes one message. */
  async #postAll(): Promise<void> {
    this.#posting = true;
    await new Promise((resolve) => setImmediate(resolve));
    let busy = false;
    while (this.#packed > 0) {
      if (busy) await fullerBatch(() => this.#packer.rows, delay);
      busy = this.#packer.rows >= BUSY_RECORDS;
      this.#postRows();
      await this.#nextAnswer();
    }
    this.#posting = false;
  }

  async #nextAnswer(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const late = setTimeout(resolve, ANSWER_MS);
    this.#answered = resolve;
    await promise;
    clearTimeout(late);
  }

  #ask(post: (id: number) => void): Promise<Written[]> {
    if (this.#closed) return Promise.reject(closedError());
    return new Promise((resolve, reject) => {
      const id = this.#nextId++;
      this.#waiting.set(id, { resolve, reject });
      post(id);
    });
  }

  #postRows(): void {
    if (this.#packed === 0) return;
    const rows = this.#packer.take();
    // The ids end with the last one given.
    const firstId = this.#nextId - this.#packed;
    this.#packed = 0;
    this.#post({ kind: 'append', firstId, tell: this.#tell.splice(0), rows }, [rows.bytes.buffer]);
  }

  #post(message: ToThread, transfer: Transferable[] = []): void {
    this.#thread.postMessage(message, transfer);
  }

  #received(message: FromThread, log: StreamLog): void {
    if (message.kind === 'log') return log[message.level](message.details, message.message);
    const { done } = message;
    for (let at = 0; at < done.length; at += 2) {
      const from = done[at] as number;
      for (let id = from; id < from + (done[at + 1] as number); id += 1) this.#take(id)?.resolve([]);
    }
    for (const { id, written } of message.told) this.#take(id)?.resolve(written);
    for (const { id, code, text } of message.failed)
      this.#take(id)?.reject(code === undefined ? new Error(text) : new EssError(code, text));
    this.#answered();
  }

  #take(id: number): Settling | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }

  #end(error: Error): void {
    this.#closed = true;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
