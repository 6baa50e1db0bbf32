// How many requests a partner gets at once, found by trials. For some round trips a few more or a few fewer are in flight. A limit is
// worth what was served less what was refused; the limit that is worth more stays
// (M. Dong et al., "PCC: Re-architecting Congestion Control for Consistent High Performance", NSDI 2015; the same idea for
// requests: H.-U. Heiss, R. Wagner, "Adaptive Load Control in Transaction Processing Systems", VLDB 1991, "incremental steps").
// A round trip that takes longer lowers nothing by itself: a partner that is slower may bear as many at once as before.
// It starts at the ceiling: a healthy partner never waits for it.
import { AnswerWindow } from './answer-window.ts';

export interface ConcurrencyPolicy {
  /** The connector's `concurrency`. */
  readonly ceiling: number;
}

/** A trial changes the limit by this factor, which is large enough to be told from noise. */
const STEP = 1.4;
/** The factor on the way back up after overload. */
const RETURN_STEP = 2;
/** A trial for gain stays when it is worth 10 % more. A return or a relief stays when it is worth no more than 10 % less. */
const GAIN = 0.1;
/** At most so many windows pass until more is tried; fewer after overload, which may be over. */
const MORE_MAX = 8;
const MORE_MAX_RELIEVED = 4;
/** Windows until more is tried again, right after overload lowered the limit. */
const RELIEF_WINDOWS = 2;
/** Windows until less is tried: at first, at most, at most at the ceiling, where a trial costs a partner that needs all slots. */
const LESS_FIRST = 4;
const LESS_MAX = 32;
const LESS_MAX_AT_CEILING = 64;
/** Below this limit less is never tried: one slot of few is too much to lose. */
const LESS_FROM = 4;
/** Overload lowers the limit to what was served, within these shares of it. */
const OVERLOAD_MIN = 0.5;
const OVERLOAD_MAX = 0.9;
/** With this share of a window a trial is over that is worth so much less, or more, than the limit before. */
const PLAIN_SHARE = 1 / 3;
const PLAIN_LOSS = 0.15;
const PLAIN_GAIN = 0.25;
/** A rate that differs by more than this share is another one: what was learnt is forgotten. */
const CHANGED = 0.5;
/** Weight of one window in what a limit is known to be worth. */
const NEWEST_WEIGHT = 1 / 4;
/** Weight of one answer in the usual round trip. */
const USUAL_WEIGHT = 1 / 50;

interface Trial {
  readonly from: number;
  /** It is lower because of refusals: it stays when it is no worse. */
  readonly isRelief: boolean;
}

/** Windows until something is tried again: twice as many each time that it was no good. */
class Rest {
  readonly #first: number;
  #next: number;
  #left = 0;

  constructor(first: number) {
    this.#first = this.#next = first;
  }

  get isOver(): boolean {
    return this.#left <= 0;
  }

  tick(): void {
    this.#left -= 1;
  }

  begin(max: number): void {
    this.#left = Math.min(max, this.#next);
    this.#next = 2 * this.#left;
  }

  /** No longer than at first. */
  hurry(): void {
    this.#left = Math.min(this.#left, this.#first);
  }

  /** @param left windows that are waited for all the same */
  end(left = 0): void {
    this.#next = this.#first;
    this.#left = left;
  }
}

export class ConcurrencyLimit {
  #ceiling: number;
  #limit: number;
  #usualMs: number | undefined;
  readonly #window: AnswerWindow;
  #trial: Trial | undefined;
  /** Utility of the limit before the trial, or of the limit. */
  #worth: number | undefined;
  readonly #more = new Rest(1);
  readonly #less = new Rest(LESS_FIRST);
  /** Less because of refusals was no better: they come whatever there is to do. */
  readonly #relief = new Rest(LESS_FIRST);
  /** It was overload that lowered the limit last. */
  #isRelieved = false;
  /** And no more has been too much since. */
  #returns = false;

  constructor({ ceiling }: ConcurrencyPolicy) {
    this.#ceiling = ceiling;
    this.#limit = ceiling;
    this.#window = new AnswerWindow(ceiling);
  }

