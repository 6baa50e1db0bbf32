import { createRequire } from 'node:module';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { restWhenEmpty } from './request-queue.ts';

interface Entry {
  readonly correlationId: number;
  readonly apiKey?: number;
}
interface RequestQueue {
  push(request: { entry: Entry; expectResponse: boolean; sendRequest(): void }): void;
  fulfillRequest(answer: { correlationId: number; payload: unknown; size: number }): void;
  maybeThrottle(ms: number): void;
  waitForPendingRequests(): Promise<void>;
}
type Queue = new (options: object) => RequestQueue;

const RequestQueue = createRequire(import.meta.url)('kafkajs/src/network/requestQueue/index.js') as Queue;
restWhenEmpty();

let sent: number[];
let queue: RequestQueue;
beforeEach(() => {
  jest.useFakeTimers();
  sent = [];
  queue = new RequestQueue({
    broker: 'kafka:9092',
    maxInFlightRequests: 1,
    logger: { debug: () => undefined, warn: () => undefined },
  });
});
afterEach(() => {
  jest.useRealTimers();
});

function push(correlationId: number): void {
  const entry = { correlationId, resolve: () => undefined, reject: () => undefined };
  queue.push({ entry, expectResponse: true, sendRequest: () => sent.push(correlationId) });
}
const answer = (correlationId: number) => queue.fulfillRequest({ correlationId, payload: null, size: 0 });

test('a connection on which nothing waits sets no timer', () => {
  push(1);
  answer(1);
  expect(sent).toEqual([1]);
  expect(jest.getTimerCount()).toBe(0);
});

test('what waits for an answer to another is sent when it comes', () => {
  push(1);
  push(2);
  expect(sent).toEqual([1]);
  answer(1);
  expect(sent).toEqual([1, 2]);
});

test('what waits because Kafka asked for time is sent when it is over, and then nothing is looked at again', () => {
  queue.maybeThrottle(500);
  push(1);
  jest.advanceTimersByTime(499);
  expect(sent).toEqual([]);
  jest.advanceTimersByTime(1);
  expect(sent).toEqual([1]);
  expect(jest.getTimerCount()).toBe(0);
});

test('who leaves waits for no fetch, which is answered with an error, and for every other answer', async () => {
  const rejected: Error[] = [];
  const reject = (error: Error) => rejected.push(error);
  queue.push({
    entry: { correlationId: 1, apiKey: 1, resolve: () => undefined, reject } as Entry,
    expectResponse: true,
    sendRequest: () => undefined,
  });
  await queue.waitForPendingRequests();
  // kafkajs forgets the broker that it names.
  expect(rejected).toMatchObject([{ message: 'the reader has left', host: 'kafka', port: 9092 }]);
  push(2);
  let isOver = false;
  const over = queue.waitForPendingRequests().then(() => {
    isOver = true;
  });
  await Promise.resolve();
  expect(isOver).toBe(false);
  answer(2);
  await over;
});
