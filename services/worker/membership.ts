// Which partners a worker process works for: those it began with, those whose folders come and go while it runs. Each is a
// member of its own group; one that comes or leaves concerns no other. Nor does what is wrong with one's source: a topic that is not
// there or may not be read, a consumer that has ended. That partner is opened again later, longer each time, and it is told why.
import type { Connector } from '@ess/domain/connector/connector.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { forgetPartner } from '@ess/runtime/metrics/worker-metrics.ts';
import { isKafkaAway } from '@ess/runtime/waiting.ts';
import { whyUnlisted } from '@ess/stream/read/topic-reader.ts';
import { Backoff } from './item/backoff.ts';
import { Partner } from './partner.ts';
import type { DeliveringConnector, Shared } from './partner-context.ts';

export interface MembershipOptions {
  /** Those that are there, by name; kept here. */
  readonly partners: Map<string, Partner>;
  readonly shared: Shared;
  /** What the program is not ready without. */
  readonly waits: Set<string>;
  /** Names of those that are there and may be read. */
  readonly topics: () => Promise<readonly string[]>;
}

/** A partner whose source keeps it waiting. */
interface HeldPartner {
  readonly backoff: Backoff;
  readonly timer: NodeJS.Timeout;
  /** As its files were last. */
  readonly connector: DeliveringConnector;
}

export class Membership {
  readonly #options: MembershipOptions;
  /** What is being done about a partner, by name: it comes and leaves one step after the other. */
  readonly #turns = new Map<string, Promise<unknown>>();
  readonly #leaving = new Set<Promise<void>>();
  /** Those that wait for their source, by name. */
  readonly #held = new Map<string, HeldPartner>();

  constructor(options: MembershipOptions) {
    this.#options = options;
  }

  /** Resolves when the groups of all of them are being joined, but for those whose source keeps them waiting. */
  async begin(connectors: readonly DeliveringConnector[]): Promise<void> {
    const topics = this.#options.topics(); // once for all of them
    await Promise.all(
      connectors.map((connector) => this.#inTurn(connector.partner, () => this.#join(connector, topics))),
    );
  }

  /** Its consumer has ended and will not come back: it leaves, and is opened again later. */
  crashed(name: string, error: Error): void {
    const partner = this.#options.partners.get(name);
    void this.#inTurn(name, async () => {
      if (!partner || this.#options.partners.get(name) !== partner) return;
      await this.#leave(name).catch((failure) => partner.log.warn({ error: String(failure) }, 'partner.leave-failed'));
      this.#holdBack(partner.connector, error);
    });
  }

  /**
   * A connector that is new or has changed takes effect; one that no longer delivers ends the deliveries.
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
      await this.#join(connector).catch((error) => this.#holdBack(connector, error));
      return { changed: undefined };
    });
    await changed;
  }

  /** Settles what is in flight, commits and leaves the group. */
  remove(name: string): Promise<void> {
    return this.#inTurn(name, async () => {
      this.#forgetHold(name);
      await this.#leave(name);
      this.#options.shared.metrics.sourceHeld.remove({ partner: name });
    });
  }

  async stop(): Promise<void> {
    for (const { timer } of this.#held.values()) clearTimeout(timer);
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

  /** @throws when Kafka is away; what is wrong with the partner's source alone is told, and the partner waits */
  async #join(connector: DeliveringConnector, topics = this.#options.topics()): Promise<void> {
    const { partner: name, source } = connector;
    try {
      // kafkajs would ask for it in silence for a minute, and then end.
      if (!(await topics).includes(source.topic))
        throw new EssError(
          'ESS_SOURCE',
          (await whyUnlisted(this.#options.shared.kafka, source.topic)) ??
            `Kafka has no topic ${source.topic} that ESS may read`,
        );
      await this.#open(connector).group.start();
      this.#flows(name);
    } catch (error) {
      await this.#leave(name);
      if (isKafkaAway(error)) throw error;
      this.#holdBack(connector, error);
    }
  }

  /** The partner is opened again after a while. */
  #holdBack(connector: DeliveringConnector, error: unknown): void {
    const { shared, waits } = this.#options;
    const { partner: name, source } = connector;
    const held = this.#held.get(name);
    clearTimeout(held?.timer);
    const backoff = held?.backoff ?? new Backoff();
    const againInMs = backoff.failed(performance.now());
    const again = async () => {
      // Its files may have changed since.
      const newest = this.#held.get(name)?.connector;
      if (newest) await this.#join(newest).catch((failure) => this.#holdBack(newest, failure));
    };
    const timer = setTimeout(() => void this.#inTurn(name, again), againInMs);
    this.#held.set(name, { backoff, timer, connector });
    // Nobody waits for it: the others flow.
    waits.delete(waitOf(name));
    shared.metrics.sourceHeld.set({ partner: name }, 1);
    const reason = `source: ${source.topic}: ${error instanceof Error ? error.message : String(error)}`;
    const remedy = `create ${source.topic}, let ESS read it and join the group ess.${name}, or name another source.topic in its connector.yaml`;
    shared.log.error({ partner: name, topic: source.topic, error: reason, remedy, againInMs }, 'source.held');
  }

  #flows(name: string): void {
    const held = this.#held.get(name);
    if (!held) return;
    this.#forgetHold(name);
    this.#options.shared.log.info({ partner: name }, 'source.resumed');
  }

  #forgetHold(name: string): void {
    clearTimeout(this.#held.get(name)?.timer);
    this.#held.delete(name);
    this.#options.shared.metrics.sourceHeld.set({ partner: name }, 0);
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
      await forgetPartner(shared.metrics, name);
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
