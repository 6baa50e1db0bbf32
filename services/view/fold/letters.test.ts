import { expect, test } from '@jest/globals';
import { Letters } from './letters.ts';

test('a letter is open until something has come of it, and what a person has dropped is known as such', () => {
  const letters = new Letters();
  const of = { partner: 'p', ruleId: 'a', topic: 'rules', partition: 0, offset: 7 };
  letters.take({ ...of, version: 1, parkedAt: 5, reason: 'status-422' } as never, { partition: 0, offset: 3 });
  expect([letters.open('p', 'a')?.offset, letters.dropped('p', 'a')]).toEqual([7, undefined]);
  expect([letters.openOf('p', () => true), letters.openOf('p', ({ offset }) => offset > 3)]).toEqual([1, 0]);
  letters.settle({ ...of, state: 'dropped', times: 0, letterOffset: 3, at: 6, reason: null, redriveId: null } as never);
  expect([letters.open('p', 'a'), letters.dropped('p', 'a')?.offset]).toEqual([undefined, 7]);
  letters.settle({
    ...of,
    state: 'redriven',
    times: 1,
    letterOffset: 3,
    at: 7,
    reason: null,
    redriveId: null,
  } as never);
  expect([letters.open('p', 'a'), letters.dropped('p', 'a')]).toEqual([undefined, undefined]);
});
