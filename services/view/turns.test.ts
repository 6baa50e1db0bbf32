import { expect, test } from '@jest/globals';
import { Turns } from './turns.ts';

test('steps of one name go one after another, those of another name beside them; one that fails stops none', async () => {
  const turns = new Turns();
  const done: string[] = [];
  const first = Promise.withResolvers<void>();
  const a = turns.take('a', () => first.promise.then(() => void done.push('a1')));
  const failing = turns.take('a', () => Promise.reject(new Error('a2')));
  const last = turns.take('a', async () => void done.push('a3'));
  await turns.take('b', async () => void done.push('b'));
  expect(done).toEqual(['b']);
  first.resolve();
  await a;
  await expect(failing).rejects.toThrow('a2');
  await last;
  expect(done).toEqual(['b', 'a1', 'a3']);
});
