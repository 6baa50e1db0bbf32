// Partners without an endpoint: what their streams show of what is public, and how far their clients have said that they are
// (ess.stream-state). Both topics are followed from the first such partner on.
import { setTimeout as delay } from 'node:timers/promises';
import type { Connector } from '@ess/domain/connector/connector.ts';
import type { PublicEvent, Receipt } from '@ess/domain/stream/stream-receipts.ts';
import { StreamReceipts } from '@ess/domain/stream/stream-receipts.ts';
import type { Acked } from '@ess/domain/view/cell.ts';
import type { ClientReceipt, PublicRule } from '@ess/schemas/generated/types.ts';
import { PUBLIC_TOPIC, STREAM_STATE_TOPIC } from '@ess/schemas/topics.ts';
import { read } from '@ess/stream/read/read.ts';
import { rows } from '@ess/stream/read/rows.ts';
import type { KnowsTopicIds } from '@ess/stream/read/topic-ids.ts';
import type { Surroundings } from '../fold/around-cells.ts';
import type { PartnerCells } from '../fold/partner-cells.ts';
import { PublicEvents } from '../fold/public-events.ts';
import type { ShownEvent } from '../fold/shown-events.ts';
import { ShownEvents } from '../fold/shown-events.ts';
import type { RowsOptions } from './followed-rows.ts';
import { followRows } from './followed-rows.ts';
import type { FollowedTopic } from './followed-topic.ts';

export const isStreamOnly = ({ deliver, stream }: Connector): boolean => deliver === undefined && stream.enabled;
export const isViewed = (connector: Connector): boolean => connector.deliver !== undefined || isStreamOnly(connector);

/** For a public topic that is not there. */
const LOOK_EVERY_MS = 5_000;

export interface StreamPartnersOptions extends RowsOptions {
  readonly topicIds: Pick<KnowsTopicIds, 'of' | 'watch'>;
  /** Default: `followRows`. */
  readonly follow?: typeof followRows;
}

export class StreamPartners implements AsyncDisposable {
  readonly #options: StreamPartnersOptions;
  #events = new PublicEvents();
  readonly #receipts = new StreamReceipts();
  readonly #shown = new Map<PartnerCells, ShownEvents>();
  readonly #connectors = new Map<PartnerCells, Connector>();
  #public: FollowedTopic | undefined;
  #said: FollowedTopic | undefined;
  #following: Promise<void> | undefined;
  #topicId: string | undefined;
  /** The public topic is another log since, and not read to its end yet. */
  #isAnew = false;
  /** Ends the watch over the id of the public topic. */
  #unwatch = (): void => undefined;
  readonly #closing = new AbortController();

  constructor(options: StreamPartnersOptions) {
    this.#options = options;
  }

