// Random rules: several scopes and keys, and among them what can never be delivered. Versions of a key ascend.
import { readSchema } from '@ess/schemas/catalog.ts';
import type { RulePublished } from '@ess/schemas/generated/types.ts';
import { Codec } from '@ess/stream/registry/codec.ts';
import { Outbox } from '@ess/stream/write/outbox.ts';
import { Chance } from '../harness/chance.ts';
import { makeRule } from '../harness/data/rules.ts';
import type { TestStack } from '../harness/test-stack.ts';
import { SCOPES } from './partners.ts';

/** `bedCap` of rules that every partner refuses, and of those that it never manages to take. */
export const REFUSED_422 = 422;
export const ALWAYS_500 = 500;
const KEYS = 120;
const TICK_MS = 50;
const CLOSE_MS = 1_000;
const SHARE = {
  unreadable: 0.002,
  tombstone: 0.001,
  refused: 0.004,
  always500: 0.001,
  withdrawn: 0.004,
  otherScope: 0.05,
};
/** What is still under way must be few enough for the runner's memory when Kafka is away. */
const PENDING_MAX = 20_000;

export class ChaosPublisher {
  readonly #stack: TestStack;
  readonly #topic: string;
  readonly #chance: Chance;
  readonly #versions = new Map<string, number>();
  readonly #pending = new Set<Promise<unknown>>();
  /** Those that have a record. */
  readonly #partitions = new Set<number>();
  #outbox: Outbox | undefined;
  #encode: (rule: object) => Buffer = () => Buffer.alloc(0);
  /** Keys of one generation stay in the partition they began in; after partitions were added there is a new one. */
  #generation = 0;
  #perSecond: number;
  #timer: NodeJS.Timeout | undefined;
  #due = 0;
  #failed: unknown;
  published = 0;

  constructor(stack: TestStack, topic: string, seed: number, perSecond: number) {
    this.#stack = stack;
    this.#topic = topic;
    this.#chance = new Chance(seed);
    this.#perSecond = perSecond;
  }

  async start(): Promise<void> {
    this.#encode = await new Codec(this.#stack.registry).encoder(`${this.#topic}-value`, readSchema('rules') as object);
    await this.newGeneration();
    let last = performance.now();
    this.#timer = setInterval(() => {
      const now = performance.now();
      this.#due += ((now - last) / 1000) * this.#perSecond;
      last = now;
      const count = Math.floor(this.#due);
      this.#due -= count;
      if (this.#pending.size < PENDING_MAX) this.burst(count);
    }, TICK_MS);
  }

  /** Rules of keys that nobody has seen: where they go is decided by the partitions that there are now. */
  async newGeneration(): Promise<void> {
    const before = this.#outbox;
    const fresh = new Outbox(this.#stack.kafka);
    await fresh.open([this.#topic]);
    this.#outbox = fresh;
    this.#generation += 1;
    await Promise.allSettled(this.#pending);
    await before?.close(CLOSE_MS);
  }

  burst(count: number): void {
    for (let n = 0; n < count; n += 1) this.#publishOne();
  }

  /**
   * Good rules of every scope in every partition: a worker can tell a partner that is down from one that cannot take the last record
   * it was sent only by another record, and each worker tells for itself.
   */
  nudge(): void {
    for (const scope of SCOPES)
      for (const partition of this.#partitions) {
        const rule = this.#next(`nudge.${scope}.${partition}`, { scope });
        this.#write(rule.ruleId, this.#encode(rule), partition);
      }
  }

  /** Stops; resolves when Kafka has everything. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.drained();
    await this.#outbox?.close(CLOSE_MS);
  }

  pause(): void {
    clearInterval(this.#timer);
  }

  async drained(): Promise<void> {
    await Promise.all(this.#pending);
    if (this.#failed !== undefined) throw this.#failed;
  }

  #publishOne(): void {
    const index = this.#chance.between(0, KEYS - 1);
    const key = `r${index}.${this.#generation}`;
    const draw = this.#chance.next();
    const usual = SCOPES[index % SCOPES.length] as string;
    const other = SCOPES[this.#chance.between(0, SCOPES.length - 1)] as string;
    let threshold = 0;
    const below = (share: number) => {
      threshold += share;
      return draw < threshold;
    };
    if (below(SHARE.unreadable)) return this.#write(key, Buffer.from('no rule'));
    if (below(SHARE.tombstone)) return this.#write(key, null);
    if (below(SHARE.refused)) return this.#send(this.#next(key, { scope: usual, minIcuBeds: REFUSED_422 }));
    if (below(SHARE.always500)) return this.#send(this.#next(key, { scope: usual, minIcuBeds: ALWAYS_500 }));
    if (below(SHARE.withdrawn)) return this.#send(this.#next(key, { scope: usual, status: 'withdrawn' }));
    this.#send(this.#next(key, { scope: below(SHARE.otherScope) ? other : usual }));
  }

  #next(key: string, more: Partial<RulePublished>): RulePublished {
    const version = (this.#versions.get(key) ?? 0) + 1;
    this.#versions.set(key, version);
    return makeRule(key, version, { minIcuBeds: version % 100, ...more });
  }

  #send(rule: RulePublished): void {
    this.#write(rule.ruleId, this.#encode(rule));
  }

  #write(key: string, value: Buffer | null, partition?: number): void {
    const written = this.#outbox?.append([
      { topic: this.#topic, key, value, ...(partition !== undefined && { partition }) },
    ]);
    if (!written) return;
    const tracked = written.then(
      ([place]) => {
        this.published += 1;
        if (place) this.#partitions.add(place.partition);
      },
      (error) => {
        this.#failed ??= error;
      },
    );
    this.#pending.add(tracked);
    void tracked.finally(() => this.#pending.delete(tracked));
  }
}
