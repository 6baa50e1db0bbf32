import { EventEmitter } from 'node:events';
import { expect, test } from '@jest/globals';
import type { FastifyReply } from 'fastify';
import { LongAnswers, OpenAnswers } from './long-answers.ts';
import { localSubject } from './rights/subject.ts';

const reply = () => ({ raw: new EventEmitter() }) as unknown as FastifyReply;
const asked = (key: string, isOver = () => false) => ({ subject: { ...localSubject(), key, isOver } });

test('one subject has so many at once, all together have so many, and a place is free again when its answer is through', () => {
  const answers = new LongAnswers(new OpenAnswers(), [2, 'two of yours'], [3, 'three of all']);
  const begin = (key: string) => answers.begin(asked(key), reply());
  const [first] = [begin('ann'), begin('ann')];
  expect(() => begin('ann')).toThrow(expect.objectContaining({ statusCode: 429, afterS: 2, message: 'two of yours' }));
  const bobs = begin('bob');
  expect(() => begin('cleo')).toThrow(expect.objectContaining({ statusCode: 503, afterS: 2, message: 'three of all' }));
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  begin('cleo');
  bobs[Symbol.dispose]();
  begin('ann');
  expect(() => begin('ann')).toThrow('two of yours');
});

test('an answer ends when its client leaves, when whoever asked is signed out, and when the right to it is gone', () => {
  const open = new OpenAnswers();
  const answers = new LongAnswers(open, [9, '']);
  let [isOver, may] = [false, true];
  const left = reply();
  const [one, two, three, four] = [
    answers.begin(asked('ann'), left),
    answers.begin(
      asked('ann', () => isOver),
      reply(),
    ),
    answers.begin(asked('ann'), reply(), () => may),
    answers.begin(asked('ann'), reply()),
  ];
  const ended = () => [one, two, three, four].map(({ signal }) => signal.aborted);
  left.raw.emit('close');
  open.look();
  expect(ended()).toEqual([true, false, false, false]);
  isOver = true;
  open.look();
  expect(ended()).toEqual([true, true, false, false]);
  may = false;
  open.look();
  expect(ended()).toEqual([true, true, true, false]);
  expect(two.signal.reason).toMatchObject({ statusCode: 401, message: expect.stringContaining('signed in no more') });
});
