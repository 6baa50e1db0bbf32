// The tail over a topic that is the test's: which log it is, where it ends, and what the next fetch brings.
import { createLog } from '@ess/runtime/log/log.ts';
import type { PartitionRead } from '@ess/stream/read/topic-reader.ts';
import type { ReadRecord } from '@ess/stream/wire/record-batches.ts';
import { afterEach, expect, test } from '@jest/globals';
import { PublicLog } from '../topic/public-log.ts';
import type { PublicRecord } from '../topic/source.ts';
import { PublicTail } from './public-tail.ts';

const [OLD, NEW] = [Buffer.alloc(16, 1), Buffer.alloc(16, 2)].map((id) => id.toString('base64url'));

/** A topic of one partition. Fetches wait until the test answers them. */
class Topic {
  id: string | undefined = OLD;
  low = 0;
  end = 5;
  told: string[] = [];
  readonly publicLog = new PublicLog('public.rules');
  tail: PublicTail | undefined;
  #fetches: Array<{ readonly offset: number; readonly answer: (read: PartitionRead[]) => void }> = [];
  #happened: () => void = () => undefined;

  async open(): Promise<void> {
    const source = {
      partitions: [0],
      leaders: () => new Map([['1', [0]]]),
      bounds: async () => [{ low: this.low, end: this.end }],
      offsetsAt: async () => [undefined],
      refresh: async () => undefined,
      close: async () => this.answer([]),
      fetch: ([position]: ReadonlyArray<{ readonly offset: number }>) =>
        new Promise<PartitionRead[]>((answer) => {
          this.#fetches.push({ offset: position?.offset ?? -1, answer });
          this.#happened();
        }),
    };
    this.tail = await PublicTail.start({
      source,
      publicLog: this.publicLog,
      topicId: async () => this.id,
      decode: async (_, records) => records as unknown as PublicRecord[],
      log: createLog('test', { level: 'silent' }),
      onRecords: (_, records, next) => void this.told.push(`${records.length} records up to ${next}`),
      onLost: ([lost]) => void this.told.push(`lost ${lost?.from} to ${lost?.to}`),
      onAnew: ([start]) => void this.told.push(`anew from ${start}`),
      onResized: () => void this.told.push('resized'),
    });
  }

  /** Resolves when something is fetched. @returns from which offset */
  async fetched(): Promise<number> {
    while (this.#fetches.length === 0)
      await new Promise<void>((resolve) => {
        this.#happened = resolve;
      });
    return this.#fetches[0]?.offset as number;
  }

  answer(read: PartitionRead[]): void {
    this.#fetches.shift()?.answer(read);
  }

  records(count: number, next: number): void {
    const records = Array.from({ length: count }) as ReadRecord[];
    this.answer([{ gone: false, partition: 0, records, next, stableEnd: next, logStart: 0 }]);
  }
}

let topic: Topic;
afterEach(() => topic.tail?.stop());

test('another log is read from its start; what is fetched when it becomes known is handed over to nobody', async () => {
  topic = new Topic();
  await topic.open();
  expect([await topic.fetched(), topic.publicLog.id, topic.publicLog.changes]).toEqual([5, OLD, 0]);
  topic.records(1, 6);
  expect(await topic.fetched()).toBe(6);
  [topic.id, topic.low] = [NEW, 2];
  topic.tail?.topicIs(OLD as string);
  topic.tail?.topicIs(NEW as string);
  topic.records(3, 9);
  expect(await topic.fetched()).toBe(2);
  topic.records(2, 4);
  expect(await topic.fetched()).toBe(4);
  expect(topic.told).toEqual(['1 records up to 6', 'anew from 2', '2 records up to 4']);
  expect([topic.publicLog.id, topic.publicLog.changes]).toEqual([NEW, 1]);
});

test('a position beyond the end is of another log, also where brokers have no ids', async () => {
  topic = new Topic();
  topic.id = undefined;
  await topic.open();
  expect(await topic.fetched()).toBe(5);
  topic.end = 1;
  topic.answer([{ gone: true, partition: 0 }]);
  expect(await topic.fetched()).toBe(0);
  expect([topic.told, topic.publicLog.mark, topic.publicLog.changes]).toEqual([['anew from 0'], undefined, 1]);
});

test('a position that retention has passed is of the same log', async () => {
  topic = new Topic();
  await topic.open();
  expect(await topic.fetched()).toBe(5);
  [topic.low, topic.end] = [8, 9];
  topic.answer([{ gone: true, partition: 0 }]);
  expect(await topic.fetched()).toBe(8);
  expect([topic.told, topic.publicLog.changes]).toEqual([['lost 5 to 8'], 0]);
});

test('a topic that is not there is waited for', async () => {
  topic = new Topic();
  await topic.open();
  await topic.fetched();
  topic.id = undefined;
  topic.tail?.topicIs(NEW as string);
  const asked = Promise.withResolvers<void>();
  const { tail } = topic;
  topic.answer([]);
  Object.defineProperty(topic, 'id', {
    configurable: true,
    get: () => {
      Object.defineProperty(topic, 'id', { value: NEW, writable: true });
      asked.resolve();
      return undefined;
    },
  });
  await asked.promise;
  expect(topic.told).toEqual([]);
  expect(await topic.fetched()).toBe(0);
  expect([topic.told, tail?.vector]).toEqual([['anew from 0'], [0]]);
});

test('which log a cursor is of', () => {
  topic = new Topic();
  const { publicLog } = topic;
  const cursor = (log?: number) =>
    ({ kind: 'position', timestampMs: 0, offsets: [1], ...(log === undefined ? {} : { log }) }) as const;
  expect(publicLog.hasLeft(cursor(7))).toBe(false); // this broker has no ids, another had
  publicLog.is(OLD);
  const old = publicLog.mark as number;
  expect([cursor(), cursor(old), cursor(old + 1)].map((one) => publicLog.hasLeft(one))).toEqual([false, false, true]);
  publicLog.became(NEW);
  expect([cursor(), cursor(old), cursor(publicLog.mark)].map((one) => publicLog.hasLeft(one))).toEqual([
    true,
    true,
    false,
  ]);
});
