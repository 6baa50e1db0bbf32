// Answers that take long: the feed, past minutes, previews. One subject has so many of a kind at once, and all together have so many; each
// ends when its client leaves, or when whoever asked may not ask any more.
import type { FastifyReply, FastifyRequest } from 'fastify';
import { tooMany, unauthorized } from './rights/refused.ts';

/** How many at once, and what whoever is beyond is told. */
type Bound = readonly [max: number, words: string];

export interface LongAnswer extends Disposable {
  /** Aborts when it has to end; its reason is what whoever asked is told. */
  readonly signal: AbortSignal;
}

interface Open {
  readonly mayGoOn: () => boolean;
  readonly over: AbortController;
}

const LOOK_EVERY_MS = 1_000;
const AGAIN_S = 2;

/** All that are open, of every kind. Rights may end any time: they are looked at each second, and at once when a session ends. */
export class OpenAnswers {
  readonly #open = new Set<Open>();
  #timer: NodeJS.Timeout | undefined;

  look(): void {
    for (const { mayGoOn, over } of this.#open)
      if (!mayGoOn()) over.abort(unauthorized('you are signed in no more, or may not see this any more: ask again'));
  }

  /** @returns takes it off */
  add(open: Open): () => void {
    this.#open.add(open);
    this.#timer ??= setInterval(() => this.look(), LOOK_EVERY_MS).unref();
    return () => {
      this.#open.delete(open);
      if (this.#open.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    };
  }
}

export class LongAnswers {
  readonly #open: OpenAnswers;
  readonly #each: Bound;
  readonly #all: Bound;
  /** By the key of the subject. */
  readonly #now = new Map<string, number>();

  constructor(open: OpenAnswers, each: Bound, all: Bound = [Number.POSITIVE_INFINITY, '']) {
    this.#open = open;
    this.#each = each;
    this.#all = all;
  }

  /**
   * Disposed of when there is nothing more to do for it.
   * @param mayGoOn whether the right to it is still there
   * @throws with status 429 when whoever asks has as many, 503 when all have
   */
  begin(
    { subject }: Pick<FastifyRequest, 'subject'>,
    { raw }: Pick<FastifyReply, 'raw'>,
    mayGoOn: () => boolean = () => true,
  ): LongAnswer {
    const own = this.#now.get(subject.key) ?? 0;
    if (own >= this.#each[0]) throw tooMany(this.#each[1], AGAIN_S);
    const all = [...this.#now.values()].reduce((sum, one) => sum + one, 0);
    if (all >= this.#all[0]) throw tooMany(this.#all[1], AGAIN_S, 503);
    this.#now.set(subject.key, own + 1);
    const over = new AbortController();
    raw.once('close', () => over.abort(new Error('whoever asked has left')));
    const takeOff = this.#open.add({ mayGoOn: () => !subject.isOver() && mayGoOn(), over });
    let isThrough = false;
    return {
      signal: over.signal,
      [Symbol.dispose]: () => {
        if (isThrough) return;
        isThrough = true;
        takeOff();
        const left = (this.#now.get(subject.key) ?? 1) - 1;
        if (left > 0) this.#now.set(subject.key, left);
        else this.#now.delete(subject.key);
      },
    };
  }
}

/** Pages that listen: a connection each. */
export const feedsOf = (open: OpenAnswers): LongAnswers =>
  new LongAnswers(open, [64, '64 pages of yours are open already: close one']);

/** Each reads whole topics. */
export const pastsOf = (open: OpenAnswers): LongAnswers =>
  new LongAnswers(
    open,
    [1, 'a past minute is being read for you already: ask again when it is through'],
    [2, 'two past minutes are being read already: ask again when they are through'],
  );

/** Each reads what it would send, or every dead letter. */
export const previewsOf = (open: OpenAnswers): LongAnswers =>
  new LongAnswers(
    open,
    [2, 'two previews are being counted for you already: ask again when they are through'],
    [4, 'four previews are being counted already: ask again in a moment'],
  );
