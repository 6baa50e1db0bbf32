// The thread behind thread-watch.ts. It counts only its own ticks (domain/control/stood-ticks.ts). When the watched thread has stood
// ten of them it says so, writes the audit rows of what was at work, and ends the process. The rows go through the outbox's
// thread, which goes on by itself. It imports next to nothing before that.
import { writeSync } from 'node:fs';
import type { MessagePort } from 'node:worker_threads';
import { parentPort, workerData } from 'node:worker_threads';
import { StoodTicks, TICK_MS, TICKS_MAX } from '@ess/domain/control/stood-ticks.ts';
import { STOOD, STOOD_AMONG } from '@ess/domain/delivery/stands.ts';
import type { Mark, PartnerTopic } from './at-work.ts';
import { AtWorkView } from './at-work.ts';
import type { ToThread, TurnAnswers } from './outbox-thread.ts';
import { RowPacker } from './packed-rows.ts';

export interface WatchStart {
  readonly program: string;
  readonly worker: string;
  readonly memory: SharedArrayBuffer;
  readonly partnerTopics: readonly PartnerTopic[];
  /** To the outbox's thread. */
  readonly outbox: MessagePort;
  readonly auditRow: Uint8Array;
}

/** Magic byte and schema id of a value. */
const HEADER_BYTES = 5;
/** For the rows to be acknowledged. */
const ROWS_WITHIN_MS = 5_000;
/** Rows of one stand: suspects are tried one by one, so a recovery must not take for ever. */
const ROWS_MAX = 64;
const STDERR = 2;

const { program, worker, memory, partnerTopics: known, outbox, auditRow } = workerData as WatchStart;
const partnerTopics = [...known];
const view = new AtWorkView(memory);
const ticks = new StoodTicks();

parentPort?.on('message', (partnerTopic: PartnerTopic) => partnerTopics.push(partnerTopic));
const ticking = setInterval(() => {
  if (ticks.tick(performance.now(), view.beat)) void stood();
}, TICK_MS);

async function stood(): Promise<void> {
  clearInterval(ticking);
  const marks = view.marks.slice(0, ROWS_MAX);
  const positions = marks.map(({ partnerTopic, partition, offset, attempt }) => ({
    ...partnerTopics[partnerTopic],
    partition,
    offset,
    attempt,
  }));
  say(
    { forMs: TICK_MS * TICKS_MAX, positions },
    'thread.stood: this process ends, and whoever owns the partitions next goes on',
  );
  if (marks.length > 0) {
    const late = new Promise<string>((resolve) => setTimeout(resolve, ROWS_WITHIN_MS, 'too late'));
    const failed = await Promise.race([written(marks).catch(String), late]);
    if (failed !== undefined) say({ failed }, 'thread.stood: no audit row could be written of it');
  }
  // Nothing of this process may run on: the standing thread cannot be told to end, and no other signal needs no thread.
  process.kill(process.pid, 'SIGKILL');
}

/** Resolves when Kafka has acknowledged a row of each record at work; with what went wrong, if something did. */
async function written(marks: readonly Mark[]): Promise<string | undefined> {
  const [{ default: avro }, { readSchema }, { emptyAttempt }] = await Promise.all([
    import('avsc'),
    import('@ess/schemas/catalog.ts'),
    import('@ess/domain/delivery/audit-row.ts'),
  ]);
  const type = avro.Type.forSchema(readSchema('ess.audit') as never);
  const reason = marks.length === 1 ? STOOD : STOOD_AMONG;
  const rows = marks.map(({ partnerTopic, partition, offset, attempt }) => {
    const { partner = '', topic = '' } = partnerTopics[partnerTopic] ?? {};
    const row = { ...emptyAttempt({ partner, topic, partition, offset, worker }), outcome: 'cut', attempt, reason };
    const value = Buffer.concat([auditRow.subarray(0, HEADER_BYTES), type.toBuffer(row)]);
    return { topic: 'ess.audit', key: `${partner}/`, value };
  });
  const answered = new Promise<string | undefined>((resolve) =>
    outbox.once('message', ({ failed }: TurnAnswers) => resolve(failed[0]?.text)),
  );
  const packer = new RowPacker();
  packer.add(rows);
  const message: ToThread = { kind: 'append', firstId: 0, tell: [], rows: packer.take() };
  outbox.postMessage(message);
  return answered;
}

/** The thread that writes the log is the one that stands. */
function say(details: object, msg: string): void {
  const line = `${JSON.stringify({ level: 'fatal', time: new Date().toISOString(), program, ...details, msg })}\n`;
  try {
    writeSync(STDERR, line);
  } catch {
    // A pipe that is full, or gone: the row says the same.
  }
}
