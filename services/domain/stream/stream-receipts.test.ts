import type { ClientReceipt, StreamState } from '@ess/schemas/generated/types.ts';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CLIENTS_MAX, PartnerReceipts } from './partner-receipts.ts';
import { StreamReceipts } from './stream-receipts.ts';

const DAY_MS = 86_400_000;
const NOW_MS = 1_795_000_000_000;

/** One thing that one client said. */
interface Said {
  readonly client: string;
  readonly offsets: readonly number[];
  readonly time: number | null;
  readonly atMs: number;
}

const receiptOf = ({ client, offsets, time, atMs }: Said): ClientReceipt => ({
  client,
  offsets: [...offsets],
  time,
  broughtAt: atMs,
  seenAt: atMs,
});
const rowOf = (said: readonly Said[], topicId: string | null = 'log', partner = 'kiosk'): StreamState => {
  const known = new PartnerReceipts(partner);
  if (topicId !== null) known.enterLog(topicId);
  for (const one of said) known.note(receiptOf(one));
  return known.row(NOW_MS);
};
const foldOf = (...rows: readonly StreamState[]): StreamReceipts => {
  const receipts = new StreamReceipts();
  for (const row of rows) receipts.take(row);
  return receipts;
};
const said = (client: string, offsets: readonly number[], more: Partial<Said> = {}): Said => ({
  client,
  offsets,
  time: null,
  atMs: NOW_MS,
  ...more,
});
const at = (partition: number, offset: number, timestampMs = NOW_MS) => ({ partition, offset, timestampMs });
const any = { nowMs: NOW_MS };
const all = { clients: 'all', nowMs: NOW_MS } as const;

const SAID = fc.record({
  client: fc.constantFrom('', 'north', 'south'),
  offsets: fc.array(fc.nat(5), { maxLength: 3 }),
  time: fc.option(fc.integer({ min: NOW_MS - 5, max: NOW_MS })),
  atMs: fc.integer({ min: NOW_MS - 2 * DAY_MS, max: NOW_MS }),
});
const EVENT = fc.record({
  partition: fc.nat(3),
  offset: fc.nat(6),
  timestampMs: fc.integer({ min: NOW_MS - 6, max: NOW_MS }),
});
/** What was said, as rows of several bridges, each said several times, in any order. */
const ROWS = fc.array(SAID, { maxLength: 12 }).chain((everything) =>
  fc
    .array(fc.subarray(everything), { maxLength: 4 })
    .chain((parts) => fc.shuffledSubarray([...parts, everything], { minLength: parts.length + 1 }))
    .map((parts) => ({ everything, rows: parts.map((part) => rowOf(part)) })),
);
/** Written apart from the code: one saying alone, or several of one client, cover an event. */
const covers = ({ offsets, time }: Said, event: ReturnType<typeof at>) =>
  event.offset < (offsets[event.partition] ?? 0) || (time !== null && event.timestampMs < time);

test('the partner has what any client ever said, in whatever order and however often rows of bridges come', () => {
  fc.assert(
    fc.property(ROWS, EVENT, ({ everything, rows }, event) => {
      const has = foldOf(...rows)
        .of('kiosk', any)
        .has(event);
      expect(has).toBe(everything.some((one) => covers(one, event)));
    }),
  );
});

test('with all, it has what each client has that was seen within a day; one that has gone counts no more', () => {
  fc.assert(
    fc.property(ROWS, EVENT, ({ everything, rows }, event) => {
      const receipt = foldOf(...rows).of('kiosk', all);
      const lastSeen = (name: string) =>
        Math.max(...everything.flatMap(({ client, atMs }) => (client === name ? atMs : [])));
      const names = [...new Set(everything.map(({ client }) => client))];
      const newest = Math.max(...names.map(lastSeen));
      const until = newest > NOW_MS - DAY_MS ? NOW_MS : newest;
      const counted = names.filter((name) => lastSeen(name) > until - DAY_MS);
      const holds = (name: string) => everything.some((one) => one.client === name && covers(one, event));
      expect(receipt.has(event)).toBe(counted.length > 0 && counted.every(holds));
      expect(receipt.lacking(event)).toEqual(counted.filter((name) => !holds(name)).sort());
    }),
  );
});

