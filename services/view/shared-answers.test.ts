import { expect, test } from '@jest/globals';
import { SharedAnswers } from './shared-answers.ts';

const never = new Promise<never>(() => undefined);

test('who asks the same while it is looked for has the same answer; another question has its own', async () => {
  const answers = new SharedAnswers();
  const { promise, resolve } = Promise.withResolvers<string>();
  const first = answers.of('a', () => promise);
  const second = answers.of('a', () => never);
  const other = answers.of('b', async () => 'of b');
  resolve('of a');
  expect(await Promise.all([first, second, other])).toEqual(['of a', 'of a', 'of b']);
});

test('what failed is looked for again, and so is what may not be shared any longer', async () => {
  const answers = new SharedAnswers();
  await expect(answers.of('a', () => Promise.reject(new Error('away')))).rejects.toThrow('away');
  expect(await answers.of('a', async () => 1)).toBe(1);
  const slow = () => new Promise<number>((resolve) => setTimeout(resolve, 50, 2));
  expect(await answers.of('b', slow)).toBe(2);
  expect(await answers.of('b', async () => 3)).toBe(2); // within ten times 50 ms
  const isOver = (answer: number) => answer === 2;
  expect(await answers.of('b', async () => 3, isOver)).toBe(3);
});

test('a few answers are kept, and the oldest goes first', async () => {
  const answers = new SharedAnswers();
  const slow = (answer: string) => () => new Promise<string>((resolve) => setTimeout(resolve, 50, answer));
  await Promise.all(['a', 'b', 'c', 'd', 'e'].map((question) => answers.of(question, slow(question))));
  expect(await answers.of('e', async () => 'anew')).toBe('e');
  expect(await answers.of('a', async () => 'anew')).toBe('anew');
});
