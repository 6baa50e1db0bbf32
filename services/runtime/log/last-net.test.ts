import { expect, test } from '@jest/globals';
import { catchLate } from './last-net.ts';
import { createLog } from './log.ts';

test('a promise that nobody waited for is told, with what it failed of, and ends nothing', async () => {
  const lines: string[] = [];
  const before = process.listeners('unhandledRejection');
  const away = catchLate(createLog('test', { pretty: false, write: (line) => lines.push(line) }));
  const [listener] = process.listeners('unhandledRejection').filter((one) => !before.includes(one));
  listener?.(new Error('the sender is gone'), Promise.resolve());
  listener?.('a word', Promise.resolve());
  away();
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    expect.objectContaining({
      msg: 'promise.unhandled',
      level: 'error',
      error: 'Error: the sender is gone',
      stack: expect.stringContaining('last-net.test'),
    }),
    expect.objectContaining({ msg: 'promise.unhandled', error: 'Error: a word' }),
  ]);
  expect(process.listeners('unhandledRejection')).toEqual(before);
});
