import { describe, expect, test } from '@jest/globals';
import { classifyStatus } from './outcome.ts';

const classOf = (statuses: number[]) => [...new Set(statuses.map((status) => classifyStatus(status)))];

describe('the table of answers', () => {
  test('2xx is an ack', () => expect(classOf([200, 201, 202, 204, 206, 299])).toEqual(['ack']));
  test('408, 425, 429 and 5xx are the endpoint in trouble: tried again', () =>
    expect(classOf([408, 425, 429, 500, 502, 503, 504, 529, 599])).toEqual(['endpoint']));
  test('401, 403 to 406, 410, 415, 421 and 426 hold at once: every record would fail the same way', () =>
    expect(classOf([401, 403, 404, 405, 406, 410, 415, 421, 426])).toEqual(['hold']));
  test('a redirect holds and is never a success', () =>
    expect(classOf([300, 301, 302, 303, 304, 307, 308, 399])).toEqual(['hold']));
  test('other 4xx are the fault of the record', () =>
    expect(classOf([400, 402, 409, 411, 413, 414, 418, 422, 431, 451, 499])).toEqual(['record']));
  test('what is no final status of HTTP is trouble, never an ack', () =>
    expect(classOf([0, 100, 199, 600, 999])).toEqual(['endpoint']));
});

test('a connector may move a status, and only that one', () => {
  const moved = { 404: 'record', 409: 'ack', 200: 'endpoint' } as const;
  expect(classifyStatus(404, moved)).toBe('record');
  expect(classifyStatus(409, moved)).toBe('ack');
  expect(classifyStatus(200, moved)).toBe('endpoint');
  expect(classifyStatus(410, moved)).toBe('hold');
});
