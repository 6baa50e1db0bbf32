// What is pulled from a source goes through lanes: so much at once, and all of it is through before the pull is.
import type { GroupRecord } from '@ess/stream/group/assignment.ts';
import { expect, test } from '@jest/globals';
import type { Item } from '../item/item.ts';
import { makeItem } from '../item/item.ts';
import type { ItemSource, Pulled } from './pull.ts';
import { Pull } from './pull.ts';

function makeOne(offset: number): Item {
  const value = Buffer.from('five!');
  const record: GroupRecord = { partition: 0, offset, key: null, value, timestampMs: 1, bytes: 5, headers: {} };
  return makeItem(record, { ok: true, record: {} }, { topic: 'rules' }, `id-${offset}`, 0);
}

interface Told {
  asked: number;
  readonly pushed: Item[];
  readonly counted: Item[];
}

function pulling(
  pulled: readonly Pulled[],
  { limits = { items: 2, bytes: 1_000 }, fails, rows }: Partial<Setting> = {},
) {
  const told: Told = { asked: 0, pushed: [], counted: [] };
  const source: ItemSource = {
    async *items() {
      for (const one of pulled) {
        told.asked += 1;
        yield one;
      }
      if (fails) throw fails;
    },
    decide: () => 'send',
    settled: () => rows,
    counted: (item) => void told.counted.push(item),
  };
  const ended = new AbortController();
  const into = {
    lanes: { push: (_key: string, item: Item) => void told.pushed.push(item) },
    rows: { add: (written: Promise<unknown>, then: () => void) => void written.then(then) },
  };
  const running = new Pull(source, into, limits, ended.signal).run();
  running.catch(() => undefined);
  return { told, ended, running };
}

interface Setting {
  readonly limits: { readonly items: number; readonly bytes: number };
  readonly fails: Error;
  readonly rows: Promise<unknown>;
}

const turns = async () => {
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
};
const items = (count: number): Pulled[] => Array.from({ length: count }, (_, offset) => ({ item: makeOne(offset) }));

test.each([
  ['items', { items: 2, bytes: 1_000 }],
  ['bytes', { items: 9, bytes: 10 }],
])('the source is asked for one more when there is room: by %s', async (_, limits) => {
  const { told, running } = pulling(items(5), { limits });
  await turns();
  expect([told.asked, told.pushed.length]).toEqual([2, 2]);
  for (let index = 0; index < 5; index += 1) {
    const item = told.pushed[index] as Item;
    item.pull?.settled(item);
    await turns();
    expect(told.asked).toBe(Math.min(5, index + 3));
  }
  await running;
  expect(told.counted.map(({ offset }) => offset)).toEqual([0, 1, 2, 3, 4]);
});

test('it is through when the last item is, and Kafka has the rows that it leaves', async () => {
  const rows = Promise.withResolvers<void>();
  const { told, running } = pulling(items(1), { rows: rows.promise });
  let isThrough = false;
  void running.then(() => (isThrough = true));
  await turns();
  const [item] = told.pushed as [Item];
  item.pull?.settled(item);
  await turns();
  expect([isThrough, told.counted.length]).toEqual([false, 0]);
  rows.resolve();
  await running;
  expect(told.counted).toEqual([item]);
});

test('an item that needs no turn enters no lane; one that is left makes room and does not count', async () => {
  const [passed, left] = items(2) as [Pulled, Pulled];
  const { told, running } = pulling([{ ...passed, rows: Promise.resolve() }, left]);
  await turns();
  expect([told.pushed, told.counted]).toEqual([[left.item], [passed.item]]);
  left.item.pull?.left(left.item);
  await running;
  expect(told.counted).toEqual([passed.item]);
});

test('a source that fails is told of when what was pulled before is settled', async () => {
  const { told, running } = pulling(items(1), { fails: new Error('Kafka is away') });
  let failure: unknown;
  running.catch((error) => (failure = error));
  await turns();
  expect(failure).toBeUndefined();
  const [item] = told.pushed as [Item];
  item.pull?.settled(item);
  await expect(running).rejects.toThrow('Kafka is away');
});

test('the end of the assignment ends it, whatever is in lanes', async () => {
  const { told, ended, running } = pulling(items(5));
  await turns();
  ended.abort(new Error('over'));
  await expect(running).rejects.toThrow('over');
  expect(told.asked).toBe(2);
});
