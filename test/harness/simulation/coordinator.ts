// The group's coordinator, as Kafka's is: it knows its members by their heartbeats, asks all of them to join anew when one comes or
// is gone, and takes commits only from members of the generation that is on. Who has not joined when the rebalance timeout is over is
// thrown out.
import { rebalanceTimeoutMs } from '@ess/domain/delivery/rebalance-timeout.ts';
import type { Truth } from './truth.ts';

/** A process of the group, as the coordinator sees it. */
export interface Joiner {
  readonly process: object;
  /** It is a member of this generation, and owner of these partitions. */
  assigned(generation: number, partitions: readonly number[]): void;
}

export const SESSION_MS = 10_000;

export class Coordinator {
  readonly #truth: Truth;
  readonly #members = new Map<Joiner, { seenAtMs: number }>();
  readonly #joined = new Set<Joiner>();
  #generation = 0;
  #isRebalancing = false;
  #rebalances = 0;

  constructor(truth: Truth) {
    this.#truth = truth;
  }

  /** Whether commits of this generation are taken from this member. */
  accepts(member: Joiner, generation: number): boolean {
    return this.#members.has(member) && generation === this.#generation;
  }

  /** Members are to end their assignments, and join. */
  rebalance(): void {
    if (!this.#isRebalancing) this.#expelLater();
    this.#isRebalancing = true;
    this.#complete();
  }

  /** @returns what the member is told; 'lost': it is none */
  heartbeat(member: Joiner): 'go on' | 'join' | 'lost' {
    const known = this.#members.get(member);
    if (!known) return 'lost';
    known.seenAtMs = this.#truth.time.nowMs;
    return this.#isRebalancing ? 'join' : 'go on';
  }

  join(member: Joiner): void {
    this.#joined.add(member);
    if (!this.#members.has(member)) {
      this.#members.set(member, { seenAtMs: this.#truth.time.nowMs });
      this.#expireLater(member);
    }
    this.rebalance();
  }

  /** A member that is not heard of for a session is none any more. One whose join is waiting has nothing to say. */
  #expireLater(member: Joiner): void {
    const { time } = this.#truth;
    const known = this.#members.get(member);
    if (!known) return;
    time.outside(Math.max(1, known.seenAtMs + SESSION_MS - time.nowMs), () => {
      if (this.#members.get(member) !== known) return;
      if (this.#joined.has(member)) known.seenAtMs = time.nowMs;
      if (time.nowMs < known.seenAtMs + SESSION_MS) return this.#expireLater(member);
      this.#members.delete(member);
      this.rebalance();
    });
  }

  #expelLater(): void {
    const { time, plan } = this.#truth;
    this.#rebalances += 1;
    const rebalance = this.#rebalances;
    time.outside(rebalanceTimeoutMs({ ...plan, pipelining: 1 }, SESSION_MS), () => {
      if (!this.#isRebalancing || rebalance !== this.#rebalances) return;
      for (const member of this.#members.keys()) if (!this.#joined.has(member)) this.#members.delete(member);
      this.#complete();
    });
  }

  /** When every member has joined, the partitions are dealt. */
  #complete(): void {
    const members = [...this.#members.keys()];
    if (!this.#isRebalancing || members.length === 0 || members.some((member) => !this.#joined.has(member))) return;
    const { chance, time, plan } = this.#truth;
    this.#isRebalancing = false;
    this.#joined.clear();
    this.#generation += 1;
    const generation = this.#generation;
    const shares = new Map(members.map((member) => [member, [] as number[]]));
    for (let partition = 0; partition < plan.partitions; partition++)
      shares.get(members[chance.between(0, members.length - 1)]!)!.push(partition);
    for (const [member, partitions] of shares) {
      this.#members.get(member)!.seenAtMs = time.nowMs;
      time.after(chance.between(1, 20), () => member.assigned(generation, partitions), member.process);
    }
  }
}