  /** Requests that may be in flight now: from 1 to the ceiling. */
  get limit(): number {
    return Math.floor(this.#limit);
  }

  /** The partner bears fewer at once than its connector allows; a trial that is not judged yet says nothing. */
  get isLowered(): boolean {
    return Math.floor(this.#trial?.from ?? this.#limit) < this.#ceiling;
  }

  /** What one request usually takes; undefined before the first answers. */
  get usualMs(): number | undefined {
    return this.#usualMs;
  }

  set ceiling(ceiling: number) {
    const limit = this.#limit === this.#ceiling ? ceiling : Math.min(this.#limit, ceiling);
    this.#ceiling = ceiling;
    if (limit === this.#limit) return;
    this.#trial = undefined;
    this.#set(limit);
  }

  /**
   * One answer came.
   * @param inflight requests in flight when it came, itself included
   * @param overloaded the partner said or showed that it has too much: 429, 503, a timeout
   */
  answered(nowMs: number, roundTripMs: number, inflight: number, overloaded: boolean): void {
    if (!overloaded) {
      this.#usualMs ??= roundTripMs;
      this.#usualMs += (roundTripMs - this.#usualMs) * USUAL_WEIGHT;
    }
    const window = this.#window;
    if (window.isFullBefore(nowMs) || this.#isPlain(nowMs)) this.#judge(nowMs);
    window.add(nowMs, roundTripMs, inflight, overloaded);
    if (overloaded && window.isOverloadBy(nowMs, this.#usualMs) && (window.isJam || this.#relief.isOver))
      this.#judge(nowMs);
  }

  /** A trial is so much worse, or less is so much better, that nobody waits for the end of the window: each record of it costs. */
  #isPlain(nowMs: number): boolean {
    const trial = this.#trial;
    if (!trial || trial.isRelief || this.#worth === undefined) return false;
    if (!this.#window.isFullBefore(nowMs, PLAIN_SHARE)) return false;
    const { utility } = this.#window;
    const isLess = this.#limit < trial.from;
    return utility < (1 - PLAIN_LOSS) * this.#worth || (isLess && utility > (1 + PLAIN_GAIN) * this.#worth);
  }

  #judge(nowMs: number): void {
    const { utility, isOverload, isJam } = this.#window;
    const trial = this.#trial;
    this.#trial = undefined;
    if (trial && !this.#isBetter(trial, utility)) {
      if (this.#limit > trial.from) {
        this.#more.begin(this.#isRelieved ? MORE_MAX_RELIEVED : MORE_MAX);
        this.#returns = false;
      } else {
        const max = trial.from === this.#ceiling ? LESS_MAX_AT_CEILING : LESS_MAX;
        (trial.isRelief ? this.#relief : this.#less).begin(max);
      }
      return this.#set(trial.from, nowMs);
    }
    if (trial) {
      this.#worth = utility;
      if (this.#limit > trial.from) this.#more.end();
      else {
        (trial.isRelief ? this.#relief : this.#less).end();
        this.#isRelieved = trial.isRelief;
      }
    } else if (!this.#weigh(utility) && !isOverload) return this.#window.next();
    this.#more.tick();
    this.#less.tick();
    this.#relief.tick();
    const next = this.#next(trial);
    if (next === this.#limit) return this.#window.next();
    // Nobody waits to see whether a jam was one.
    if (!isJam) this.#trial = { from: this.#limit, isRelief: isOverload };
    this.#set(next, nowMs);
  }

  #isBetter({ from, isRelief }: Trial, utility: number): boolean {
    const worth = this.#worth ?? utility;
    const change = this.#limit / from;
    // The last step to the ceiling may be too small to gain by.
    const isSmall = change > 1 && change < 1 + 2 * GAIN;
    return utility - worth > Math.abs(worth) * (isSmall || (isRelief && change < 1) ? -GAIN : GAIN);
  }

  /** @returns false when the partner is another one than before: one window is not enough to know it by */
  #weigh(utility: number): boolean {
    const before = this.#worth ?? utility;
    const hasFallen = utility < CHANGED * before;
    if (hasFallen) this.#less.hurry();
    const isOther = hasFallen || CHANGED * utility > before;
    this.#worth = isOther ? undefined : before + (utility - before) * NEWEST_WEIGHT;
    return !isOther;
  }

  #next(trial: Trial | undefined): number {
    const { isOverload, isJam, usefulSlots } = this.#window;
    const limit = this.#limit;
    if (isJam || (isOverload && this.#relief.isOver)) {
      this.#more.end(RELIEF_WINDOWS);
      this.#isRelieved = this.#returns = true;
      return Math.max(1, limit * OVERLOAD_MIN, Math.min(limit * OVERLOAD_MAX, usefulSlots));
    }
    const goesDown = trial !== undefined && limit < trial.from && !trial.isRelief;
    // All of a sudden less is better: the partner may have become faster meanwhile. All slots are compared with that.
    if (goesDown && trial.from === this.#ceiling) return trial.from;
    if (limit < this.#ceiling && this.#more.isOver && !goesDown)
      return Math.min(this.#ceiling, Math.max(limit + 1, limit * (this.#returns ? RETURN_STEP : STEP)));
    return limit >= LESS_FROM && this.#less.isOver ? limit / STEP : limit;
  }

  #set(limit: number, nowMs?: number): void {
    const isRelief = this.#window.isOverload;
    this.#limit = limit;
    this.#window.change(this.limit, isRelief ? 1 : this.limit, nowMs);
  }
}
