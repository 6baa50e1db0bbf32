// A run of several worker processes in virtual time: what the plan says disturbs them for a while, and then all has to come to its end.
import { Coordinator, SESSION_MS } from './coordinator.ts';
import type { Plan } from './plan.ts';
import { SimulatedProcess } from './simulated-process.ts';
import { Broken, Truth } from './truth.ts';

/** Disturbances begin within this time. */
const DISTURBED_MS = 30_000;
const REFRESH_MS = 12_000;
const LIMIT_MS = 600_000;
/** Beyond that, for requests that hang one after the other. */
const LIMIT_REQUESTS = 100;

/** @returns what there was at the end. @throws Broken when a promise is broken, or when it does not come to an end */
export async function simulate(plan: Plan): Promise<Truth> {
  const simulation = new Simulation(plan);
  const uninstall = simulation.truth.time.install(simulation.truth.chance);
  try {
    await simulation.run();
  } finally {
    uninstall();
  }
  return simulation.truth;
}

class Simulation {
  readonly truth: Truth;
  readonly #coordinator: Coordinator;
  readonly #processes: SimulatedProcess[] = [];
  #started = 0;

  constructor(plan: Plan) {
    this.truth = new Truth(plan);
    this.#coordinator = new Coordinator(this.truth);
  }

  async run(): Promise<void> {
    const { plan, time, positions } = this.truth;
    const limitMs = LIMIT_MS + LIMIT_REQUESTS * plan.timeoutMs;
    for (let n = 0; n < plan.members; n++) this.#processes.push(this.#start());
    for (const { partition, appearsAtMs } of this.truth.records)
      time.outside(appearsAtMs, () => {
        for (const { group } of this.#processes) group?.published(partition);
      });
    this.#often(plan.outages, () => this.#outage());
    this.#often(plan.rebalances, () => this.#coordinator.rebalance());
    this.#often(plan.crashes, () => this.#crash());
    this.#often(plan.freezes, () => this.#freeze());
    this.#often(plan.doubts, () => this.#doubt());
    this.#often(plan.stalls, () => this.#stall());
    this.#refresh(plan.keys);
    if (await time.runUntil(() => this.truth.isDone && time.nowMs > DISTURBED_MS, limitMs)) return;
    const open = this.truth.records.filter(({ outcome }) => outcome === undefined);
    throw new Broken(`stalled: ${open.length} records unsettled, positions ${JSON.stringify(positions)}`);
  }

  #start(): SimulatedProcess {
    this.#started += 1;
    return new SimulatedProcess(this.truth, this.#coordinator, this.#started);
  }

  #often(times: number, disturb: () => void): void {
    const { time, chance } = this.truth;
    for (let n = 0; n < times; n++) time.outside(chance.between(1, DISTURBED_MS), disturb);
  }

  #outage(): void {
    const { time, chance } = this.truth;
    this.truth.outage = (['refused', 'hangs', 500, 401] as const)[chance.between(0, 3)];
    time.outside(chance.between(50, 4_000), () => {
      this.truth.outage = undefined;
    });
  }

  #stall(): void {
    const { time, chance } = this.truth;
    this.truth.stalledUntilMs = Math.max(this.truth.stalledUntilMs, time.nowMs + chance.between(100, 15_000));
  }

  /** Another process comes up at once; the partitions move after the session. */
  #crash(): void {
    const index = this.#any();
    this.truth.stats.crashes += 1;
    this.#processes[index]!.kill();
    this.#processes[index] = this.#start();
  }

  #freeze(): void {
    const { time, chance, stats } = this.truth;
    const frozen = this.#processes[this.#any()]!;
    stats.freezes += 1;
    frozen.freeze();
    time.outside(chance.between(100, 15_000), () => time.thaw(frozen));
  }

  #doubt(): void {
    const { time, chance } = this.truth;
    const { group } = this.#processes[this.#any()]!;
    if (!group) return;
    group.isDeaf = true;
    time.outside(chance.between(1_000, 15_000), () => {
      group.isDeaf = false;
    });
  }

  /**
   * A partner that was held while all that waits is refused stays held, until a record of another rule gets through: so one comes
   * now and then.
   */
  #refresh(key: number): void {
    const { time, plan } = this.truth;
    const isSlow = plan.timeoutMs > SESSION_MS;
    time.outside(REFRESH_MS + (isSlow ? 2 * plan.timeoutMs : 0), () => {
      const partition = this.truth.publish(key, 'good', time.nowMs);
      for (const { group } of this.#processes) group?.published(partition);
      this.#refresh(key + 1);
    });
  }

  #any(): number {
    return this.truth.chance.between(0, this.#processes.length - 1);
  }
}
