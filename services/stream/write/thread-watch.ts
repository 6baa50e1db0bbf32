// Watches the thread it is started in, from another one (watch-thread.ts). A record may lead a thread into
// an endless loop. Its partitions would stand for a session, then the record would stop the next member, and so a whole fleet
// for ever. So the process ends, and first leaves on record what it was at work on (domain/delivery/stands.ts).
import { MessageChannel, Worker } from 'node:worker_threads';
import { TICK_MS } from '@ess/domain/control/stood-ticks.ts';
import type { AtWork } from './at-work.ts';
import type { ThreadedOutbox } from './threaded-outbox.ts';
import type { WatchStart } from './watch-thread.ts';

export interface ThreadWatchOptions {
  /** As in the log. */
  readonly program: string;
  /** Names this process in audit rows. */
  readonly worker: string;
  readonly atWork: AtWork;
  readonly outbox: Pick<ThreadedOutbox, 'serve'>;
  /** Any audit row, encoded: the watching thread cannot ask the registry for the schema's id. */
  readonly auditRow: Buffer;
  /** The thread that watches is gone. */
  readonly onGone: (error: Error) => void;
}

const BEATS_PER_TICK = 4;
/** It holds a few numbers until it has to write rows. */
const MEMORY = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 32 };

/** @returns ends the watching */
export function watchThread({ program, worker, atWork, outbox, auditRow, onGone }: ThreadWatchOptions) {
  const { port1, port2 } = new MessageChannel();
  outbox.serve(port2);
  const workerData: WatchStart = {
    program,
    worker,
    memory: atWork.memory,
    partnerTopics: atWork.partnerTopics,
    outbox: port1,
    auditRow: Uint8Array.from(auditRow),
  };
  const thread = new Worker(new URL('./watch-thread.ts', import.meta.url), {
    workerData,
    transferList: [port1],
    name: 'watch',
    resourceLimits: MEMORY,
  });
  atWork.onPartnerTopic = (partnerTopic) => thread.postMessage(partnerTopic);
  const beating = setInterval(() => atWork.beat(), TICK_MS / BEATS_PER_TICK);
  let closed = false;
  const gone = (error: Error): void => {
    if (!closed) onGone(error);
    closed = true;
  };
  thread.on('error', (error) => gone(error as Error));
  thread.on('exit', (code) => gone(new Error(`the watching thread ended (${code})`)));
  return async (): Promise<void> => {
    closed = true;
    clearInterval(beating);
    atWork.onPartnerTopic = () => undefined;
    await thread.terminate();
  };
}
