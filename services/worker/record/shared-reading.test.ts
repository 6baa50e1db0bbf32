import { expect, test } from '@jest/globals';
import { SharedReading } from './shared-reading.ts';

test('who asks at the same time shares a reading; who asks while one runs shares the next; each hears of its own', async () => {
  const ends: Array<(at: readonly number[]) => void> = [];
  const tells: Array<(of: string, found: number) => void> = [];
  const shared: string[][] = [];
  const reading = new SharedReading<number>((names, tell) => {
    shared.push([...names]);
    tells.push(tell);
    return new Promise((resolve) => void ends.push(resolve));
  });
  const heard: string[] = [];
  const ask = (name: string) => reading.of(name, (found) => void heard.push(`${name}${found}`));
  const first = [ask('a'), ask('b'), ask('a')];
  await new Promise((resolve) => setImmediate(resolve));
  const later = ask('c');
  tells[0]?.('a', 1);
  tells[0]?.('c', 2);
  expect([tells.length, heard]).toEqual([1, ['a1', 'a1']]);
  ends[0]?.([7]);
  expect(await Promise.all(first)).toEqual([[7], [7], [7]]);
  await new Promise((resolve) => setImmediate(resolve));
  tells[1]?.('c', 3);
  ends[1]?.([9]);
  expect([await later, heard, shared]).toEqual([[9], ['a1', 'a1', 'c3'], [['a', 'b'], ['c']]]);
});
