import { expect, test } from '@jest/globals';
import { PublicEvents } from './public-events.ts';

const newest = (topic: string) => ({
  ...{ version: 5, topic, partition: 0, offset: 99, publishedAtMs: 7, isWithdrawn: false },
});

test('a rule in force whose event has expired lay before all that are kept; any other has an event, or will have one', () => {
  const events = new PublicEvents();
  events.take('a', { partition: 0, offset: 10, timestampMs: 1_010 });
  events.take('b', { partition: 0, offset: 11, timestampMs: 1_011 });
  expect(events.expired('old', newest('rules.latest'))).toEqual({ partition: 0, offset: 9, timestampMs: 7 });
  expect(events.expired('new', newest('rules'))).toBeUndefined();
  expect(events.expired('a', newest('rules.latest'))).toBeUndefined();
});
