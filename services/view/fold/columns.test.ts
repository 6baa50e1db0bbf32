import { expect, test } from '@jest/globals';
import { NumberColumn, PlacedColumn, Texts } from './columns.ts';
import type { PartsIn, PartsOut } from './parts.ts';
import { BLOCK_ROWS } from './parts.ts';
import { RowNames } from './row-names.ts';

/** Keeps what it is given, the newest of each name. */
function shelf() {
  const values = new Map<string, string>();
  const blocks = new Map<string, Map<number, Uint8Array>>();
  let written: string[] = [];
  const out = (whole: boolean): PartsOut => ({
    whole,
    value: (name, value) => values.set(name, JSON.stringify(value)),
    block(name, index, bytes) {
      written.push(`${name}:${index}`);
      blocks.set(name, (blocks.get(name) ?? new Map()).set(index, bytes));
    },
  });
  const from: PartsIn = {
    value: (name) => JSON.parse(values.get(name) ?? ''),
    blocks: (name) => blocks.get(name) ?? [],
  };
  return {
    out,
    from,
    /** Blocks since the last call. */
    written(): string[] {
      const names = written;
      written = [];
      return names;
    },
  };
}

test('of a column only the blocks are kept again in which something has changed, and all of it comes back', () => {
  const { out, from, written } = shelf();
  const column = new NumberColumn(-1);
  const rows = 3 * BLOCK_ROWS;
  for (let row = 0; row < rows; row += 1) column.set(row, row * 1.5);
  column.save(out(false), 'c');
  expect(written()).toEqual(['c:0', 'c:1', 'c:2']);
  column.set(BLOCK_ROWS, 7);
  column.set(5 * BLOCK_ROWS, 8);
  column.save(out(false), 'c');
  expect(written()).toEqual(['c:1', 'c:5']);
  column.save(out(false), 'c');
  expect(written()).toEqual([]);
  const again = new NumberColumn(-1);
  again.load(from, 'c');
  for (let row = 0; row <= 5 * BLOCK_ROWS + 1; row += 1) expect(again.get(row)).toBe(column.get(row));
  again.save(out(false), 'c');
  expect(written()).toEqual([]);
  again.save(out(true), 'c');
  expect(written()).toEqual(['c:0', 'c:1', 'c:2', 'c:5']);
});

test('versions come back exact, with the places of their records', () => {
  const { out, from } = shelf();
  const texts = new Texts();
  const column = new PlacedColumn(texts);
  const placed = [
    { version: 3, topic: 'rules', topicId: 'log-1', partition: 2, offset: 9 },
    { version: 2n ** 60n + 1n, topic: 'rules.latest', topicId: null, partition: 0, offset: 0 },
  ];
  for (const [row, one] of placed.entries()) column.set(row, one);
  texts.save(out(false), 't');
  column.save(out(false), 'c');
  const textsAgain = new Texts();
  textsAgain.load(from, 't');
  const again = new PlacedColumn(textsAgain);
  again.load(from, 'c');
  expect([again.get(0), again.get(1), again.get(2)]).toEqual([...placed, undefined]);
});

test('rules keep their rows, whatever they are called, and new ones go behind them', () => {
  const { out, from, written } = shelf();
  const names = new RowNames();
  const called = ['a', '', '\ud800', '"quoted"', '\u{1f525}', 'base64:AAE='];
  for (const name of called) names.rowOf(name);
  names.save(out(false), 'n');
  for (let row = 0; row < BLOCK_ROWS; row += 1) names.rowOf(`rule-${row}`);
  names.save(out(false), 'n');
  names.save(out(false), 'n');
  expect(written()).toEqual(['n:0', 'n:0', 'n:1']);
  const again = new RowNames();
  again.load(from, 'n');
  expect(again.size).toBe(names.size);
  for (const name of called) expect(again.find(name)).toBe(names.find(name));
  expect(again.nameOf(BLOCK_ROWS)).toBe(names.nameOf(BLOCK_ROWS));
  again.rowOf('new');
  again.save(out(false), 'n');
  expect(written()).toEqual(['n:1']);
});

test('a column that is cleared comes back without its rows', () => {
  const { out, from } = shelf();
  const texts = new Texts();
  const column = new PlacedColumn(texts);
  for (const [row, version] of [3, 2n ** 60n].entries())
    column.set(row, { version, topic: 'rules', partition: 0, offset: 9 });
  column.save(out(false), 'c');
  column.clear();
  column.save(out(false), 'c');
  const again = new PlacedColumn(texts);
  again.load(from, 'c');
  for (const one of [column, again]) expect([one.get(0), one.get(1)]).toEqual([undefined, undefined]);
});
