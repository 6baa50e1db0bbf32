// Lanes: one ordered queue per key, many keys at once, a bounded number of items in flight. A lane never overtakes
// itself: its next item starts only when the one before is settled. Guarantees 2 and 3 (order per rule; one bad rule
// does not stall the others) rest on this file. It holds no timer, does no I/O and never awaits.
//
// Life of an item:   push -> (ready) -> start() -> over() -> done()
//                                          ^          |
//                                          +- again() +     after a retry wait; the slot is free meanwhile

type LaneState = 'ready' | 'running' | 'waiting' | 'settling';

interface Lane<T> {
  readonly key: string;
  /** The first one is the head; what is settled is held no longer. */
  readonly items: T[];
  state: LaneState;
}

export interface LanesOptions<T> {
  /** Items in flight at once, over all lanes. */
  readonly concurrency: () => number;
  /** Asked before each start but a probe's, when a slot is free; false ends the round. For a rate limit. */
  readonly admit?: () => boolean;
  /** Starts an item. The owner answers later with `over` and then `done` or `again`. */
  readonly start: (item: T, key: string) => void;
}

export class Lanes<T> {
  readonly #options: LanesOptions<T>;
  readonly #lanes = new Map<string, Lane<T>>();
  /** Lanes whose head may start, first come first served: a Set keeps insertion order and removes in O(1). */
  readonly #ready = new Set<Lane<T>>();
  #running = 0;
  #held = false;
  #pumping = false;

  constructor(options: LanesOptions<T>) {
    this.#options = options;
  }

  /** Keys with at least one unsettled item. */
  get size(): number {
    return this.#lanes.size;
  }

  /** Whether an item of this key is not settled. */
  has(key: string): boolean {
    return this.#lanes.has(key);
  }

  push(key: string, item: T): void {
    const lane = this.#lanes.get(key);
    if (lane) {
      lane.items.push(item);
      return;
    }
    const fresh: Lane<T> = { key, items: [item], state: 'ready' };
    this.#lanes.set(key, fresh);
    this.#ready.add(fresh);
    this.pump();
  }

  /**
   * The request is over: its slot is free, its lane stays occupied until `done` or `again`.
   * @param next `settling` when only `done` can follow: then the item is not taken back either
   */
  over(key: string, next: 'waiting' | 'settling' = 'waiting'): void {
    const lane = this.#lanes.get(key);
    if (lane?.state !== 'running') return;
    lane.state = next;
    this.#running -= 1;
    this.pump();
  }

  /** The head item is settled: the lane goes on with its next one. */
  done(key: string): void {
    const lane = this.#lanes.get(key);
    if (!lane || lane.state === 'ready') return;
    if (lane.state === 'running') this.#running -= 1;
    lane.items.shift();
    if (lane.items.length === 0) this.#lanes.delete(key);
    else {
      lane.state = 'ready';
      this.#ready.add(lane);
    }
    this.pump();
  }

  /** The head item may start again: its retry wait is over. */
  again(key: string): void {
    const lane = this.#lanes.get(key);
    if (lane?.state !== 'waiting') return;
    lane.state = 'ready';
    this.#ready.add(lane);
    this.pump();
  }

  /** Takes out what waits, lane by lane in order; what runs or settles stays. */
  takeBack(): T[] {
    const taken: T[] = [];
    for (const lane of [...this.#lanes.values()]) {
      const stays = lane.state === 'running' || lane.state === 'settling';
      for (const item of lane.items.splice(stays ? 1 : 0)) taken.push(item);
      if (stays) continue;
      this.#lanes.delete(lane.key);
      this.#ready.delete(lane);
    }
    return taken;
  }

  /** Starts nothing more until `resume`; what runs goes on. */
  hold(): void {
    this.#held = true;
  }

  resume(): void {
    this.#held = false;
    this.pump();
  }

  /**
   * Starts one head item although the lanes are held: a probe. Takes the ready lane that `rank` puts lowest.
   * @returns the key that was started, or undefined when no lane is ready or every slot is taken
   */
  probe(rank: (item: T) => number): string | undefined {
    if (this.#running >= this.#options.concurrency()) return undefined; // what still runs asks the partner as well
    let best: Lane<T> | undefined;
    let bestRank = Number.POSITIVE_INFINITY;
    for (const lane of this.#ready) {
      const laneRank = rank(lane.items[0] as T);
      if (laneRank < bestRank) [best, bestRank] = [lane, laneRank];
    }
    if (best) this.#start(best);
    return best?.key;
  }

  /** Starts what may start. Called by itself on every change; call it when an outside condition of `concurrency` changed. */
  pump(): void {
    if (this.#pumping) return; // `start` may settle an item at once and come back here: the loop below goes on
    this.#pumping = true;
    try {
      for (const lane of this.#ready) {
        if (this.#held || this.#running >= this.#options.concurrency()) break;
        if (this.#options.admit?.() === false) break;
        this.#start(lane);
      }
    } finally {
      this.#pumping = false;
    }
  }

  #start(lane: Lane<T>): void {
    this.#ready.delete(lane);
    lane.state = 'running';
    this.#running += 1;
    this.#options.start(lane.items[0] as T, lane.key);
  }
}
