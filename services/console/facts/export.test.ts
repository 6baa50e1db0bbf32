import { exactNumber } from '@ess/domain/text/exact-number.ts';
import { expect, test } from '@jest/globals';
import type { ShownAttempt } from './attempts.ts';
import { csvLine, endOf, headOf, lineOf } from './export.ts';

const ROW: ShownAttempt = {
  ...{
    key: '1:2',
    at: '2026-11-29T03:12:44Z',
    publishedAt: null,
    partner: 'hospital',
    ruleId: '=cmd|calc',
    version: 7,
  },
  ...{
    outcome: 'deadLettered',
    attempt: 2,
    status: 422,
    durationMs: 1.5,
    reason: 'said "no",\nand more',
    eventId: null,
  },
  ...{ deliveryId: '-x', position: 'rules:3:1042', worker: 'w', replayId: null, bodyDigest: null },
};

test.each([
  ...['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx', ' =1', '\n=1+1', 'x;=HYPERLINK(1)', 'x\n@A1'],
  ...['＝1', '＋1', '－1', '＠A'],
])('a cell is no formula: %j', (text) => {
  const [cell = ''] = csvLine([text]).split('\r\n');
  expect(cell.replace(/^"/, '').startsWith("'")).toBe(true);
});

test('what other spreadsheets take for the end of a cell stays inside it, and the last line has a cell for each column', () => {
  expect(csvLine(['a;b'])).toBe('"a;b"\r\n');
  expect(endOf('csv', 'more').split(',')).toHaveLength(headOf('csv').split(',').length);
});

test('quotes, commas and lines stay inside their cell, numbers are numbers, and nothing is an empty cell', () => {
  expect(csvLine(['a"b', 'c,d', 'e\nf', -1, null, 'plain', ' x'])).toBe('"a""b","c,d","e\nf",-1,,plain," x"\r\n');
});

test('a version that no double holds has all of its digits', () => {
  expect(csvLine([exactNumber('9007199254740993')])).toBe('9007199254740993\r\n');
});

test('a row has a cell for each column of the head, and as JSON all of its fields', () => {
  expect(headOf('csv').startsWith('\ufeffat,publishedAt,partner,ruleId')).toBe(true);
  expect(lineOf('csv', ROW)).toBe(
    `2026-11-29T03:12:44Z,,hospital,'=cmd|calc,7,deadLettered,2,422,1.5,"said ""no"",\nand more",,'-x,rules:3:1042,w,,\r\n`,
  );
  const { key: _, ...fields } = ROW;
  expect([headOf('json'), JSON.parse(lineOf('json', ROW))]).toEqual(['', fields]);
});
