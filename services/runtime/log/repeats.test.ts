import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { createLog } from './log.ts';

beforeEach(() => void jest.useFakeTimers({ doNotFake: ['performance', 'nextTick'] }));
afterEach(() => void jest.useRealTimers());

function open() {
  const lines: Array<Record<string, unknown>> = [];
  const log = createLog('test', { pretty: false, write: (line) => lines.push(JSON.parse(line)) });
  return { log, lines, told: () => lines.map(({ offset, more }) => [offset, ...(more === undefined ? [] : [more])]) };
}

test('the first is told at once, then the last of every five seconds with the number of those beside it, until it ends', () => {
  const { log, told } = open();
  for (let offset = 0; offset < 260; offset += 1) log.error({ topic: 't', offset, error: `at t:${offset}` }, 'bad');
  expect(told()).toEqual([[0]]);
  jest.advanceTimersByTime(5_000);
  expect(told()).toEqual([[0], [259, 258]]);
  log.error({ topic: 't', offset: 260, error: 'at t:260' }, 'bad');
  jest.advanceTimersByTime(5_000);
  expect(told()).toEqual([[0], [259, 258], [260]]);
  jest.advanceTimersByTime(60_000);
  log.error({ topic: 't', offset: 261, error: 'at t:261' }, 'bad');
  expect(told()).toEqual([[0], [259, 258], [260], [261]]);
});

test.each([
  ['partner', { partner: 'b' }],
  ['topic', { topic: 'u' }],
  ['partition', { partition: 1 }],
  ['group', { group: 'h' }],
  ['cause', { error: 'another' }],
])('another %s is another trouble', (_name, other) => {
  const { log, lines } = open();
  const trouble = { partner: 'a', topic: 't', partition: 0, group: 'g', error: 'one' };
  log.warn(trouble, 'trouble');
  log.warn({ ...trouble, ...other }, 'trouble');
  expect(lines).toHaveLength(2);
});

test('a partner that a child of the log has in all its lines counts', () => {
  const { log, lines } = open();
  for (const partner of ['a', 'b', 'a']) log.child({ partner }).warn({}, 'trouble');
  expect(lines.map(({ partner }) => partner)).toEqual(['a', 'b']);
});

test('what is no trouble is told each time', () => {
  const { log, lines } = open();
  for (let time = 0; time < 3; time += 1) log.info({}, 'delivered');
  expect(lines).toHaveLength(3);
});

test('so many troubles at a time are told apart; the rest of an event of one partition is one', () => {
  const { log, lines } = open();
  for (let text = 0; text < 2_000; text += 1) log.warn({ topic: 't', error: 'x'.repeat(text) }, 'trouble');
  log.warn({ topic: 'u', error: 'one more' }, 'trouble');
  expect(lines).toHaveLength(502);
});

test.each(['source.held', 'partner.held', 'records.unreadable', 'retention.lost'])('%s is told each time', (event) => {
  const { log, lines } = open();
  for (let time = 0; time < 2; time += 1) log.warn({ partner: 'a' }, event);
  expect(lines).toHaveLength(2);
});

test.each([
  ['answered 401', 'answered 503', 2],
  ['offset 12345 of a:0', 'offset 12399 of a:7', 1],
])('%p and %p are %p troubles', (one, other, count) => {
  const { log, lines } = open();
  for (const error of [one, other]) log.warn({ error }, 'trouble');
  expect(lines).toHaveLength(count);
});
