import { expect, test } from '@jest/globals';
import { LINE_BYTES_MAX, LogLines } from './log-lines.ts';

/** What comes of these pieces, and of the end. */
function linesOf(...pieces: readonly string[]) {
  const lines = new LogLines();
  const found = [...pieces.flatMap((piece) => lines.push(Buffer.from(piece))), ...lines.end()];
  return found.map(({ bytes, lost }) => (lost > 0 ? { text: `${bytes}`, lost } : `${bytes}`));
}

test('lines come whole, however they were cut into pieces', () => {
  const text = 'one\ntwo\n\nthr\u00e9e\nlast';
  for (let bytes = 1; bytes < text.length; bytes += 1) {
    const lines = new LogLines();
    const whole = Buffer.from(text);
    const found: string[] = [];
    for (let at = 0; at < whole.length; at += bytes)
      for (const { bytes: line } of lines.push(whole.subarray(at, at + bytes))) found.push(`${line}`);
    expect(found).toEqual(['one', 'two', 'thr\u00e9e']);
    expect(lines.end().map(({ bytes: line }) => `${line}`)).toEqual(['last']);
  }
});

test('a line without an end takes no more memory than its beginning, and the next one is whole', () => {
  const mega = 'x'.repeat(LINE_BYTES_MAX);
  expect(linesOf(mega, mega, 'y\nnext\n')).toEqual([{ text: mega, lost: LINE_BYTES_MAX + 1 }, 'next']);
  expect(linesOf(mega, '\n')).toEqual([mega]);
});

test('where nothing was written there is no line', () => {
  expect(linesOf()).toEqual([]);
  expect(linesOf('\n\n')).toEqual([]);
});
