// Stretches of history, made in a thread of their own (history-thread.ts): to fetch, decode, map, sign and write a hundred
// thousand events takes most of a second of computing, and live clients would wait for it (bench F3).

import { Worker } from 'node:worker_threads';
import type { ConnectorRecipe } from '@ess/domain/connector/recipe.ts';
import type { RegistryAddress } from '@ess/domain/stream/registry-access.ts';
import type { EssErrorCode } from '@ess/domain/text/error.ts';
import { EssError } from '@ess/domain/text/error.ts';
import type { KafkaSettings, StreamLog } from '@ess/stream/kafkajs/client.ts';
import type { LogMessage } from '@ess/stream/write/thread-log.ts';
import type { LogNow, PublicLog } from '../topic/public-log.ts';
import type { Vector } from '../topic/vector.ts';
import type { View } from '../topic/view.ts';
import type { Stretch } from './stretch.ts';
import type { StretchMaker } from './stretch-cache.ts';

export interface HistoryStart {
  readonly kafka: KafkaSettings;
  readonly registry: RegistryAddress;
  readonly topic: string;
  readonly cursorKeys: readonly string[];
  /** Bytes kept of what was read and decoded. */
  readonly maxBytes: number;
}

export type ToHistory =
  /** From now on a partner's stretches are made with this connector. */
  | { readonly kind: 'view'; readonly recipe: ConnectorRecipe }
  | {
      readonly kind: 'make';
      readonly id: number;
      readonly partner: string;
      readonly from: Vector;
      readonly limit: Vector;
      /** In which these offsets count. */
      readonly log: LogNow;
    }
  | { readonly kind: 'reuse'; readonly partner: string; readonly memory: ArrayBuffer };

export type FromHistory =
  | { readonly kind: 'made'; readonly id: number; readonly stretch: Stretch }
  | { readonly kind: 'failed'; readonly id: number; readonly text: string; readonly code?: EssErrorCode }
  | LogMessage
  | { readonly kind: 'unreadable'; readonly at: TopicPosition; readonly detail: string }
  | { readonly kind: 'unmapped'; readonly partner: string; readonly at: TopicPosition; readonly reason: string };

export interface TopicPosition {
  readonly partition: number;
  readonly offset: number;
}

export interface HistoryOptions extends Omit<HistoryStart, 'topic'> {
  readonly publicLog: PublicLog;
  readonly log: StreamLog;
  readonly unreadable: (at: TopicPosition, detail: string) => void;
  readonly unmapped: (partner: string, at: TopicPosition, reason: string) => void;
  /** The thread ended by itself: nobody can catch up any more. */
  readonly onGone: (error: Error) => void;
}

interface Waiting {
  readonly resolve: (stretch: Stretch) => void;
  readonly reject: (error: Error) => void;
}

export class History implements StretchMaker {
  readonly #thread: Worker;
  readonly #waiting = new Map<number, Waiting>();
  /** By partner, the view that the thread has. */
  readonly #views = new Map<string, string>();
  readonly #options: HistoryOptions;
  #nextId = 0;
  #closed = false;

  constructor(options: HistoryOptions) {
    const { kafka, registry, publicLog, cursorKeys, maxBytes } = options;
    this.#options = options;
    const workerData: HistoryStart = { kafka, registry, topic: publicLog.topic, cursorKeys, maxBytes };
    this.#thread = new Worker(new URL('./history-thread.ts', import.meta.url), { workerData, name: 'history' });
    this.#thread.on('message', (message: FromHistory) => this.#received(message));
    this.#thread.on('error', (error) => this.#gone(error as Error));
    this.#thread.on('exit', (code) => this.#gone(new Error(`the history thread ended (${code})`)));
  }

  prepare(view: View): void {
    if (this.#views.get(view.partner) === view.key) return;
    this.#views.set(view.partner, view.key);
    this.#post({ kind: 'view', recipe: view.recipe });
  }

  make(view: View, from: Vector, limit: Vector): Promise<Stretch> {
    if (this.#closed) return Promise.reject(new Error('the history is closed'));
    const { partner } = view;
    this.prepare(view);
    return new Promise((resolve, reject) => {
      const id = this.#nextId++;
      this.#waiting.set(id, { resolve, reject });
      const { mark, changes } = this.#options.publicLog;
      this.#post({ kind: 'make', id, partner, from, limit, log: { mark, changes } });
    });
  }

  /** It is not to be read here any more: views of it are empty from now on. */
  reuse({ partner }: View, memory: ArrayBuffer): void {
    if (!this.#closed) this.#post({ kind: 'reuse', partner, memory }, [memory]);
  }

  /** What is on its way is rejected. Safe to call twice. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#thread.terminate();
  }

  #post(message: ToHistory, transferred: ArrayBuffer[] = []): void {
    this.#thread.postMessage(message, transferred);
  }

  #received(message: FromHistory): void {
    const { log, unreadable, unmapped } = this.#options;
    if (message.kind === 'log') log[message.level](message.details, message.message);
    else if (message.kind === 'unreadable') unreadable(message.at, message.detail);
    else if (message.kind === 'unmapped') unmapped(message.partner, message.at, message.reason);
    else {
      const waiting = this.#waiting.get(message.id);
      this.#waiting.delete(message.id);
      if (message.kind === 'made') waiting?.resolve(message.stretch);
      else waiting?.reject(message.code ? new EssError(message.code, message.text) : new Error(message.text));
    }
  }

  #gone(error: Error): void {
    const unexpected = !this.#closed;
    this.#closed = true;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
    if (unexpected) this.#options.onGone(error);
  }
}
