import { join } from 'node:path';
import { temporaryFolder } from '@ess/test/harness/temporary-folder.ts';
import { afterAll, expect, test } from '@jest/globals';
import type { RowToIndex } from './audit-file.ts';
import { AuditFile, NO_RULE } from './audit-file.ts';
import { AuditSearch } from './audit-search.ts';

const folder = temporaryFolder({ defer: afterAll });
const LOG = { clusterId: 'c1', topicId: 't1' };
/** A row is what its bytes say, as JSON: no registry is asked. */
const codec = {
  prepare: async () => undefined,
  decode: (value: Buffer | null) => ({ ok: true, record: JSON.parse(String(value)) }),
} as never;

const row = (offset: number, more: Partial<RowToIndex> = {}): RowToIndex => {
  const value = Buffer.from(JSON.stringify({ eventId: `event-${offset}`, deliveryId: `delivery-${offset % 100}` }));
  const named = { rule: `rule-${offset % 5}`, partner: offset % 2 ? 'clinic' : 'hospital', outcome: 'delivered' };
  return { partition: 0, offset, timestampMs: 1_000 + offset, ...named, value, ...more };
};

function searchOf(name: string, rows: readonly RowToIndex[], logNow = async () => LOG as typeof LOG | undefined) {
  const file = join(folder, name);
  using index = AuditFile.toWrite(file, LOG, new Map([[0, { from: 0, to: 0 }]]));
  index.add(0, rows, rows.length);
  return new AuditSearch({ codec, file, logNow });
}

async function all(search: AuditSearch, question: Parameters<AuditSearch['find']>[0], limit = 50): Promise<number[]> {
  const found: number[] = [];
  let behind = question.behind;
  do {
    const piece = await search.find({ ...question, ...(behind && { behind }) }, limit);
    found.push(...piece.found.map(({ record }) => record.offset));
    behind = piece.next;
  } while (behind);
  return found;
}

test('each row that is asked for is found once, the newest first, however many pieces that takes', async () => {
  const rows = Array.from({ length: 6_000 }, (_, offset) => row(offset));
  const search = searchOf('pieces', rows);
  const newestFirst = rows.map(({ offset }) => offset).toReversed();
  expect(await all(search, {}, 200)).toEqual(newestFirst);
  expect(await all(search, { partner: 'clinic', rule: 'rule-3' }, 7)).toEqual(newestFirst.filter((n) => n % 10 === 3));
  expect(await all(search, { id: 'event-17' })).toEqual([17]);
  expect(await all(search, { id: 'delivery-17' })).toEqual(newestFirst.filter((n) => n % 100 === 17));
  expect(await all(search, { sinceMs: 6_990 })).toEqual(newestFirst.slice(0, 10));
  expect(await all(search, { outcome: 'cut' })).toEqual([]);
  const sees = (partner: string) => partner === 'clinic';
  expect(await all(search, { rule: 'rule-3', sees }, 7)).toEqual(newestFirst.filter((n) => n % 10 === 3));
  expect(await all(search, { partner: 'hospital', sees }, 7)).toEqual([]);
  expect(await all(search, { rule: 'rule-3', sees: (_partner, outcome) => outcome === 'viewed' })).toEqual([]);
});

test('a row about no rule is found by its partner and outcome', async () => {
  const search = searchOf('positions', [row(0), row(1, { rule: NO_RULE, outcome: 'moved' }), row(2)]);
  expect(await all(search, { partner: 'clinic', outcome: 'moved' })).toEqual([1]);
});

test('an index that is not there, is of another log, or of a Kafka that gives no ids, is said to be', async () => {
  const absent = new AuditSearch({ codec, file: join(folder, 'absent'), logNow: async () => LOG });
  await expect(absent.find({}, 1)).rejects.toThrow(/begun in a moment/);
  const other = searchOf('other', [row(0)], async () => ({ ...LOG, topicId: 't2' }));
  await expect(other.find({}, 1)).rejects.toThrow(/another cluster or topic/);
  await expect(searchOf('none', [row(0)], async () => undefined).find({}, 1)).rejects.toThrow(/"ess audit"/);
});

test('Kafka is asked once which log it is, and again after it did not answer', async () => {
  let asked = 0;
  const search = searchOf('asked', [row(0)], async () => {
    asked += 1;
    if (asked === 1) throw new Error('away');
    return LOG;
  });
  await expect(search.find({}, 1)).rejects.toThrow('away');
  await search.find({}, 1);
  await search.find({}, 1);
  expect(asked).toBe(2);
});
