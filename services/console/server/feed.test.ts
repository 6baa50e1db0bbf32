import { afterEach, expect, jest, test } from '@jest/globals';
import type { FastifyReply } from 'fastify';
import type { Overview } from '../facts/overview.ts';
import type { LongAnswer } from '../long-answers.ts';
import { localSubject } from '../rights/subject.ts';
import { Feed } from './feed.ts';

afterEach(() => void jest.useRealTimers());

test('a look that fails is told, and those who listen are told by the next one', async () => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
  const turned = () => new Promise(setImmediate);
  const faults: unknown[] = [];
  const heard: string[] = [];
  const write = (text: string) => heard.push(text);
  const raw = { setHeader: () => undefined, writeHead: () => undefined, write, end: () => undefined };
  const reply = { hijack: () => ({ raw }), getHeaders: () => ({}) } as unknown as FastifyReply;
  const answer: LongAnswer = { signal: new AbortController().signal, [Symbol.dispose]: () => undefined };
  const fault = new RangeError('no time');
  const look = jest.fn<() => Promise<Overview>>();
  look.mockRejectedValueOnce(fault).mockResolvedValue({ at: 'now', behindSeconds: 0, partners: [] });
  using feed = new Feed(
    look,
    (_subject, all) => all,
    (error) => faults.push(error),
  );
  feed.add(reply, localSubject(), answer);
  await turned();
  expect([faults, heard]).toEqual([[fault], []]);
  jest.runOnlyPendingTimers();
  await turned();
  expect(heard).toEqual([expect.stringContaining('"at":"now"')]);
});