test('what it had it has, whatever row of this log comes', () => {
  fc.assert(
    fc.property(ROWS, fc.array(SAID), EVENT, ({ rows }, later, event) => {
      const receipts = foldOf(...rows);
      const before = receipts.of('kiosk', any).has(event);
      receipts.take(rowOf(later));
      if (before) expect(receipts.of('kiosk', any).has(event)).toBe(true);
    }),
  );
});

test('a partner of which nothing is written has nothing, and with all neither has one without clients', () => {
  const receipts = foldOf(rowOf([]));
  for (const partner of ['kiosk', 'nobody'])
    for (const asked of [any, all]) {
      expect(receipts.of(partner, asked).has(at(0, 0, 0))).toBe(false);
      expect(receipts.of(partner, asked).broughtAtMs).toBeUndefined();
    }
});

test('partners do not mix', () => {
  const receipts = foldOf(rowOf([said('', [5])], 'log', 'one'), rowOf([said('', [0, 5])], 'log', 'two'));
  const has = (partner: string, partition: number) => receipts.of(partner, any).has(at(partition, 4));
  expect([has('one', 0), has('one', 1), has('two', 0), has('two', 1)]).toEqual([true, false, false, true]);
});

test('a time counts for records that are older, and never for one of the same time', () => {
  const receipt = foldOf(rowOf([said('', [], { time: NOW_MS })])).of('kiosk', any);
  expect([receipt.has(at(7, 99, NOW_MS - 1)), receipt.has(at(7, 99, NOW_MS))]).toEqual([true, false]);
});

test('offsets of another log do not count, times do', () => {
  const receipts = foldOf(rowOf([said('', [5], { time: 10 })], 'old'));
  const has = (topicId: string | undefined, timestampMs: number) =>
    receipts.of('kiosk', { ...any, topicId }).has(at(0, 4, timestampMs));
  expect([has('old', 20), has(undefined, 20), has('new', 20), has('new', 9)]).toEqual([true, true, false, true]);
  // A row of the new log: what was said of the old one is over, for each client.
  receipts.take(rowOf([said('north', [2])], 'new'));
  expect([has('new', 20), receipts.of('kiosk', any).has(at(0, 1, 20))]).toEqual([false, true]);
  receipts.take(rowOf([said('', [1])], null));
  expect(receipts.of('kiosk', { ...any, topicId: 'new' }).has(at(0, 1, 20))).toBe(true);
});

test('a partner that was off for days has what its clients had that went last', () => {
  const days = (count: number) => ({ atMs: NOW_MS - count * DAY_MS });
  const receipts = foldOf(
    rowOf([said('gone', [1], days(5)), said('north', [3], days(3)), said('south', [4], days(3))]),
  );
  const receipt = receipts.of('kiosk', all);
  expect(receipt.clients.map(({ client }) => client)).toEqual(['north', 'south']);
  expect([receipt.has(at(0, 2)), receipt.has(at(0, 3)), receipt.lacking(at(0, 3))]).toEqual([true, false, ['north']]);
  expect(receipt.broughtAtMs).toBe(NOW_MS - 3 * DAY_MS);
});

test('clients are bounded, oldest first out, and what any of them had stays', () => {
  const names = Array.from({ length: CLIENTS_MAX + 20 }, (_, index) => `c${index}`);
  const everybody = names.map((name, index) =>
    said(name, index === 0 ? [9] : [1], { atMs: NOW_MS - names.length + index }),
  );
  for (const row of [rowOf(everybody), rowOf([...everybody].reverse())]) {
    expect(row.clients).toHaveLength(CLIENTS_MAX);
    expect(new Set(row.clients.map(({ client }) => client))).toEqual(new Set(names.slice(20)));
    expect(foldOf(row).of('kiosk', any).has(at(0, 8))).toBe(true);
    expect(foldOf(row).of('kiosk', all).has(at(0, 8))).toBe(false);
  }
});
