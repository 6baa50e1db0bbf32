import { expect, test } from '@jest/globals';
import type { BadLine } from './utf8-lines.ts';
import { LINE_MAX_BYTES, utf8Lines } from './utf8-lines.ts';

async function linesOf(...chunks: (string | Buffer)[]) {
  async function* bytes() {
    for (const chunk of chunks) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
  }
  const lines: (string | BadLine)[] = [];
  for await (const line of utf8Lines(bytes())) lines.push(line);
  return lines;
}
const EURO = Buffer.from('€');

test.each<[string, (string | Buffer)[], unknown[]]>([
  ['nothing', [], []],
  ['lines', ['a\nb\n'], ['a', 'b']],
  ['the last one without its end', ['a\nb'], ['a', 'b']],
  ['lines of Windows', ['a\r\nb\r\n'], ['a', 'b']],
  ['empty ones', ['\n\r\n\n'], ['', '', '']],
  ['pieces of one', ['{"a"', ':', '1}\n{'], ['{"a":1}', '{']],
  ['an end in two pieces', ['a\r', '\nb'], ['a', 'b']],
  ['a letter in two pieces', [EURO.subarray(0, 1), EURO.subarray(1)], ['€']],
  ['what other readers take for ends', ['a\u2028b\u2029c\u0085d\re\n'], ['a\u2028b\u2029c\u0085d\re']],
  ['a byte order mark, which whoever reads JSON knows', ['\ufeffa\n\ufeffb'], ['\ufeffa', '\ufeffb']],
  ['what is no UTF-8', [Buffer.from('gr\xfcn\nb', 'latin1')], [{ why: 'is not UTF-8' }, 'b']],
])('%s', async (_, chunks, lines) => {
  expect(await linesOf(...chunks)).toEqual(lines);
});

test('a line that is too long is passed over, and the others go on', async () => {
  const half = Buffer.alloc(LINE_MAX_BYTES / 2, 'x');
  const [longest, ...more] = await linesOf(half, half, '\na\n', half, half, 'y\nb');
  expect(longest).toHaveLength(LINE_MAX_BYTES);
  expect(more).toEqual(['a', { why: `is longer than ${LINE_MAX_BYTES} bytes` }, 'b']);
});
