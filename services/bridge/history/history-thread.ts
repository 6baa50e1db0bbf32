// The thread behind history.ts: a reader of the public topic, the blocks it has read, and each partner's view.
import { setPriority } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { compileConnector } from '@ess/domain/connector/compile.ts';
import { optionsOf } from '@ess/domain/connector/recipe.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { connectKafka } from '@ess/stream/kafkajs/client.ts';
import { TopicReader } from '@ess/stream/read/topic-reader.ts';
import { Codec } from '@ess/stream/registry/codec.ts';
import { threadLog } from '@ess/stream/write/thread-log.ts';
import { lostBetween } from '../topic/gap.ts';
import type { LogNow } from '../topic/public-log.ts';
import { recordDecoder } from '../topic/record-decoder.ts';
import type { Vector } from '../topic/vector.ts';
import { isSame } from '../topic/vector.ts';
import { View } from '../topic/view.ts';
import { Blocks, OffsetGone } from './blocks.ts';
import type { FromHistory, HistoryStart, ToHistory, TopicPosition } from './history.ts';
import type { Stretch } from './stretch.ts';
import { gapStretch, memory, readStretch } from './stretch.ts';

const RETRY_MS = 1_000;
/** So many of the newest records of each partition. */
const WARM_RECORDS = 4_000;
const WARM_MS = 1_000;
/** Priority of the thread alone, as Linux has it (setpriority(2)): live clients go first where threads outnumber cores. */
const PRIORITY = 10;

const port = parentPort;
if (!port) throw new Error('history-thread.ts is started by history.ts');

const send = (message: FromHistory): void => port.postMessage(message);
const log = threadLog(send);

const { kafka, registry, topic, cursorKeys, maxBytes } = workerData as HistoryStart;
const placeOf = ({ partition, offset }: TopicPosition): TopicPosition => ({ partition, offset });
const decode = recordDecoder(new Codec(registry), false, (record, detail) =>
  send({ kind: 'unreadable', at: placeOf(record), detail }),
);
const views = new Map<string, View>();
/** The one of which the blocks are. */
let logNow: LogNow = { mark: undefined, changes: 0 };
let opening = open();

port.on('message', (message: ToHistory) => {
  if (message.kind === 'view') setView(message);
  else if (message.kind === 'reuse') memory.give(message.partner, message.memory);
  else void answer(message);
});
try {
  setPriority(PRIORITY);
} catch (error) {
  log.warn({ error: String(error) }, 'history.priority-kept');
}

interface Opened {
  readonly source: TopicReader;
  readonly blocks: Blocks;
}

async function open(): Promise<Opened> {
  for (;;) {
    try {
      const source = await TopicReader.open(connectKafka(kafka, 'ess-bridge', log), topic);
      return { source, blocks: new Blocks(source, decode, maxBytes) };
    } catch (error) {
      log.warn({ error: String(error) }, 'history.waits');
      await delay(RETRY_MS);
    }
  }
}

function setView({ recipe }: Extract<ToHistory, { kind: 'view' }>): void {
  const { connector, problems } = compileConnector(recipe.folder, optionsOf(recipe));
  // It was compiled from the same before.
  if (!connector) throw new Error(`connector ${recipe.folder.partner}: ${JSON.stringify(problems)}`);
  const unmapped = (partner: string, record: TopicPosition, reason: string) =>
    send({ kind: 'unmapped', partner, at: placeOf(record), reason });
  const mark = () => logNow.mark;
  if (views.size === 0) void warmUp(new View(connector, cursorKeys, { unmapped: () => undefined }, mark));
  views.set(connector.partner, new View(connector, cursorKeys, { unmapped }, mark));
}

/**
 * After a restart everybody comes back at once, for the newest records mostly: they are here by then, with their schemas, and
 * the code that works on them is compiled. What goes wrong is told to who needs the records.
 */
async function warmUp(view: View): Promise<void> {
  try {
    const { source, blocks } = await opening;
    const bounds = await source.bounds();
    const until = performance.now() + WARM_MS;
    const limit = bounds.map(({ end }) => end);
    let at: Vector = bounds.map(({ low, end }) => Math.max(low, end - WARM_RECORDS));
    while (!isSame(at, limit) && performance.now() < until) {
      const { to, bytes } = await readStretch(view, at, limit, blocks);
      memory.give(view.partner, bytes.buffer);
      at = to;
    }
  } catch (error) {
    log.debug({ error: String(error) }, 'history.cold');
  }
}

/** Nothing that was read before is of this log. */
async function anew(before: Promise<Opened>): Promise<Opened> {
  const { source } = await before;
  await source.refresh().catch(() => undefined); // its next fetch says what is wrong
  return { source, blocks: new Blocks(source, decode, maxBytes) };
}

async function answer({ id, partner, from, limit, log: of }: Extract<ToHistory, { kind: 'make' }>): Promise<void> {
  if (of.changes !== logNow.changes) opening = anew(opening);
  logNow = of;
  try {
    const stretch = await make(views.get(partner) as View, from, limit);
    port?.postMessage({ kind: 'made', id, stretch } satisfies FromHistory, [stretch.bytes.buffer]);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    send({ kind: 'failed', id, text, ...(error instanceof EssError ? { code: error.code } : {}) });
  }
}

async function make(view: View, from: Vector, limit: Vector): Promise<Stretch> {
  const { source, blocks } = await opening;
  try {
    return await readStretch(view, from, limit, blocks);
  } catch (error) {
    if (!(error instanceof OffsetGone)) throw error;
    return gapStretch(view, from, lostBetween(from, limit, await source.bounds()));
  }
}
