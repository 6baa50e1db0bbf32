import { expect, test } from '@jest/globals';
import type { LogNow, TopicLog } from './topic-log.ts';
import { anotherLog, asksForRecordBefore } from './topic-log.ts';

/** A position of 10 with what is written beside it, and the log as it is now, which ends at 20. */
test.each<[string, TopicLog | undefined, Partial<LogNow>, RegExp | undefined]>([
  ['the same id', { id: 'a', at: 1 }, { id: 'a' }, undefined],
  ['another id', { id: 'a', at: 1 }, { id: 'b' }, /made anew: its id was a and is b/],
  ['another id, the record before has the same time', { id: 'a', at: 1 }, { id: 'b', at: 1 }, /made anew/],
  ['the same id, the record before has another time', { id: 'a', at: 1 }, { id: 'a', at: 2 }, undefined],
  ['no id was written', { at: 1 }, { id: 'b' }, undefined],
  ['no id was written: the record before is not judged where there are ids', { at: 1 }, { id: 'b', at: 2 }, undefined],
  ['nothing was written', undefined, { id: 'b' }, undefined],
  ['nothing was written, and no ids now', undefined, { at: 2 }, undefined],
  ['no ids now, the record before has the same time', { id: 'a', at: 1 }, { at: 1 }, undefined],
  [
    'no ids now, the record before has another time',
    { id: 'a', at: 1 },
    { at: 2 },
    /another one: its time was 1 and is 2/,
  ],
  ['no ids now, and the record before is gone', { id: 'a', at: 1 }, {}, undefined],
  ['no ids now, and no time was written', { id: 'a' }, { at: 2 }, undefined],
  ['the position is the end', { id: 'a' }, { id: 'a', end: 10 }, undefined],
  ['the position is beyond the end, same id', { id: 'a' }, { id: 'a', end: 9 }, /10 lies beyond the end of the log, 9/],
  ['the position is beyond the end, nothing was written', undefined, { end: 0 }, /beyond the end of the log, 0/],
])('%s', (_name, before, now, expected) => {
  const verdict = anotherLog(10, before, { id: undefined, end: 20, at: undefined, ...now });
  if (expected) expect(verdict).toMatch(expected);
  else expect(verdict).toBeUndefined();
});

test('the record before the position is asked for only where it would decide', () => {
  expect([
    asksForRecordBefore({ at: 1 }, undefined),
    asksForRecordBefore({ at: 1 }, 'a'),
    asksForRecordBefore({ id: 'a' }, undefined),
    asksForRecordBefore(undefined, undefined),
  ]).toEqual([true, false, false, false]);
});
