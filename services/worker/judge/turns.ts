// A record's turn in its lane has come: everything of its rule before it is settled. Most are sent; what is said here is for those
// that have become needless meanwhile, and for those that must be at work alone.
import type { Lanes } from '@ess/domain/delivery/lanes.ts';
import type { Leaving } from '../intake/leaving.ts';
import type { Item } from '../item/item.ts';
import type { Timers } from '../item/timers.ts';
import type { Health, Process, Records } from '../partner-context.ts';
import type { Redrive } from '../redrive/redrive.ts';
import type { Attempts } from './attempts.ts';
import type { Course } from './course.ts';
import type { StartGate } from './start-gate.ts';

/** Requests on their way end one after the other. */
const ALONE_AGAIN_MS = 20;
/** A heartbeat is answered, or the membership is known to be lost, within about as long. */
const DOUBT_RETRY_MS = 500;

export interface TurnsOptions {
  readonly partner: Health & Process & Records;
  readonly lanes: Lanes<Item>;
  readonly gate: StartGate;
  readonly timers: Timers;
  readonly attempts: Attempts;
  readonly course: Course;
  readonly leaving: Leaving;
  readonly redrive: Redrive;
}

export class Turns {
  readonly #options: TurnsOptions;
  /** What last asked to be at work alone. */
  #suspect: Item | undefined;

  constructor(options: TurnsOptions) {
    this.#options = options;
  }

  begin(item: Item): void {
    if (this.#waitsToBeAlone(item)) return;
    const { partner, attempts, course, leaving, redrive, lanes } = this.#options;
    const turn = item.aside ? redrive.turnOf(item) : leaving.turnOf(item);
    if (turn === 'send') return attempts.begin(item);
    if (turn === 'skip') course.settle(item, partner.ledger.passed([item], 'skipped', leaving.skipReason));
    else if (turn === 'superseded')
      course.settle(item, partner.ledger.passed([item], 'superseded', 'the partner has a newer version'));
    else {
      partner.shared.alone.release(item);
      lanes.done(item.key);
      redrive.left(item);
    }
    // It may have been chosen to probe a held partner with: another one is due.
    if (partner.breaker.isOpen) partner.probeAgain();
  }

  /** The assignment is over. */
  end(): void {
    if (this.#suspect) this.#options.partner.shared.alone.release(this.#suspect);
  }

  /** What has stopped a process is tried while nothing else is at work in this one (alone.ts). */
  #waitsToBeAlone(item: Item): boolean {
    const { partner, gate, timers, course } = this.#options;
    const { shared, name, paused } = partner;
    const { topic, partition, offset } = item;
    if (item.tried || !item.decoded.ok || shared.stands.times(name, topic, partition, offset) === 0) return false;
    item.alone = true;
    this.#suspect = item;
    if (shared.alone.admits(item)) {
      item.tried = true;
      return false;
    }
    if (gate.isOpen && !paused) timers.later(ALONE_AGAIN_MS, () => this.begin(item));
    else course.retry(item, DOUBT_RETRY_MS);
    return true;
  }
}
