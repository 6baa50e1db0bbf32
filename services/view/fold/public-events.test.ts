import { expect, test } from '@jest/globals';
import { PublicEvents } from './public-events.ts';

const newest = (version: number, topic = 'rules') => ({
  ...{ version, topic, partition: 0, offset: 99, publishedAtMs: 7, isWithdrawn: false },
});
const at = (offset: number) => ({ partition: 0, offset, timestampMs: 1_000 + offset });

test('a rule is public with its newest version, and one whose event has expired lay before all that are kept', () => {
  const events = new PublicEvents();
  expect(events.of('a', newest(1))).toBeUndefined();
  events.take({ ruleId: 'a', version: 1 }, at(10));
  expect(events.of('a', newest(1))).toMatchObject(at(10));
  expect(events.of('a', newest(2))).toBeUndefined();
  events.take({ ruleId: 'a', version: 2 }, at(12));
  events.take({ ruleId: 'a', version: 1 }, at(13));
  expect(events.of('a', newest(2))).toMatchObject(at(12));
  expect(events.of('old', newest(5))).toBeUndefined();
  expect(events.of('old', newest(5, 'rules.latest'))).toEqual({ partition: 0, offset: 9, timestampMs: 7 });
});
