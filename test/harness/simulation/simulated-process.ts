// A worker process of a simulation: the real Partner, with its assignments, breaker and ledger. What it writes, sends and reads goes
// to the world of the simulation (truth.ts), which may kill or freeze it between any two events.

import { Partner } from '@ess/worker/partner.ts';
import type { Shared } from '@ess/worker/partner-context.ts';
import { recoverRow } from '@ess/worker/record/recovery.ts';
import type { RuleState } from '@ess/worker/record/rules-in-force.ts';
import { makeConnector } from '../data/connector.ts';
import { makeShared } from '../data/worker-shared.ts';
import type { Coordinator } from './coordinator.ts';
import { SESSION_MS } from './coordinator.ts';
import { LateOutbox } from './late-outbox.ts';
import { LatePartner } from './late-partner.ts';
import { SimulatedGroup } from './simulated-group.ts';
import type { Kind, Truth } from './truth.ts';

export class SimulatedProcess {
  readonly #truth: Truth;
  readonly #coordinator: Coordinator;
  readonly #outbox: LateOutbox;
  readonly #workerId: string;
  readonly #partner: LatePartner;
  #group: SimulatedGroup | undefined;
  #takeovers = 0;

  constructor(truth: Truth, coordinator: Coordinator, number: number) {
    this.#truth = truth;
    this.#coordinator = coordinator;
    this.#outbox = new LateOutbox(truth);
    this.#partner = new LatePartner(truth);
    this.#workerId = `w-${number}`;
    truth.time.after(0, () => this.#start(), this);
  }

  /** Undefined until it has started. */
  get group(): SimulatedGroup | undefined {
    return this.#group;
  }

  /** It is gone without a word. */
  kill(): void {
    this.#outbox.kill();
    this.#partner.broken();
    this.#truth.time.kill(this);
  }

  /** Nothing of it happens until it is thawed. */
  freeze(): void {
    this.#partner.left();
    this.#truth.time.freeze(this);
  }

  #start(): void {
    const { plan } = this.#truth;
    const connector = makeConnector('hospital', 'http://127.0.0.1:1/', {
      map: (record) =>
        (record as { kind?: Kind }).kind === 'unmapped'
          ? { ok: false, reason: 'choice: nothing fits' }
          : { ok: true, document: { ...record } },
      deliver: {
        concurrency: plan.concurrency,
        catchUp: plan.catchUp,
        timeoutMs: plan.timeoutMs,
        atRebalance: plan.atRebalance,
        retry: { maxAttempts: 6, firstMs: 50, maxMs: 400 },
        breaker: { failureRatio: 0.5, windowMs: 5_000, minAttempts: 6, probeFirstMs: 50, probeMaxMs: 200 },
      },
    });
    const partner = new Partner(connector, this.#shared(), {
      openGroup: (_connector, _shared, hooks) => {
        const group = new SimulatedGroup(this.#truth, this.#coordinator, this, hooks, (partitions) =>
          this.#takeOver(partitions),
        );
        this.#group = group;
        return group;
      },
      openSender: () => this.#partner,
    });
    void partner.group.start();
  }

  #shared(): Shared {
    const { audit, stats } = this.#truth;
    return makeShared({
      workerId: this.#workerId,
      sessionTimeoutMs: SESSION_MS,
      outbox: this.#outbox,
      recover: async (owners, said, stood) => {
        await this.#wait(300);
        const counted: typeof said = (...what) => {
          stats.recovered += 1;
          said(...what);
        };
        for (const row of audit) recoverRow(row, owners, counted, stood);
      },
      history: { rules: () => this.#rules(), acked: async () => {}, sent: async () => new Map() },
    });
  }

  /** From here on it writes as the owner that it is now. */
  #takeOver(partitions: readonly number[]) {
    this.#takeovers += 1;
    this.#outbox.owner = `${this.#workerId}/${this.#takeovers}`;
    return partitions.map((partition) => this.#truth.takenOver(this.#outbox.owner, partition));
  }

  async *#rules(): AsyncGenerator<RuleState[]> {
    await this.#wait(300);
    yield [...this.#truth.states.values()].map(({ ruleId, status }) => ({ ruleId, inForce: status === 'acked' }));
  }

  #wait(mostMs: number): Promise<void> {
    return new Promise((resolve) => void this.#truth.time.after(this.#truth.chance.between(1, mostMs), resolve));
  }
}
