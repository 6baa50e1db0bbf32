// Which partners a worker process works for: those it began with, those whose folders come and go while it runs. Each is a
// member of its own group; one that comes or leaves concerns no other.
import type { Connector } from '@ess/domain/connector/connector.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { isKafkaAway, patiently } from '@ess/runtime/waiting.ts';
import { Partner } from './partner.ts';
import type { DeliveringConnector, Shared } from './partner-context.ts';

export interface MembershipOptions {
  /** Those that are there, by name; kept here. */
  readonly partners: Map<string, Partner>;
  readonly shared: Shared;
  /** What the program is not ready without. */
  readonly waits: Set<string>;
  readonly hasTopic: (topic: string) => Promise<boolean>;
}

export class Membership {
  readonly #options: MembershipOptions;
  /** What is being done about a partner, by name: it comes and leaves one step after the other. */
  readonly #turns = new Map<string, Promise<unknown>>();
  readonly #leaving = new Set<Promise<void>>();

  constructor(options: MembershipOptions) {
    this.#options = options;
  }

  /** Resolves when the groups of all of them are being joined. */
  async begin(connectors: readonly DeliveringConnector[]): Promise<void> {
    const opened = connectors.map((connector) => this.#open(connector));
    await Promise.all(opened.map((partner) => partner.group.start()));
  }

  /**
   * A connector that is new or has changed takes effect; one that no longer delivers ends the deliveries.
   * @param signal ends the wait for the partner's topic
   * @throws when it cannot; all is as before then
   */
  async put(connector: Connector, signal: AbortSignal): Promise<void> {
    const { partner: name } = connector;
    if (!delivers(connector)) return this.remove(name);
    const { changed } = await this.#inTurn(name, async () => {
      signal.throwIfAborted();
      const running = this.#options.partners.get(name);
      // Its turn is over before its last request by the files of before is.
      if (running?.connector.source.topic === connector.source.topic) return { changed: running.reload(connector) };
      await this.#leave(name); // from another topic
      await this.#join(connector, signal);
      return { changed: undefined };
    });
    await changed;
  }

  /** Settles what is in flight, commits and leaves the group. */
  remove(name: string): Promise<void> {
    return this.#inTurn(name, () => this.#leave(name));
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#leaving, ...[...this.#options.partners.values()].map((partner) => partner.stop())]);
  }

  #open(connector: DeliveringConnector): Partner {
    const { partners, shared, waits } = this.#options;
    const partner = new Partner(connector, shared);
    shared.decoder.addReader(connector.source.topic);
    partners.set(partner.name, partner);
    waits.add(waitOf(partner.name));
    void partner.assigned.then(() => waits.delete(waitOf(partner.name)));
    return partner;
  }

  /** A topic that is not there would end the consumer, and with it the program: it is waited for, as Kafka is. */
  #join(connector: DeliveringConnector, signal: AbortSignal): Promise<void> {
    const { log } = this.#options.shared;
    const { partner: name, source } = connector;
    const join = async (): Promise<void> => {
      if (!(await this.#options.hasTopic(source.topic)))
        throw new EssError('ESS_BROKER', `Kafka has no topic ${source.topic}, the source of ${name}`);
      signal.throwIfAborted();
      try {
        await this.#open(connector).group.start();
      } catch (error) {
        await this.#leave(name);
        throw error;
      }
    };
    return patiently('waiting for Kafka', join, { log, signal, mayPass: isKafkaAway });
  }

  async #leave(name: string): Promise<void> {
    const { partners, shared, waits } = this.#options;
    const partner = partners.get(name);
    if (!partner) return;
    partners.delete(name);
    const leaving = partner.stop();
    this.#leaving.add(leaving);
    try {
      await leaving;
    } finally {
      this.#leaving.delete(leaving);
      shared.decoder.removeReader(partner.connector.source.topic);
      waits.delete(waitOf(name));
      const { lagRecords, lagSeconds, inflight, concurrency, held, circuit, replayWindow } = shared.metrics;
      for (const gauge of [lagRecords, lagSeconds, inflight, concurrency, held, circuit, replayWindow])
        gauge.remove({ partner: name });
    }
  }

  #inTurn<T>(name: string, step: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(name) ?? Promise.resolve();
    const turn = before.then(step);
    const over = turn.catch(() => undefined);
    this.#turns.set(name, over);
    return turn;
  }
}

export function delivers(connector: Connector): connector is DeliveringConnector {
  return connector.deliver !== undefined;
}

const waitOf = (name: string): string => `partitions of ${name}`;
