// Where it happens: a cluster of three brokers and a registry, partners with their logs, and slots of worker processes.

import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { makeCertificate } from '@ess/infra/demo/certificate.ts';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { writeConnector } from '../harness/data/connector-files.ts';
import { eventually } from '../harness/deadline.ts';
import { ownTestStack } from '../harness/own-stack.ts';
import { EssProcess } from '../harness/programs/worker-process.ts';
import type { TestStack } from '../harness/test-stack.ts';
import type { Ended } from './check/evidence.ts';
import { ChaosPartner } from './partner.ts';
import type { ChaosPartnerPlan } from './partners.ts';
import { BROKERS, WORKERS } from './plan.ts';

export const TOPIC = 'rules';
const STABLE_MS = 300_000;
/** A stop waits for the slowest request, 120 s, and for what comes after it. */
const STOP_MS = 150_000;
const ASK_MS = 60_000;
const ASK_AGAIN_MS = 500;
/** One in so many workers sends by its own thread; the others have one thread for it, two, … */
const THREADS = 3;

export class Field implements AsyncDisposable {
  readonly stack: Awaited<ReturnType<typeof ownTestStack>>;
  readonly folder: string;
  readonly partners: ReadonlyMap<string, ChaosPartner>;
  readonly ended: Ended[] = [];
  /** Requests to the address that no worker may follow a redirect to. */
  readonly trap: { requests: number };
  readonly #cleanup: Cleanup;
  readonly #slots: Array<EssProcess | undefined> = Array.from({ length: WORKERS });
  readonly #extras = new Set<EssProcess>();
  #spawned = 0;

