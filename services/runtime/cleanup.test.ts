import { expect, test } from '@jest/globals';
import { Cleanup } from './cleanup.ts';

test('steps run in reverse, each after the one before has ended', async () => {
  const steps: string[] = [];
  {
    await using cleanup = new Cleanup();
    cleanup.defer(() => steps.push('first opened'));
    cleanup.defer(async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      steps.push('second opened');
    });
    cleanup.defer(() => steps.push('third opened'));
  }
  expect(steps).toEqual(['third opened', 'second opened', 'first opened']);
});

test('a step that fails is reported and skips no other', async () => {
  const steps: string[] = [];
  const reported: unknown[] = [];
  const cleanup = new Cleanup((error) => reported.push(String(error)));
  cleanup.defer(() => steps.push('a'));
  cleanup.defer(() => {
    throw new Error('thrown');
  });
  cleanup.defer(() => Promise.reject(new Error('rejected')));
  cleanup.defer(() => steps.push('b'));
  await cleanup[Symbol.asyncDispose]();
  expect(steps).toEqual(['b', 'a']);
  expect(reported).toEqual(['Error: rejected', 'Error: thrown']);
});

test('steps run once, also when it is disposed twice', async () => {
  let runs = 0;
  const cleanup = new Cleanup();
  cleanup.defer(() => (runs += 1));
  await Promise.all([cleanup[Symbol.asyncDispose](), cleanup[Symbol.asyncDispose]()]);
  expect(runs).toBe(1);
});

test('they run when the block throws, and the error of the block is what is seen', async () => {
  const steps: string[] = [];
  const run = async () => {
    await using cleanup = new Cleanup(() => steps.push('reported'));
    cleanup.defer(() => Promise.reject(new Error('while closing')));
    throw new Error('of the block');
  };
  await expect(run()).rejects.toThrow('of the block');
  expect(steps).toEqual(['reported']);
});
