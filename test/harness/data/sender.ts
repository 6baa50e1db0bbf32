// One sender against a partner of the test: what is common to the tests of sender.ts.
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Answer } from '@ess/domain/delivery/outcome.ts';
import type { AnswerReader } from '@ess/worker/send/answer-reader.ts';
import type { Exchange } from '@ess/worker/send/exchange.ts';
import type { SenderOptions } from '@ess/worker/send/sender.ts';
import { Sender } from '@ess/worker/send/sender.ts';
import { jest } from '@jest/globals';

/** Longer than any test: nothing that is to be answered is cut off on a busy machine. */
export const PATIENT_MS = 600_000;
const LOCAL = ['127.0.0.0/8', '::1/128'];
const opened: Sender[] = [];

/** For `afterEach`. */
export async function closeSenders(): Promise<void> {
  for (const sender of opened.splice(0)) await sender.close();
}

export function openSender(url: string, more: Partial<SenderOptions> = {}): Sender {
  const sender = new Sender({ url, allow: LOCAL, connections: 4, ...more });
  opened.push(sender);
  return sender;
}

interface Sent {
  readonly exchange: Exchange;
  readonly answer: Promise<Answer>;
  readonly answers: Answer[];
}

export function post(
  sender: Sender,
  timeoutMs = PATIENT_MS,
  headers: Record<string, string> = {},
  reader?: AnswerReader,
  body = '{"bedCap":10}',
): Sent {
  const answers: Answer[] = [];
  const { promise, resolve } = Promise.withResolvers<Answer>();
  const outgoing = { headers: { 'content-type': 'application/json', ...headers }, body };
  const exchange = sender.send(outgoing, timeoutMs, reader, (answer) => {
    answers.push(answer);
    resolve(answer);
  });
  return { exchange, answer: promise, answers };
}

/** Timers stand still until they are told that time has passed; sockets go on. */
export function stoppedClock(): { pass(ms: number): void } & Disposable {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'Date'] });
  return {
    pass: (ms) => void jest.advanceTimersByTime(ms),
    [Symbol.dispose]: () => void jest.useRealTimers(),
  };
}

/** Resolves when undici has handed a status over. */
export function statusSeen(): Promise<void> {
  return new Promise((resolve) => {
    const seen = () => {
      unsubscribe('undici:request:headers', seen);
      setImmediate(resolve);
    };
    subscribe('undici:request:headers', seen);
  });
}
