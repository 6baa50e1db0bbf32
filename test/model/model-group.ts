// A model of a consumer group in virtual time: members come, go and crash, and the partitions move between them. The members
// (model-epoch.ts) use Lanes, Watermark and the commit metadata as services/worker does; Kafka, the partner and the
// audit topic (model-world.ts) are only what can be observed of them.
import { ModelMember } from './model-member.ts';
import type { ModelStats, Plan } from './model-world.ts';
import { Broken, ModelWorld } from './model-world.ts';

/** Disturbances begin within this time; then the run has to come to its end. */
const DISTURBED_MS = 4_000;
const LIMIT_MS = 600_000;
const SESSION_MS = 400;

export class ModelGroup {
  readonly world: ModelWorld;
  #members: ModelMember[] = [];
  #rebalancing = false;
  #again = false;

  constructor(plan: Plan) {
    this.world = new ModelWorld(plan);
  }

  /** Runs to the end: every record settled and every position at the end of its partition. */
  run(): ModelStats {
    this.#members = Array.from({ length: this.world.plan.members }, () => new ModelMember(this.world));
    this.#rebalance();
    for (let n = 0; n < this.world.plan.outages; n++) this.#sometime(() => this.#outage());
    for (let n = 0; n < this.world.plan.rebalances; n++) this.#sometime(() => this.#rebalance());
    for (let n = 0; n < this.world.plan.crashes; n++) this.#sometime(() => this.#crash());
    const done = () => this.world.time.nowMs > DISTURBED_MS && this.world.isDone;
    if (!this.world.time.runUntil(done, LIMIT_MS)) {
      const open = this.world.log.flat().filter(({ settled }) => !settled);
      throw new Broken(`stalled: ${open.length} records unsettled, positions ${JSON.stringify(this.world.positions)}`);
    }
    return this.world.stats;
  }

  #sometime(run: () => void): void {
    this.world.time.after(this.world.chance.between(1, DISTURBED_MS), run);
  }

  #outage(): void {
    this.world.partnerDown = true;
    this.world.time.after(this.world.chance.between(50, 3_000), () => {
      this.world.partnerDown = false;
    });
  }

  /** One member is gone without a word; another comes up at once, the partitions move after the session. */
  #crash(): void {
    const index = this.world.chance.between(0, this.#members.length - 1);
    this.world.stats.crashes += 1;
    this.#members[index]!.crash();
    this.#members[index] = new ModelMember(this.world);
    this.world.time.after(SESSION_MS, () => this.#rebalance());
  }

  /** Every member ends its assignment; when all have, each starts a new one from what Kafka has. */
  #rebalance(): void {
    if (this.#rebalancing) {
      this.#again = true;
      return;
    }
    this.#rebalancing = true;
    this.world.stats.rebalances += 1;
    const waiting = new Set(this.#members);
    const settle = () => {
      for (const member of waiting) if (member.idle) waiting.delete(member);
      if (waiting.size > 0) return void this.world.time.after(5, settle);
      this.#assign();
    };
    for (const member of this.#members) member.revoke();
    settle();
  }

  #assign(): void {
    const shares = new Map(this.#members.map((member) => [member, [] as number[]]));
    for (let partition = 0; partition < this.world.plan.partitions; partition++) {
      const member = this.#members[this.world.chance.between(0, this.#members.length - 1)]!;
      shares.get(member)!.push(partition);
      if (this.world.positions[partition]!.metadata !== null) this.world.stats.handedOver += 1;
    }
    this.#rebalancing = false;
    for (const [member, partitions] of shares) member.assign(partitions);
    if (!this.#again) return;
    this.#again = false;
    this.world.time.after(1, () => this.#rebalance());
  }
}
