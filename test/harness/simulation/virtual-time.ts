// Time for simulations: an event loop whose clock jumps to the next event. While it is installed, the timers and clocks of the code
// under test are these, and Math.random has a seed: nothing waits, and the same seed gives the same run. Each event belongs to a
// process of the simulation, and so does what its code schedules: a process can be killed or frozen between two events.
import type { Chance } from '../chance.ts';

/** Process of the simulation; `undefined` is the world outside. */
type Owner = object | undefined;

interface Scheduled {
  atMs: number;
  readonly run: () => void;
  readonly owner: Owner;
  /** Of an interval. */
  readonly everyMs: number | undefined;
  cancelled: boolean;
  unref(): this;
}

/** Some moment, ms since 1970. */
const EPOCH_MS = 1_700_000_000_000;

export class VirtualTime {
  /** Ascending by time, then by order of scheduling. */
  readonly #events: Scheduled[] = [];
  readonly #frozen = new Map<object, Scheduled[]>();
  readonly #settle = setImmediate;
  #owner: Owner;
  #nowMs = 0;

  get nowMs(): number {
    return this.#nowMs;
  }

  /** @returns a function that cancels it */
  after(waitMs: number, run: () => void, owner: Owner = this.#owner): () => void {
    const event = this.#schedule(waitMs, run, owner);
    return () => {
      event.cancelled = true;
    };
  }

  /** The same for the world outside, whatever becomes of the process that asks for it. */
  outside(waitMs: number, run: () => void): () => void {
    const event = this.#schedule(waitMs, run, undefined);
    return () => {
      event.cancelled = true;
    };
  }

  /** Nothing of this process happens any more. */
  kill(owner: object): void {
    this.#frozen.delete(owner);
    for (const event of this.#events) if (event.owner === owner) event.cancelled = true;
  }

  /** What falls due for this process waits until it is thawed. */
  freeze(owner: object): void {
    if (!this.#frozen.has(owner)) this.#frozen.set(owner, []);
  }

  thaw(owner: object): void {
    const due = this.#frozen.get(owner) ?? [];
    this.#frozen.delete(owner);
    for (const event of due) this.#insert(Object.assign(event, { atMs: this.#nowMs }));
  }

  /** Runs events until `done`, until none is left or until the clock passes `limitMs`. @returns whether it was done */
  async runUntil(done: () => boolean, limitMs: number): Promise<boolean> {
    while (!done()) {
      const event = this.#events.shift();
      if (!event || event.atMs > limitMs) return false;
      this.#nowMs = event.atMs;
      const waiting = event.owner && this.#frozen.get(event.owner);
      if (event.cancelled) continue;
      if (waiting) {
        waiting.push(event);
        continue;
      }
      this.#owner = event.owner;
      event.run();
      if (event.everyMs !== undefined) this.#insert(Object.assign(event, { atMs: this.#nowMs + event.everyMs }));
      // What the event has resolved is through before the next one.
      await new Promise<void>((resolve) => this.#settle(resolve));
      this.#owner = undefined;
    }
    return true;
  }

  /** Puts this clock and this chance in the place of the real ones. @returns what puts the real ones back */
  install(chance: Chance): () => void {
    const once = (run: () => void, waitMs = 0) => this.#schedule(waitMs, run, this.#owner);
    const clear = (event: Scheduled | undefined) => {
      if (event) event.cancelled = true;
    };
    return replace([
      [globalThis, 'setTimeout', once],
      [
        globalThis,
        'setInterval',
        (run: () => void, everyMs: number) => this.#schedule(everyMs, run, this.#owner, everyMs),
      ],
      [globalThis, 'setImmediate', (run: () => void) => once(run)],
      [globalThis, 'clearTimeout', clear],
      [globalThis, 'clearInterval', clear],
      [Date, 'now', () => EPOCH_MS + this.#nowMs],
      [performance, 'now', () => this.#nowMs],
      [Math, 'random', () => chance.next()],
    ]);
  }

  #schedule(waitMs: number, run: () => void, owner: Owner, everyMs?: number): Scheduled {
    const atMs = this.#nowMs + Math.max(0, waitMs);
    return this.#insert({ atMs, run, owner, everyMs, cancelled: false, unref: unreferenced });
  }

  #insert(event: Scheduled): Scheduled {
    let low = 0;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#events[middle]!.atMs <= event.atMs) low = middle + 1;
      else high = middle;
    }
    this.#events.splice(low, 0, event);
    return event;
  }
}

function unreferenced(this: Scheduled): Scheduled {
  return this;
}

function replace(given: ReadonlyArray<readonly [target: object, name: string, value: unknown]>): () => void {
  const before = given.map(([target, name]) => [target, name, Reflect.get(target, name)] as const);
  for (const [target, name, value] of given) Reflect.set(target, name, value);
  return () => {
    for (const [target, name, value] of before) Reflect.set(target, name, value);
  };
}