  get follows(): FollowedTopic[] {
    return [this.#public, this.#said].filter((one) => one !== undefined);
  }

  /** Why nothing is known of what streams show; undefined: it is followed. */
  get trouble(): string | undefined {
    return this.#isAnew ? `${PUBLIC_TOPIC} was made anew and is read again` : undefined;
  }

  /** One that is there before anything is followed. */
  add(connector: Connector, cells: PartnerCells): void {
    this.#connectors.set(cells, connector);
    this.#shown.set(cells, new ShownEvents(connector, connector.stream.clients));
  }

  /** Resolves when both topics were read to their ends once. @throws as followRows does */
  follow(): Promise<void> {
    this.#following ??= this.#follow().catch((error: unknown) => this.#giveUp(error));
    return this.#following;
  }

  /** Another one: resolves when it is known what its stream has shown. @throws as followRows does */
  async join(connector: Connector, cells: PartnerCells): Promise<void> {
    this.add(connector, cells);
    if (!this.#following) return this.follow();
    await this.#following;
    const { kafka, codec } = this.#options;
    for await (const batch of rows(codec, PUBLIC_TOPIC, read(kafka, { topic: PUBLIC_TOPIC })))
      for (const { row, record } of batch) this.#shown.get(cells)?.take(row, record);
  }

  leave(cells: PartnerCells | undefined): void {
    if (!cells) return;
    this.#connectors.delete(cells);
    this.#shown.delete(cells);
  }

  /** The partner's cells learn what any of its clients has by now. */
  receive({ partner }: Connector, cells: PartnerCells, nowMs: number): void {
    const receipt = this.#receipts.of(partner, { nowMs, topicId: this.#topicId });
    const ackedAtMs = receipt.broughtAtMs ?? nowMs;
    const received = this.#shown.get(cells)?.received((event) => receipt.has(event)) ?? [];
    for (const event of received) cells.ack(event.ruleId, ackOf(event, ackedAtMs));
    cells.received((ruleId, newest) => {
      const event = this.#events.expired(ruleId, newest);
      return event && receipt.has(event) ? ackedAtMs : undefined;
    });
  }

  /** Of a partner that has what all of its clients have: what that is now. One that comes later has nothing yet. */
  heldByAll(connector: Connector, cells: PartnerCells, nowMs: number): Surroundings['heldByAll'] {
    if (connector.stream.clients !== 'all') return undefined;
    const receipt = this.#receiptOf(connector, nowMs);
    const ackedAtMs = receipt.broughtAtMs ?? nowMs;
    return (ruleId, newest) => {
      const event = this.#shown.get(cells)?.newestOf(ruleId, (one) => receipt.has(one));
      if (event) return ackOf(event, ackedAtMs);
      const expired = this.#events.expired(ruleId, newest);
      return expired && receipt.has(expired)
        ? ackOf({ ...expired, version: newest.version, isOver: false }, ackedAtMs)
        : undefined;
    };
  }

  /** When a client last said how far it is, ms since 1970; undefined: never. */
  heardAtMs(connector: Connector, nowMs: number): number | undefined {
    return this.#receiptOf(connector, nowMs).broughtAtMs;
  }

  /** All that have ever said how far they are. */
  clientsOf(partner: string): readonly ClientReceipt[] {
    return this.#receipts.of(partner, { nowMs: Date.now(), topicId: this.#topicId }).clients;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    this.#unwatch();
    await Promise.all(this.follows.map((follow) => follow[Symbol.asyncDispose]()));
  }

  async #follow(): Promise<void> {
    await this.#followPublic();
    if (this.#closing.signal.aborted) return;
    const follow = this.#options.follow ?? followRows;
    this.#said = await follow(this.#options, STREAM_STATE_TOPIC, (row) => this.#receipts.take(row));
    await this.#said.complete;
  }

  /** Who asks next begins anew: a failure of one moment is not that of the next. */
  async #giveUp(error: unknown): Promise<never> {
    const { follows } = this;
    this.#unwatch();
    this.#public = undefined;
    this.#said = undefined;
    this.#following = undefined;
    await Promise.all(follows.map((follow) => follow[Symbol.asyncDispose]()));
    throw error;
  }

  async #followPublic(): Promise<void> {
    const { topicIds, follow = followRows } = this.#options;
    const known = await topicIds.of(PUBLIC_TOPIC);
    this.#topicId = known; // as it was before anything is read of it
    const followed = await follow(this.#options, PUBLIC_TOPIC, (row, record) => this.#take(row, record));
    if (this.#closing.signal.aborted) return followed[Symbol.asyncDispose]();
    this.#public = followed;
    this.#unwatch = topicIds.watch(PUBLIC_TOPIC, (id) => {
      if (id !== null && known !== undefined && id !== known) void this.#readAnew();
    });
    await followed.complete;
    if (this.#public === followed) this.#isAnew = false;
  }

  /** A topic that is made anew has other events at the same offsets. What its clients have had, the partner has. */
  async #readAnew(): Promise<void> {
    this.#options.log?.warn({ topic: PUBLIC_TOPIC }, 'view.topic.anew');
    const isReading = this.#isAnew;
    this.#unwatch();
    this.#isAnew = true;
    const closed = this.#public?.[Symbol.asyncDispose](); // nothing more is taken of it
    this.#public = undefined;
    this.#events = new PublicEvents();
    for (const [cells, connector] of this.#connectors) this.add(connector, cells);
    await closed;
    if (isReading) return; // that goes on, with the newest
    const { signal } = this.#closing;
    while (!signal.aborted && this.#isAnew)
      await this.#followPublic().catch(() => delay(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined));
  }

  #take(rule: PublicRule, event: PublicEvent): void {
    this.#events.take(rule.ruleId, event);
    for (const shown of this.#shown.values()) shown.take(rule, event);
  }

  #receiptOf({ partner, stream: { clients } }: Connector, nowMs: number): Receipt {
    return this.#receipts.of(partner, { clients, nowMs, topicId: this.#topicId });
  }
}

const ackOf = ({ version, isOver, partition, offset }: Omit<ShownEvent, 'ruleId'>, ackedAtMs: number): Acked => ({
  ...{ version, topic: PUBLIC_TOPIC, topicId: null, partition, offset },
  ...{ ackedAtMs, isOver, connectorDigest: null },
});
