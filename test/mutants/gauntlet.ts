// The smallest run in which each mutant must show itself: a backlog of several versions per rule, a worker that is frozen past
// its session, and a restart with records open below settled ones.
import { join } from 'node:path';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { check } from '../chaos/check/checker.ts';
import type { Ended, Violation } from '../chaos/check/evidence.ts';
import { shortestHistory } from '../chaos/check/history.ts';
import { gather, readReceipts } from '../chaos/gather.ts';
import { ChaosPartner } from '../chaos/partner.ts';
import { ALWAYS_500 } from '../chaos/publisher.ts';
import { makeRule } from '../harness/data/rules.ts';
import { eventually } from '../harness/deadline.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import type { TestStack } from '../harness/test-stack.ts';

const KEYS = 40;
const PARTITIONS = 4;
/** The worker that is frozen must have work before it when it wakes, also where the test is slow to freeze it. */
const ANSWER_MS = 250;
/** Never given up, and seldom tried: they stay open below what is settled. */
const RETRY = { maxAttempts: 1_000, firstMs: 2_000, maxMs: 4_000 };
const SLOW_MS = 60_000;

export class Gauntlet implements AsyncDisposable {
  readonly #stack: TestStack;
  readonly #line: Pipeline;
  readonly #partner: ChaosPartner;
  readonly #cleanup: Cleanup;
  readonly #ended: Ended[] = [];
  readonly #startedAtMs = Date.now();

  private constructor(stack: TestStack, line: Pipeline, partner: ChaosPartner, cleanup: Cleanup) {
    this.#stack = stack;
    this.#line = line;
    this.#partner = partner;
    this.#cleanup = cleanup;
  }

  /** @param script the `ess` to run: a mutant's, or the repository's own */
  static async open(stack: TestStack, script?: string): Promise<Gauntlet> {
    const cleanup = new Cleanup();
    const partner = new ChaosPartner(join(temporaryFolder(cleanup), 'partner.log'), 1, '', {
      answerAfterMs: ANSWER_MS,
    });
    await partner.listen();
    cleanup.defer(() => partner[Symbol.asyncDispose]());
    const deliver = { timeoutMs: 2_000, concurrency: 4, retry: RETRY };
    const line = await Pipeline.open(stack, partner, {
      partitions: PARTITIONS,
      deliver,
      ...(script ? { script } : {}),
    });
    cleanup.defer(() => line[Symbol.asyncDispose]());
    return new Gauntlet(stack, line, partner, cleanup);
  }

  /** One of two workers is frozen in the middle of a backlog, for longer than its session, and wakes. */
  async frozen(): Promise<void> {
    const [worker] = await this.#line.start(2);
    const members = await this.#line.stable(2);
    await this.#publish(1, 6);
    await this.#received(KEYS / 2); // soon: the worker must have more before it
    this.#ended.push({ atMs: Date.now(), how: 'SIGSTOP' });
    await worker?.signal('SIGSTOP');
    await this.#line.stable(1, { before: members, gone: 1 });
    await this.#received(6 * KEYS);
    await worker?.signal('SIGCONT');
    await this.#line.stable(2);
  }

  /** Both workers leave in good order while a record of each partition is open; another one goes on. */
  async restarted(): Promise<void> {
    await this.#publish(7, 1);
    await this.#received(7 * KEYS);
    await Promise.all(this.#line.workers.map((worker) => worker.signal('SIGTERM')));
    await this.#line.start(1);
    this.#partner.mended = true;
    await this.#line.drained(SLOW_MS);
    await this.#line.workers.at(-1)?.signal('SIGTERM');
    await this.#partner[Symbol.asyncDispose]();
  }

  /** What the checker of chaos runs says of it. */
  async judged(): Promise<{ violations: readonly Violation[]; history: string }> {
    const { kafka, registry } = this.#stack;
    const inScope = (scope: string) => scope === 'Hospital';
    const evidence = await gather({
      kafka,
      registry,
      topic: this.#line.source.name,
      sinceMs: this.#startedAtMs,
      workersEnded: this.#ended,
      witnesses: [{ name: this.#line.partner, inScope, receipts: readReceipts(this.#partner.logFile) }],
    });
    const { violations } = check(evidence);
    return { violations, history: shortestHistory(evidence, violations) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cleanup[Symbol.asyncDispose]();
  }

  /** Versions from `first` on, of all keys; with the first ones a record of each partition that is never accepted. */
  async #publish(first: number, versions: number): Promise<void> {
    const bad = Array.from({ length: PARTITIONS * 3 }, (_, index) =>
      makeRule(`bad${index}`, 1, { minIcuBeds: ALWAYS_500 }),
    );
    const good = Array.from({ length: versions * KEYS }, (_, index) =>
      makeRule(`r${index % KEYS}`, first + Math.floor(index / KEYS), { minIcuBeds: 1 }),
    );
    await this.#line.source.publish(first === 1 ? [...bad, ...good] : good);
  }

  /** So many rules were acked. */
  async #received(rules: number): Promise<void> {
    await eventually(`${rules} rules acked`, () => this.#partner.acked >= rules || undefined, { timeoutMs: SLOW_MS });
  }
}
