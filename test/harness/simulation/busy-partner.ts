// A partner that has so many servers and works at its own pace, in virtual time, and a client that keeps as many requests at it as a
// limit allows. It says how many were served, so that a limit that is found can be compared with the best that is constant.
import type { Chance } from '../chance.ts';

/** What a partner is like at a moment, ms since the start of the run. */
export interface BusyProfile {
  readonly name: string;
  readonly ceiling: number;
  readonly seconds: number;
  readonly timeoutMs: number;
  /** Requests that it works on at once. */
  readonly servers: (nowMs: number) => number;
  /** One that finds so many waiting is refused; absent: all may wait. */
  readonly queue?: number;
  /** What one request takes. @param open requests that are at the partner */
  readonly workMs: (chance: Chance, nowMs: number, open: number) => number;
  /** Share of requests that are refused whatever there is to do. */
  readonly flaky?: number;
  /** Records that there are to send; absent: there are always more. */
  readonly offered?: (nowMs: number) => number;
}

/** What is asked how many requests may be in flight. */
export interface Limiting {
  readonly limit: number;
  answered(nowMs: number, roundTripMs: number, inflight: number, overloaded: boolean): void;
}

/** A refusal costs no work. */
const REFUSAL_MS = 2;
/** How often a client that has had nothing to send, and a partner whose servers come and go, look again. */
const LOOK_MS = 20;

export class BusyPartner {
  readonly #profile: BusyProfile;
  readonly #chance: Chance;
  readonly #limiting: Limiting;
  readonly #events = new Agenda();
  readonly #waiting: Array<() => void> = [];
  #nowMs = 0;
  #working = 0;
  #inflight = 0;
  #sent = 0;
  #served = 0;

  constructor(profile: BusyProfile, chance: Chance, limiting: Limiting) {
    this.#profile = profile;
    this.#chance = chance;
    this.#limiting = limiting;
  }

  /** @returns requests served within the time of the profile */
  run(): number {
    this.#look();
    const endMs = this.#profile.seconds * 1000;
    for (let next = this.#events.take(); next && next.atMs < endMs; next = this.#events.take()) {
      this.#nowMs = next.atMs;
      next.run();
      this.#send();
    }
    return this.#served;
  }

  #look(): void {
    this.#work();
    this.#after(LOOK_MS, () => this.#look());
  }

  #send(): void {
    const { offered = () => Number.POSITIVE_INFINITY } = this.#profile;
    while (this.#inflight < this.#limiting.limit && this.#sent < offered(this.#nowMs)) this.#request();
  }

  #request(): void {
    const { timeoutMs, queue = Number.POSITIVE_INFINITY, servers, flaky = 0 } = this.#profile;
    const startedMs = this.#nowMs;
    let isOver = false;
    const answered = (overloaded: boolean) => {
      if (isOver) return; // the client has given it up
      isOver = true;
      const inflight = this.#inflight;
      this.#inflight -= 1;
      // What was refused is sent again later.
      if (overloaded) this.#sent -= 1;
      else this.#served += 1;
      this.#limiting.answered(this.#nowMs, this.#nowMs - startedMs, inflight, overloaded);
    };
    this.#sent += 1;
    this.#inflight += 1;
    this.#after(timeoutMs, () => answered(true));
    const isFull = this.#working >= servers(this.#nowMs) && this.#waiting.length >= queue;
    if (isFull || this.#chance.hits(flaky)) return this.#after(REFUSAL_MS, () => answered(true));
    this.#waiting.push(() => answered(false));
    this.#work();
  }

  /** What the client has given up is worked on all the same. */
  #work(): void {
    const { servers, workMs } = this.#profile;
    while (this.#working < servers(this.#nowMs) && this.#waiting.length > 0) {
      const done = this.#waiting.shift()!;
      const takesMs = workMs(this.#chance, this.#nowMs, this.#working + this.#waiting.length + 1);
      this.#working += 1;
      this.#after(takesMs, () => {
        this.#working -= 1;
        done();
        this.#work();
      });
    }
  }

  #after(waitMs: number, run: () => void): void {
    this.#events.add(this.#nowMs + waitMs, run);
  }
}

interface Planned {
  readonly atMs: number;
  readonly run: () => void;
}

/** A binary heap, the earliest first. */
class Agenda {
  readonly #heap: Planned[] = [];

  add(atMs: number, run: () => void): void {
    const heap = this.#heap;
    let at = heap.length;
    for (let above = (at - 1) >> 1; at > 0 && heap[above]!.atMs > atMs; above = (at - 1) >> 1) {
      heap[at] = heap[above]!;
      at = above;
    }
    heap[at] = { atMs, run };
  }

  take(): Planned | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (!last || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below + 1 < heap.length && heap[below + 1]!.atMs < heap[below]!.atMs) below += 1;
      if (below >= heap.length || heap[below]!.atMs >= last.atMs) break;
      heap[at] = heap[below]!;
      at = below;
    }
    heap[at] = last;
    return first;
  }
}
