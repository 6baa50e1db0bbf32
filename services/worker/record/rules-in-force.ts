// Which rules a partner has: acked, and not told to be over since. Needed when a record is out of scope: was there a version
// before it that the partner acts upon? Nothing is read and nothing kept until the first such record comes. Then
// ess.delivery-state is read once. Our own acks keep that true for as long as nobody else owns the partitions.
import type { StreamLog } from '@ess/stream/kafkajs/client.ts';

/** Some 40 MB. A connector with more rules than that has no use for a scope that rules come and go in. */
const RULES_MAX = 500_000;

export interface InForceSource {
  /** The rules that ess.delivery-state has as acked, in portions. */
  readonly read: () => AsyncIterable<readonly RuleState[]>;
  /** Resolves when our own acks so far are in ess.delivery-state. */
  readonly flush: () => Promise<void>;
  readonly log: Pick<StreamLog, 'error'>;
}

export interface RuleState {
  readonly ruleId: string;
  readonly inForce: boolean;
}

export class RulesInForce {
  readonly #source: InForceSource;
  readonly #max: number;
  #rules: Set<string> | undefined;
  /** Partitions whose rules are all in it. */
  #covered: ReadonlySet<number> = new Set();
  /** Acks since a reading has begun: they are newer than what it finds. */
  #since: Map<string, boolean> | undefined;
  #covers: ReadonlySet<number> = new Set();
  #reading: Promise<void> | undefined;
  #overflown = false;

  constructor(source: InForceSource, max = RULES_MAX) {
    this.#source = source;
    this.#max = max;
  }

  /** There were too many rules to keep: whether the partner has one is not known. */
  get isBlind(): boolean {
    return this.#overflown;
  }

  /** @param kept partitions of the new assignment that nobody else has owned since the last one */
  assigned(kept: ReadonlySet<number>): void {
    this.#covered = common(this.#covered, kept);
    this.#covers = common(this.#covers, kept);
  }

  /** @returns undefined when it is not known for this partition: `learn` first */
  has(partition: number, ruleId: string): boolean | undefined {
    if (!this.#rules || !this.#covered.has(partition)) return undefined;
    return this.#rules.has(ruleId);
  }

  /** The partner has acked a version of the rule. @param over it was told that the rule is not in force any more */
  acked(ruleId: string, over: boolean): void {
    if (this.#rules === undefined && this.#since === undefined) return;
    this.#since?.set(ruleId, !over);
    if (over) this.#rules?.delete(ruleId);
    else if (this.#rules && (this.#rules.size < this.#max || this.#rules.has(ruleId))) this.#rules.add(ruleId);
    else this.#overflow();
  }

  /** A person was told that the rule has left: once is enough. */
  told(ruleId: string): void {
    this.acked(ruleId, true);
  }

  /**
   * Reads what the topic has. Calls at the same time share one reading.
   * @param partitions that are ours now
   * @throws what goes wrong while reading; nothing is known then
   */
  learn(partitions: Iterable<number>): Promise<void> {
    this.#reading ??= this.#read(new Set(partitions)).finally(() => {
      this.#reading = undefined;
      this.#since = undefined;
    });
    return this.#reading;
  }

  async #read(covers: ReadonlySet<number>): Promise<void> {
    this.#covers = covers;
    this.#since = new Map();
    await this.#source.flush();
    const rules = new Set<string>();
    for await (const states of this.#source.read()) {
      for (const { ruleId, inForce } of states) inForce ? rules.add(ruleId) : rules.delete(ruleId);
      if (rules.size > this.#max) break;
    }
    for (const [ruleId, inForce] of this.#since) inForce ? rules.add(ruleId) : rules.delete(ruleId);
    this.#rules = rules;
    this.#covered = this.#covers;
    if (rules.size > this.#max) this.#overflow();
  }

  #overflow(): void {
    if (this.#rules === undefined || this.#overflown) return;
    this.#overflown = true;
    this.#source.log.error({ rules: this.#max }, 'rules.untracked');
  }
}

const common = (a: ReadonlySet<number>, b: ReadonlySet<number>): Set<number> =>
  new Set([...a].filter((partition) => b.has(partition)));
