// What goes between the thread that decides and those that send (sender-threads.ts, sender-thread.ts). All of one turn goes together:
// waking a thread costs more than a request does.
import type { Deliver } from '@ess/domain/connector/connector.ts';
import type { Answer } from '@ess/domain/delivery/outcome.ts';
import type { Acks } from '../answer-reader.ts';
import type { Names } from '../batch-answer.ts';
import type { Odd, Outgoing } from '../sender.ts';

const behindMs = (): number => Number(process.hrtime.bigint()) / 1e6 - performance.now();
/**
 * What this thread's `performance.now` is behind the clock that all threads of a process share, ms. The largest of some: whoever is
 * interrupted between the two looks takes it for less.
 */
const BEHIND_MS = Math.max(...Array.from({ length: 8 }, behindMs));

/** From a thread's own clock to that of the process, and back; 0 stays: it has not been. */
export const onClock = (atMs: number): number => (atMs === 0 ? 0 : atMs + BEHIND_MS);
export const offClock = (clockMs: number): number => (clockMs === 0 ? 0 : clockMs - BEHIND_MS);
/** Now, by the clock of the process, ms. */
export const clockMs = (): number => onClock(performance.now());

/** What a sender needs of its connector; nothing else can be sent to a thread, or has to be. */
export type SenderDeliver = Pick<Deliver, 'url' | 'allow' | 'tls' | 'proxy' | 'http2' | 'pipelining' | 'signSecrets'> &
  Acks;

export interface OpenSender {
  readonly kind: 'open';
  readonly sender: number;
  readonly deliver: SenderDeliver;
  readonly connections: number;
}

export interface ThreadRequest {
  readonly id: number;
  readonly sender: number;
  readonly outgoing: Outgoing;
  readonly timeoutMs: number;
  /** By clockMs: from then on the partitions may be another worker's. */
  readonly startUntil: number;
  /** Of its records, where an answer speaks of each. No documents: not every value of one can be sent to a thread. */
  readonly names: Names;
}

export type ToSenders =
  | OpenSender
  | { readonly kind: 'send'; readonly requests: readonly ThreadRequest[] }
  | { readonly kind: 'cut'; readonly id: number }
  /** It is told when it is closed. */
  | { readonly kind: 'close'; readonly sender: number; readonly whenIdle: boolean };

/** Numbers for each answer whose status says all: id, when the request was written, when the head came (clockMs; 0: never), status. */
export const PLAIN_FIELDS = 4;

/**
 * As many go to the other thread at once, however many more the turn may bring: it works at them meanwhile. All of a turn at once had
 * the threads wait for each other.
 */
export const TOGETHER = 16;

export interface OtherAnswer {
  readonly id: number;
  readonly writtenAt: number;
  readonly headAt: number;
  readonly answer: Answer;
}

export type FromSenders =
  | { readonly kind: 'answers'; readonly plain: number[]; readonly others: OtherAnswer[] }
  | { readonly kind: 'odd'; readonly sender: number; readonly odd: Odd }
  | { readonly kind: 'closed'; readonly sender: number };
