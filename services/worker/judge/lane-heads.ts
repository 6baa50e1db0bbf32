// The first record of a lane starts: everything of its rule before it is settled. Most are sent. Here is said what happens to
// one that has become needless meanwhile, and to one that must be tried in isolation.
import type { Lanes } from '@ess/domain/delivery/lanes.ts';
import type { PartitionIntake } from '../intake/partition-intake.ts';
import type { ScopeExits } from '../intake/scope-exits.ts';
import type { Item } from '../item/item.ts';
import type { Timers } from '../item/timers.ts';
import { DOUBT_MS } from '../item/timers.ts';
import type { Health, Process, Records } from '../partner-context.ts';
import type { Attempts } from './attempts.ts';
import type { Disposition } from './disposition.ts';
import type { StartGate } from './start-gate.ts';

const ACKED_BEFORE = 'the partner has acked this version or a newer one, before the position was lost';
/** Requests on their way end one after the other. */
const ISOLATION_RETRY_MS = 20;

export interface LaneHeadsOptions {
  readonly partner: Health & Process & Records;
  readonly lanes: Lanes<Item>;
  readonly gate: StartGate;
  readonly timers: Timers;
  readonly attempts: Attempts;
  readonly disposition: Disposition;
  readonly scopeExits: ScopeExits;
  readonly intakes: ReadonlyMap<number, Pick<PartitionIntake, 'ackedUntil'>>;
}

export class LaneHeads {
  readonly #options: LaneHeadsOptions;
  /** What last asked for isolation. */
  #suspect: Item | undefined;

  constructor(options: LaneHeadsOptions) {
    this.#options = options;
  }

  begin(item: Item): void {
    if (this.#waitsForIsolation(item)) return;
    const { partner, attempts, disposition, scopeExits, lanes } = this.#options;
    if (this.#wasAcked(item)) {
      disposition.settle(item, partner.ledger.passed([item], 'superseded', ACKED_BEFORE));
      if (partner.breaker.isOpen) partner.probeAgain();
      return;
    }
    const decision = item.pull ? item.pull.decide(item) : scopeExits.decide(item);
    if (decision === 'send') return attempts.begin(item);
    if (decision === 'skip') disposition.settle(item, partner.ledger.passed([item], 'skipped', scopeExits.skipReason));
    else if (decision === 'superseded')
      disposition.settle(item, partner.ledger.passed([item], 'superseded', 'the partner has a newer version'));
    else {
      partner.shared.isolation.release(item);
      lanes.done(item.key);
      item.pull?.left(item);
    }
    // It may have been chosen to probe a held partner with: another one is due.
    if (partner.breaker.isOpen) partner.probeAgain();
  }

  /** The group had no position any more, and reads again what the partner has. A replay or a redrive asks for it. */
  #wasAcked(item: Item): boolean {
    const until = this.#options.intakes.get(item.partition)?.ackedUntil;
    if (until === undefined || item.offset >= until || item.pull || item.replayId !== null) return false;
    return this.#options.partner.ledger.hasAcked(item);
  }

  /** The assignment is over. */
  end(): void {
    if (this.#suspect) this.#options.partner.shared.isolation.release(this.#suspect);
  }

  /** What has stopped a process is tried while nothing else is at work in this one (isolation.ts). */
  #waitsForIsolation(item: Item): boolean {
    const { partner, gate, timers, disposition } = this.#options;
    const { shared, name, paused } = partner;
    const { topic, partition, offset } = item;
    if (item.isolated || !item.decoded.ok || shared.stands.times(name, topic, partition, offset) === 0) return false;
    item.single = true;
    this.#suspect = item;
    if (shared.isolation.admits(item)) {
      item.isolated = true;
      return false;
    }
    if (gate.isOpen && !paused) timers.later(ISOLATION_RETRY_MS, () => this.begin(item));
    else disposition.retry(item, DOUBT_MS);
    return true;
  }
}
