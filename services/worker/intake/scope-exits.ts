// Records that are out of scope, where an earlier version of the rule was not: the partner acts upon a rule that has left.
// They go through the lane of their rule, since the version before may still be on its way. A record is fetched again when
// nobody knows yet whether the partner has the rule, and rules-in-force.ts has to read it.

import type { StreamLog } from '@ess/stream/kafkajs/client.ts';
import type { Item } from '../item/item.ts';
import type { RulesInForce } from '../record/rules-in-force.ts';
import type { PartitionIntake } from './partition-intake.ts';

export interface ScopeExitActions {
  /** The partition goes on with intake, or stops. */
  readonly changed: (partition: number) => void;
  /** Partitions owned now. */
  readonly partitions: () => Iterable<number>;
  /** Not at all when the assignment is over by then. */
  readonly later: (waitMs: number, then: () => void) => void;
}

/** What it has to know of its partner. */
export interface ScopeSource {
  readonly connector: { readonly source: { readonly version?: string } };
  readonly ledger: { readonly inForce: Pick<RulesInForce, 'has' | 'learn' | 'isBlind'> };
  readonly log: Pick<StreamLog, 'warn'>;
}

const RETRY_MS = 1_000;

export class ScopeExits {
  readonly #partner: ScopeSource;
  readonly #actions: ScopeExitActions;
  readonly #waiting = new Set<number>();

  constructor(partner: ScopeSource, actions: ScopeExitActions) {
    this.#partner = partner;
    this.#actions = actions;
  }

  /** Whether the partition is paused until it is known which rules the partner has. */
  holds(partition: number): boolean {
    return this.#waiting.has(partition);
  }

  /**
   * What to do with a record that is out of scope. `wait`: it is not known yet, nothing after it may be taken in.
   * @param pending an earlier version of the rule is not settled yet
   */
  ask(intake: Pick<PartitionIntake, 'partition'>, item: Item, pending: boolean): 'skip' | 'lane' | 'wait' {
    const { connector, ledger } = this.#partner;
    // The first version of a rule has none before it.
    const isFirst = connector.source.version !== undefined && item.version !== null && item.version <= 1;
    if (isFirst && !pending) return 'skip';
    const had = ledger.inForce.has(intake.partition, item.ruleId ?? item.key);
    if (had === undefined) this.#learn(intake.partition);
    return had === undefined ? 'wait' : had || pending ? 'lane' : 'skip';
  }

  /** When everything of its rule before it is settled: `send` what the partner, or a person, has to hear of. */
  decide(item: Item): 'send' | 'skip' {
    if (item.scopeExit !== 'maybe') return 'send';
    const had = this.#partner.ledger.inForce.has(item.partition, item.ruleId ?? item.key);
    item.scopeExit = had === true ? 'yes' : 'no';
    return had === true ? 'send' : 'skip';
  }

  /** Why a record was skipped. */
  get skipReason(): string {
    return this.#partner.ledger.inForce.isBlind
      ? 'out of scope; not known whether the partner has an earlier version'
      : 'out of scope';
  }

  #learn(partition: number): void {
    const first = this.#waiting.size === 0;
    this.#waiting.add(partition);
    this.#actions.changed(partition);
    if (first) this.#read();
  }

  #read(): void {
    const { ledger, log } = this.#partner;
    ledger.inForce.learn(this.#actions.partitions()).then(
      () => {
        const waiting = [...this.#waiting];
        this.#waiting.clear();
        for (const partition of waiting) this.#actions.later(0, () => this.#actions.changed(partition));
      },
      (error) => {
        log.warn({ error: String(error) }, 'rules.unread');
        this.#actions.later(RETRY_MS, () => this.#read());
      },
    );
  }
}
