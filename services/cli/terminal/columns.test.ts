import { expect, test } from '@jest/globals';
import { cut, pad, widthOf } from './columns.ts';
import { fixedLine, table } from './table.ts';

test.each([
  ['abc', 3],
  ['Müller', 6],
  ['e\u0301', 1],
  ['東京', 4],
  ['ｆｕｌｌ', 8],
  ['カタ', 4],
  ['ﾊﾝｶｸ', 4],
  ['한국', 4],
  ['🔥', 2],
])('%s is %i columns wide', (text, columns) => {
  expect(widthOf(text)).toBe(columns);
});

test('what does not fit is cut, escapes and wide characters counted as they are drawn', () => {
  expect(cut('abcdef', 6)).toBe('abcdef');
  expect(cut('abcdefg', 6)).toBe('abcde…');
  expect(cut('東京東京', 6)).toBe('東京…');
  expect(cut('a\u001b[31m', 8)).toBe('a\\u001b…');
  expect(cut('x'.repeat(1_000_000), 10)).toBe('xxxxxxxxx…');
  // A million marks over one letter are drawn as one column.
  expect(cut(`a${'\u0301'.repeat(1_000_000)}`, 10).length).toBeLessThanOrEqual(41);
  expect(cut('🔥'.repeat(50), 9)).toBe('🔥🔥🔥🔥…');
});

test('padding fills what is left', () => {
  expect(pad('東', 4)).toBe('東  ');
  expect(pad('12', 4, 'left')).toBe('  12');
  expect(pad('too long', 4)).toBe('too long');
});

test('a table keeps its columns whatever is in its cells', () => {
  const rows = table([
    ['rule', 'lag', ''],
    ['a\nb\u202e', '1', 'x'],
    ['東京', '20', 'y'],
    ['z'.repeat(500), '3', ''],
  ]);
  expect(rows).toHaveLength(4);
  expect(widthOf(rows[1] ?? '')).toBe(widthOf(rows[2] ?? ''));
  for (const row of rows) expect(row).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  expect(widthOf(rows[3] ?? '')).toBeLessThanOrEqual(90);
});

test('a line of fixed columns bounds its last one too', () => {
  expect(fixedLine([4, 4], ['ab', '東'], 'rest')).toBe('ab    東    rest');
  expect(widthOf(fixedLine([4], ['ab'], 'r'.repeat(10_000)))).toBeLessThan(600);
});
