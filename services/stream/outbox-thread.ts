// The thread behind threaded-outbox.ts: an Outbox of its own, fed and answered by messages.
import { parentPort, workerData } from 'node:worker_threads';
import type { EssErrorCode } from '@ess/domain/error.ts';
import { EssError } from '@ess/domain/error.ts';
import type { KafkaSettings } from './client.ts';
import { connectKafka } from './client.ts';
import type { Written } from './outbox.ts';
import { Outbox } from './outbox.ts';
import type { PackedRows } from './packed-rows.ts';
import { unpackRows } from './packed-rows.ts';
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
  | { readonly kind: 'close'; readonly budgetMs: number };

export interface Failure {
  readonly id: number;
  readonly code?: EssErrorCode;
  readonly text: string;
}

export type FromThread =
  | {
      readonly kind: 'answers';
      readonly done: number[];
      readonly told: Array<{ readonly id: number; readonly written: Written[] }>;
      readonly failed: Failure[];
    }
  | LogMessage;

const port = parentPort;
if (!port) throw new Error('outbox-thread.ts is started by threaded-outbox.ts');

/** Answers of one turn of the event loop go back together. */
type Answers = Extract<FromThread, { kind: 'answers' }>;
const none = (): Answers => ({ kind: 'answers', done: [], told: [], failed: [] });
let answers = none();

/** @returns the answers of this turn, to add to */
function turn(): Answers {
  if (answers.done.length + answers.told.length + answers.failed.length === 0) setImmediate(flush);
  return answers;
}

function flush(): void {
  send(answers);
  answers = none();
}

function answerWith(id: number, work: Promise<Written[] | undefined>): void {
  work.then(
    (written) => {
      if (written) turn().told.push({ id, written });
      else turn().done.push(id);
    },
    (error: unknown) => {
      const text = error instanceof Error ? error.message : String(error);
      turn().failed.push(error instanceof EssError ? { id, code: error.code, text } : { id, text });
    },
  );
}

function send(message: FromThread): void {
  port?.postMessage(message);
}

const log = threadLog(send);

const { kafka, clientId } = workerData as ThreadStart;
const outbox = new Outbox(connectKafka(kafka, clientId, log), {
  onRetry: (error, records) => log.warn({ error: String(error), records }, 'outbox.retry'),
});

port.on('message', (message: ToThread) => {
  if (message.kind === 'open')
    answerWith(
      message.id,
      outbox.open(message.topics).then(() => undefined),
    );
  else if (message.kind === 'append') append(message);
  else void close(message.budgetMs);
});

function append({ firstId, tell, rows }: Extract<ToThread, { kind: 'append' }>): void {
  for (const [index, append] of unpackRows(rows).entries()) {
    const id = firstId + index;
    const written = outbox.append(append);
    answerWith(id, tell.includes(id) ? written : written.then(() => undefined));
  }
}

async function close(budgetMs: number): Promise<void> {
  await outbox.close(budgetMs);
  await new Promise((resolve) => setImmediate(resolve)); // the last answers
  flush();
  port?.close();
}
