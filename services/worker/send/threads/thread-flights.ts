// One thread that sends, and what it has in flight.
import { Worker } from 'node:worker_threads';
import type { Answer } from '@ess/domain/delivery/outcome.ts';
import type { Exchange } from '../exchange.ts';
import type { Odd } from '../sender.ts';
import type { FromSenders, OtherAnswer, ThreadRequest, ToSenders } from './messages.ts';
import { offClock, PLAIN_FIELDS, TOGETHER } from './messages.ts';

class Flight implements Exchange {
  readonly cut: () => void;
  readonly done: (answer: Answer) => void;
  writtenAt = 0;
  headAt = 0;

  constructor(cut: () => void, done: (answer: Answer) => void) {
    this.cut = cut;
    this.done = done;
  }
}

export class ThreadFlights {
  readonly #thread: Worker;
  readonly #flights = new Map<number, Flight>();
  /** Not handed over yet. */
  #requests: ThreadRequest[] = [];
  readonly #onOdd: (sender: number, odd: Odd) => void;
  readonly #closing = new Map<number, PromiseWithResolvers<void>>();
  #nextId = 0;
  #isGone = false;

  /** @param onGone the thread has ended; what was in flight is cut */
  constructor(name: string, onOdd: (sender: number, odd: Odd) => void, onGone: (error: Error) => void) {
    this.#onOdd = onOdd;
    this.#thread = new Worker(new URL('./sender-thread.ts', import.meta.url), { name });
    this.#thread.on('message', (message: FromSenders) => this.#take(message));
    this.#thread.on('error', (error) => onGone(error as Error));
    this.#thread.on('exit', (code) => {
      this.#isGone = true;
      for (const { resolve } of this.#closing.values()) resolve();
      onGone(new Error(`a thread that sends ended (${code})`));
      // The program stops by that, and nobody waits for answers that cannot come.
      for (const id of this.#flights.keys()) this.#cut(id);
    });
  }

  post(message: ToSenders): void {
    this.#thread.postMessage(message);
  }

  send(request: Omit<ThreadRequest, 'id'>, done: (answer: Answer) => void): Exchange {
    const id = this.#nextId++;
    const flight = new Flight(() => this.#cut(id), done);
    this.#flights.set(id, flight);
    if (this.#isGone) this.#cut(id);
    if (this.#requests.length === 0) queueMicrotask(() => this.#handOver());
    this.#requests.push({ id, ...request });
    if (this.#requests.length === TOGETHER) this.#handOver();
    return flight;
  }

  close(sender: number, whenIdle: boolean): Promise<void> {
    this.#handOver();
    if (this.#isGone) return Promise.resolve();
    const closing = this.#closing.get(sender) ?? Promise.withResolvers<void>();
    this.#closing.set(sender, closing);
    this.post({ kind: 'close', sender, whenIdle });
    return closing.promise;
  }

  async end(): Promise<void> {
    await this.#thread.terminate();
  }

  #handOver(): void {
    if (this.#requests.length === 0) return;
    this.post({ kind: 'send', requests: this.#requests });
    this.#requests = [];
  }

  #cut(id: number): void {
    this.#handOver();
    if (!this.#isGone) return this.post({ kind: 'cut', id });
    setImmediate(() => this.#answered({ id, writtenAt: 0, headAt: 0, answer: { kind: 'cut' } }));
  }

  #take(message: FromSenders): void {
    if (message.kind === 'odd') return this.#onOdd(message.sender, message.odd);
    if (message.kind === 'closed') {
      this.#closing.get(message.sender)?.resolve();
      this.#closing.delete(message.sender);
      return;
    }
    const { plain, others } = message;
    for (let at = 0; at < plain.length; at += PLAIN_FIELDS) {
      const [id = 0, writtenAt = 0, headAt = 0, status = 0] = plain.slice(at, at + PLAIN_FIELDS);
      this.#answered({ id, writtenAt, headAt, answer: { kind: 'answered', status } });
    }
    for (const other of others) this.#answered(other);
  }

  #answered({ id, writtenAt, headAt, answer }: OtherAnswer): void {
    const flight = this.#flights.get(id);
    if (!flight) return; // cut twice
    this.#flights.delete(id);
    flight.writtenAt = offClock(writtenAt);
    flight.headAt = offClock(headAt);
    flight.done(answer);
  }
}
