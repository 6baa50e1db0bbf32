import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@ess/test/harness/temporary-folder.ts';
import { afterAll, expect, test } from '@jest/globals';
import type { Reach, RowToIndex } from './audit-file.ts';
import { AuditFile, NO_RULE } from './audit-file.ts';

const folder = temporaryFolder({ defer: afterAll });
let files = 0;
const newFile = (): string => join(folder, `audit-${files++}`);
const LOG = { clusterId: 'c1', topicId: 't1' };

const row = (partition: number, offset: number, rule = `rule-${offset % 5}`, outcome = 'delivered'): RowToIndex => ({
  partition,
  offset,
  timestampMs: 1_000 + offset,
  rule,
  partner: `partner-${offset % 2}`,
  outcome,
  value: new Uint8Array(300).fill(offset % 256),
});
const rowsOf = (partition: number, from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => row(partition, from + index));
const beginning = () => new Map([0, 1].map((partition) => [partition, { from: 10, to: 10 }]));
const offsets = (found: Iterable<{ offset: number }>) => [...found].map(({ offset }) => offset);

test('rows are found by rule and by outcome, as they were written, and how far they reach is known to who comes next', () => {
  const file = newFile();
  {
    using index = AuditFile.toWrite(file, LOG, beginning());
    index.add(0, rowsOf(0, 10, 20), 22);
    index.add(1, [row(1, 10, 'rule-1', 'deadLettered'), row(1, 11, 'rule-1', 'retried')], 12);
  }
  {
    using again = AuditFile.toWrite(file, LOG);
    again.add(0, [row(0, 24, NO_RULE, 'cut'), row(0, 25, 'rule-1')], 26);
    again.add(0, [row(0, 25, 'rule-1')], 26);
  }
  using index = AuditFile.toRead(file, LOG);
  expect([...index.reaches]).toEqual([
    [0, { from: 10, to: 26 }],
    [1, { from: 10, to: 12 }],
  ]);
  expect(offsets(index.ofRule('rule-1'))).toEqual([11, 16, 25, 10, 11]);
  expect([...index.ofRule('rule-1')][0]).toMatchObject({ partition: 0, timestampMs: 1_011, value: row(0, 11).value });
  expect(offsets(index.ofOutcomes('deadLettered', 'cut'))).toEqual([10]);
  expect(index.sinceMs).toBe(1_010);
});

test('a partition that is there from its very first row takes nothing from how far back all is known', () => {
  const since = (reaches: Map<number, Reach>): number | undefined => {
    using index = AuditFile.toWrite(newFile(), LOG, reaches);
    index.add(0, rowsOf(0, 10, 20), 20);
    index.add(1, rowsOf(1, 15, 20), 20);
    return index.sinceMs;
  };
  const [whole, cut] = [0, 10].map((from) => ({ from, to: 10 })) as [Reach, Reach];
  expect(since(new Map([whole, whole].entries()))).toBe(1_010);
  expect(since(new Map([cut, whole].entries()))).toBe(1_010);
  expect(since(new Map([whole, cut].entries()))).toBe(1_015);
});

test('the newest come first, of all or of one rule, and the next piece begins where the last one ended', () => {
  using index = AuditFile.toWrite(newFile(), LOG, beginning());
  index.add(0, rowsOf(0, 10, 20), 20);
  index.add(1, rowsOf(1, 10, 20), 20);
  const places = (found: Iterable<{ partition: number; offset: number }>) =>
    [...found].map(({ partition, offset }) => `${partition}:${offset}`);
  expect(places(index.newest()).slice(0, 4)).toEqual(['1:19', '0:19', '1:18', '0:18']);
  const behind = { timestampMs: 1_018, partition: 1, offset: 18 };
  expect(places(index.newest(undefined, behind)).slice(0, 2)).toEqual(['0:18', '1:17']);
  expect(places(index.newest('rule-3'))).toEqual(['1:18', '0:18', '1:13', '0:13']);
  expect(places(index.newest('rule-3', behind))).toEqual(['0:18', '1:13', '0:13']);
  expect(places(index.newest("' OR 1 = 1 --"))).toEqual([]);
  expect([...index.newest()][0]).toMatchObject({ partner: 'partner-1', outcome: 'delivered' });
});

test('a file that is too large loses its oldest rows, of every partition, and says how far it reaches', () => {
  const file = newFile();
  using index = AuditFile.toWrite(file, LOG, beginning());
  index.add(0, rowsOf(0, 10, 2_010), 2_010);
  index.add(1, rowsOf(1, 10, 2_010), 2_010);
  const { bytes } = index;
  expect(index.trim(bytes)).toBe(false);
  expect(index.trim(bytes / 2)).toBe(true);
  expect(index.bytes).toBeLessThanOrEqual(bytes / 2);
  for (const partition of [0, 1]) {
    const { from = 0, to } = index.reaches.get(partition) ?? {};
    expect([from > 10, to]).toEqual([true, 2_010]);
    const kept = [...index.ofOutcomes('delivered')].filter((one) => one.partition === partition);
    expect([kept[0]?.offset, kept.length]).toEqual([from, 2_010 - from]);
    expect(index.sinceMs).toBe(1_000 + from);
  }
  expect(index.trim(1)).toBe(true); // less than it can be: it is empty, and that is the end of it
  expect(offsets(index.ofOutcomes('delivered'))).toEqual([]);
});

test('an index of another log, or one that is damaged, is of no use and says so', () => {
  const file = newFile();
  {
    using index = AuditFile.toWrite(file, LOG, beginning());
    index.add(0, rowsOf(0, 10, 500), 500);
  }
  expect(() => AuditFile.toRead(file, { ...LOG, topicId: 't2' })).toThrow(/another cluster or topic/);
  expect(() => AuditFile.toWrite(file, { ...LOG, clusterId: 'c2' })).toThrow(/another cluster or topic/);
  const foreign = newFile();
  writeFileSync(foreign, 'something else\n'.repeat(500));
  expect(() => AuditFile.toRead(foreign, LOG)).toThrow();
  expect(() => AuditFile.toWrite(foreign, LOG)).toThrow();
  expect(readFileSync(foreign, 'utf8')).toMatch(/^something else/);

  const damaged = newFile();
  copyFileSync(file, damaged);
  const bytes = readFileSync(damaged);
  // SQLite leaves a copy behind where it has split a page.
  for (let at = bytes.indexOf(row(0, 77).value); at >= 0; at = bytes.indexOf(row(0, 77).value))
    bytes.fill(0x5a, at + 10, at + 20);
  writeFileSync(damaged, bytes);
  using index = AuditFile.toRead(damaged, LOG);
  expect(() => [...index.ofOutcomes('delivered')]).toThrow(/row 0:77 is damaged/);
});
