// Senders in threads of their own (`ess worker --threads N`). HTTP, TLS and the signature are the larger part of what a delivery costs.
// What decides (order, breaker, rate, commits) stays in one thread, which hands requests over and takes answers back.
//   dispatch.ts → sender-threads.ts → thread-flights.ts ⇄ sender-thread.ts → signature.ts, sender.ts
import type { Deliver } from '@ess/domain/connector/connector.ts';
import { maskedPath } from '@ess/domain/text/masked-url.ts';
import { namesOf } from '../answer-reader.ts';
import type { Odd, Outgoing, PartnerSender } from '../sender.ts';
import type { SenderDeliver } from './messages.ts';
import { clockMs } from './messages.ts';
import { ThreadFlights } from './thread-flights.ts';

export interface ThreadedSenderOptions {
  readonly deliver: Deliver;
  /** For how long from now a request may still start, ms. */
  readonly startsForMs: () => number;
  readonly onOdd: (odd: Odd) => void;
}

export class SenderThreads implements AsyncDisposable {
  readonly #threads: readonly ThreadFlights[];
  /** By sender; each thread tells, and the first is heard. */
  readonly #odd = new Map<number, (odd: Odd) => void>();
  #nextSender = 0;
  #isOver = false;

  /** @param onGone a thread has ended by itself; called once */
  constructor(count: number, onGone: (error: Error) => void) {
    const gone = (error: Error) => {
      if (!this.#isOver) onGone(error);
      this.#isOver = true;
    };
    const odd = (sender: number, what: Odd) => this.#odd.get(sender)?.(what);
    this.#threads = Array.from({ length: count }, (_, index) => new ThreadFlights(`sender ${index + 1}`, odd, gone));
  }

  open({ deliver, startsForMs, onOdd }: ThreadedSenderOptions): PartnerSender {
    const threads = this.#threads;
    const sender = this.#nextSender++;
    const told = new Set<Odd['kind']>();
    this.#odd.set(sender, (odd) => {
      if (!told.has(odd.kind)) onOdd(odd);
      told.add(odd.kind);
    });
    const connections = Math.ceil(deliver.concurrency / threads.length);
    for (const thread of threads) thread.post({ kind: 'open', sender, deliver: ofSender(deliver), connections });
    // By its own requests, as its connections are shared out: others may have many in flight by one thread.
    const counts = threads.map(() => 0);
    const close = async (whenIdle: boolean) => {
      await Promise.all(threads.map((thread) => thread.close(sender, whenIdle)));
      this.#odd.delete(sender);
    };
    return {
      shownPath: maskedPath(new URL(deliver.url)),
      send: (outgoing: Outgoing, timeoutMs, sent, done) => {
        const least = counts.indexOf(Math.min(...counts));
        counts[least]! += 1;
        const startUntil = clockMs() + startsForMs();
        const request = { sender, outgoing, timeoutMs, startUntil, names: namesOf(deliver, sent) };
        return threads[least]!.send(request, (answer) => {
          counts[least]! -= 1;
          done(answer);
        });
      },
      close: () => close(false),
      closeWhenIdle: () => close(true),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#threads.map((thread) => thread.end()));
  }
}

function ofSender({
  url,
  allow,
  tls,
  proxy,
  http2,
  pipelining,
  signSecrets,
  ack,
  ackWhen,
  batch,
}: Deliver): SenderDeliver {
  const asked = { ...(tls && { tls }), ...(proxy && { proxy }), ...(http2 && { http2 }), pipelining };
  return {
    url,
    allow,
    signSecrets,
    ...asked,
    ...(ack && { ack }),
    ...(ackWhen && { ackWhen }),
    ...(batch && { batch }),
  };
}
