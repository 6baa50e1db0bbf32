// The thread behind threaded-outbox.ts: an Outbox of its own, fed and answered by messages.
import type { MessagePort } from 'node:worker_threads';
import { parentPort, workerData } from 'node:worker_threads';
import type { EssErrorCode } from '@ess/domain/text/error.ts';
import { EssError } from '@ess/domain/text/error.ts';
import type { KafkaSettings } from '../kafkajs/client.ts';
import { connectKafka } from '../kafkajs/client.ts';
import type { Written } from './outbox.ts';
import { Outbox } from './outbox.ts';
import type { PackedRows } from './packed-rows.ts';
import { unpackRows } from './packed-rows.ts';
import type { Settling } from './queued-record.ts';
import type { LogMessage } from './thread-log.ts';
import { threadLog } from './thread-log.ts';

export interface ThreadStart {
  readonly kafka: KafkaSettings;
  readonly clientId: string;
}

export type ToThread =
  | { readonly kind: 'open'; readonly id: number; readonly topics: readonly string[] }
  /** The appends have the ids from `firstId` on; of those in `tell` the places come back. */
  | { readonly kind: 'append'; readonly firstId: number; readonly tell: readonly number[]; readonly rows: PackedRows }
  /** Somebody else writes through this thread too. */
  | { readonly kind: 'serve'; readonly port: MessagePort }
  | { readonly kind: 'close'; readonly budgetMs: number };

export interface Failure {
  readonly id: number;
  readonly code?: EssErrorCode;
  readonly text: string;
}

export type FromThread =
  | {
      readonly kind: 'answers';
      /** From each of them on so many ids: first, count, first, count, … */
      readonly done: number[];
      readonly told: Array<{ readonly id: number; readonly written: Written[] }>;
      readonly failed: Failure[];
    }
  | LogMessage;

if (!parentPort) throw new Error('outbox-thread.ts is started by threaded-outbox.ts');

/** Answers of one turn of the event loop go back together. */
export type TurnAnswers = Extract<FromThread, { kind: 'answers' }>;
const none = (): TurnAnswers => ({ kind: 'answers', done: [], told: [], failed: [] });

const log = threadLog((message) => parentPort?.postMessage(message));
const { kafka, clientId } = workerData as ThreadStart;
// Batches are gathered by who sends them here.
const outbox = new Outbox(connectKafka(kafka, clientId, log), {
  linger: false,
  onRetry: (error, records) => log.warn({ error: String(error), records }, 'outbox.retry'),
});

/** One who writes through this thread: the thread that started it, and the one that watches that (thread-watch.ts). */
class Writer {
  readonly #port: MessagePort;
  #answers = none();

  constructor(port: MessagePort) {
    this.#port = port;
    port.on('message', (message: ToThread) => this.#take(message));
  }

  flush(): void {
    this.#port.postMessage(this.#answers);
    this.#answers = none();
  }

  close(): void {
    this.#port.close();
  }

  #take(message: ToThread): void {
    if (message.kind === 'serve') writers.push(new Writer(message.port));
    else if (message.kind === 'close') void close(message.budgetMs);
    else if (message.kind === 'append') this.#append(message);
    else
      outbox.open(message.topics).then(
        () => this.done(message.id, undefined),
        (error: unknown) => this.failed(message.id, error),
      );
  }

  #append({ firstId, tell, rows }: Extract<ToThread, { kind: 'append' }>): void {
    for (const [index, append] of unpackRows(rows).entries())
      outbox.appendFor(append, new Waiting(this, firstId + index, tell.includes(firstId + index)));
  }

  /** @param written where the caller asks for it */
  done(id: number, written: Written[] | undefined): void {
    if (written) this.#turn().told.push({ id, written });
    else this.#add(id, this.#turn().done);
  }

  #add(id: number, done: number[]): void {
    const last = done.length - 2;
    if ((done[last] ?? 0) + (done[last + 1] ?? 0) === id && last >= 0) done[last + 1] = (done[last + 1] as number) + 1;
    else done.push(id, 1);
  }

  /** @returns the answers of this turn, to add to */
  #turn(): TurnAnswers {
    const { done, told, failed } = this.#answers;
    if (done.length + told.length + failed.length === 0) setImmediate(() => this.flush());
    return this.#answers;
  }

  failed(id: number, error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    this.#turn().failed.push(error instanceof EssError ? { id, code: error.code, text } : { id, text });
  }
}

/** An append of a writer. */
class Waiting implements Settling {
  readonly #writer: Writer;
  readonly #id: number;
  readonly #isTold: boolean;

  constructor(writer: Writer, id: number, isTold: boolean) {
    this.#writer = writer;
    this.#id = id;
    this.#isTold = isTold;
  }

  resolve(written: Written[]): void {
    this.#writer.done(this.#id, this.#isTold ? written : undefined);
  }

  reject(error: unknown): void {
    this.#writer.failed(this.#id, error);
  }
}

const writers = [new Writer(parentPort)];

async function close(budgetMs: number): Promise<void> {
  await outbox.close(budgetMs);
  await new Promise((resolve) => setImmediate(resolve)); // the last answers
  for (const writer of writers) {
    writer.flush();
    writer.close();
  }
}