  private constructor(parts: Pick<Field, 'stack' | 'folder' | 'partners' | 'trap'>, cleanup: Cleanup) {
    ({ stack: this.stack, folder: this.folder, partners: this.partners, trap: this.trap } = parts);
    this.#cleanup = cleanup;
    cleanup.defer(() =>
      Promise.all([...this.#slots, ...this.#extras].map((worker) => worker?.[Symbol.asyncDispose]())),
    );
  }

  /** @param folder for logs, connectors and certificates; stays when the run is over */
  static async open(folder: string, seed: number, plans: readonly ChaosPartnerPlan[]): Promise<Field> {
    const cleanup = new Cleanup();
    try {
      mkdirSync(folder, { recursive: true });
      const stack = await ownTestStack(BROKERS, true);
      cleanup.defer(() => stack[Symbol.asyncDispose]());
      const trap = { requests: 0 };
      const privateUrl = await openTrap(trap, cleanup);
      const first = makeCertificate('first');
      const second = makeCertificate('second');
      const untrusted = makeCertificate('untrusted');
      writeFileSync(join(folder, 'trusted.pem'), first.cert + second.cert);
      const partners = new Map<string, ChaosPartner>();
      for (const [index, { name, tls, scopes, deliver, slow }] of plans.entries()) {
        const options = { slow, ...(tls ? { certificates: { first, second, untrusted } } : {}) };
        const partner = new ChaosPartner(join(folder, `${name}.log`), seed + index, privateUrl, options);
        await partner.listen();
        cleanup.defer(() => partner[Symbol.asyncDispose]());
        partners.set(name, partner);
        const source = { where: { scope: [...scopes] } };
        writeConnector(join(folder, 'connectors'), name, TOPIC, partner.url, { source, deliver });
      }
      return new Field({ stack, folder, partners, trap }, cleanup);
    } catch (error) {
      await cleanup[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Asks the cluster again when a broker dies while it is asked: kafkajs gives up on a refused connection. */
  async ask<T>(question: (admin: TestStack['admin']) => Promise<T>): Promise<T> {
    const deadline = performance.now() + ASK_MS;
    for (;;) {
      try {
        return await question(this.stack.admin);
      } catch (error) {
        if (performance.now() > deadline) throw error;
        await delay(ASK_AGAIN_MS);
      }
    }
  }

  startWorker(slot: number): void {
    if (!this.#slots[slot]) this.#slots[slot] = this.#spawn();
  }

  /** A member beyond the slots, for a storm. */
  startExtra(): EssProcess {
    const extra = this.#spawn();
    this.#extras.add(extra);
    return extra;
  }

  async endExtra(extra: EssProcess): Promise<void> {
    this.ended.push({ atMs: Date.now(), how: 'SIGTERM' });
    await extra.signal('SIGTERM', STOP_MS);
    this.#keepOutput(extra);
    this.#extras.delete(extra);
  }

  async signalWorker(slot: number, signal: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): Promise<void> {
    const worker = this.#slots[slot];
    if (!worker) return;
    if (signal !== 'SIGCONT') this.ended.push({ atMs: Date.now(), how: signal });
    await worker.signal(signal, STOP_MS);
    if (signal !== 'SIGKILL' && signal !== 'SIGTERM') return;
    this.#slots[slot] = undefined;
    this.#keepOutput(worker);
  }

  /** Workers that ended by themselves, with the end of what they said. */
  get crashed(): string[] {
    return [...this.#slots, ...this.#extras].flatMap((worker) =>
      worker?.ended === undefined
        ? []
        : [`worker ${worker.pid} ended with ${worker.ended}:\n${worker.output.slice(-2_000)}`],
    );
  }

  /** Every group is stable with all workers. */
  async stable(): Promise<void> {
    const groups = [...this.partners.keys()].map((name) => `ess.${name}`);
    await eventually(
      'all groups stable',
      async () => {
        if (this.crashed.length > 0) throw new Error(this.crashed.join('\n'));
        const { groups: found } = await this.ask((admin) => admin.describeGroups(groups));
        return found.every(({ state, members }) => state === 'Stable' && members.length === WORKERS) || undefined;
      },
      { timeoutMs: STABLE_MS, stepMs: 200 },
    );
  }

  /** Unsettled records, by partner. */
  async lag(): Promise<Map<string, number>> {
    const ends = await this.ask((admin) => admin.fetchTopicOffsets(TOPIC));
    const lags = [...this.partners.keys()].map(async (name) => {
      const [committed] = await this.ask((admin) => admin.fetchOffsets({ groupId: `ess.${name}`, topics: [TOPIC] }));
      const at = new Map(committed?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
      const lag = ends.reduce(
        (sum, { partition, high }) => sum + Number(high) - Math.max(0, at.get(partition) ?? 0),
        0,
      );
      return [name, lag] as const;
    });
    return new Map(await Promise.all(lags));
  }

  /** Ends workers and partners in good order: what they have to say is written. */
  async quiet(): Promise<void> {
    await Promise.all(this.#slots.map((_, slot) => this.signalWorker(slot, 'SIGTERM')));
    await Promise.all([...this.partners.values()].map((partner) => partner[Symbol.asyncDispose]()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const worker of [...this.#slots, ...this.#extras]) if (worker) this.#keepOutput(worker);
    await this.#cleanup[Symbol.asyncDispose]();
  }

  #spawn(): EssProcess {
    this.#spawned += 1;
    // Workers with and without threads beside each other, of one version.
    const threads = String(this.#spawned % THREADS);
    return new EssProcess(['worker', ...this.partners.keys(), '--port', '0', '--threads', threads], {
      KAFKA_BROKERS: this.stack.brokers.join(','),
      SCHEMA_REGISTRY_URL: this.stack.registry,
      ESS_CONNECTORS: join(this.folder, 'connectors'),
      ESS_LOG_LEVEL: process.env['CHAOS_LOG_LEVEL'] ?? 'warn',
      NODE_EXTRA_CA_CERTS: join(this.folder, 'trusted.pem'),
    });
  }

  #keepOutput({ pid, output }: EssProcess): void {
    appendFileSync(join(this.folder, `worker-${pid}.log`), output);
  }
}

/** A private address where a redirect points. @returns its URL */
async function openTrap(trap: { requests: number }, cleanup: Cleanup): Promise<string> {
  const server: Server = createServer((_request, response) => {
    trap.requests += 1;
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.2', resolve));
  cleanup.defer(() => new Promise((resolve) => server.close(resolve)));
  return `http://127.0.0.2:${(server.address() as AddressInfo).port}/inside`;
}
