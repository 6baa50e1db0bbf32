// Partners without an endpoint: what their streams show of what is public, and how far their clients have said that they are
// (ess.stream-state). Both topics are followed from the first such partner on.
import type { Connector } from '@ess/domain/connector/connector.ts';
import type { PublicEvent, Receipt } from '@ess/domain/stream/stream-receipts.ts';
import { StreamReceipts } from '@ess/domain/stream/stream-receipts.ts';
import type { Acked } from '@ess/domain/view/cell.ts';
import type { PublicRule } from '@ess/schemas/generated/types.ts';
import { PUBLIC_TOPIC, STREAM_STATE_TOPIC } from '@ess/schemas/topics.ts';
import { read } from '@ess/stream/read/read.ts';
import { rows } from '@ess/stream/read/rows.ts';
import type { TopicIds } from '@ess/stream/read/topic-ids.ts';
import type { Surroundings } from '../fold/around-cells.ts';
import type { PartnerCells } from '../fold/partner-cells.ts';
import { PublicEvents } from '../fold/public-events.ts';
import type { ShownEvent } from '../fold/shown-events.ts';
import { ShownEvents } from '../fold/shown-events.ts';
import type { RowsOptions } from './followed-rows.ts';
import { followRows } from './followed-rows.ts';
import type { FollowedTopic } from './followed-topic.ts';

export const isStreamOnly = ({ deliver, stream }: Connector): boolean => deliver === undefined && stream.enabled;

export class StreamPartners implements AsyncDisposable {
  readonly #options: RowsOptions & { readonly topicIds: Pick<TopicIds, 'of'> };
  readonly #events = new PublicEvents();
  readonly #receipts = new StreamReceipts();
  readonly #shown = new Map<PartnerCells, ShownEvents>();
  readonly follows: FollowedTopic[] = [];
  #following: Promise<void> | undefined;
  #topicId: string | undefined;
  #isClosed = false;

  constructor(options: RowsOptions & { readonly topicIds: Pick<TopicIds, 'of'> }) {
    this.#options = options;
  }

  /** One that is there before anything is followed. */
  add(connector: Connector, cells: PartnerCells): void {
    this.#shown.set(cells, new ShownEvents(connector, connector.stream.clients));
  }

  /** Resolves when both topics were read to their ends once. @throws as followRows does */
  follow(): Promise<void> {
    this.#following ??= this.#follow();
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
    if (cells) this.#shown.delete(cells);
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

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.follows.map((follow) => follow[Symbol.asyncDispose]()));
  }

  async #follow(): Promise<void> {
    const { topicIds, ...options } = this.#options;
    this.#topicId = await topicIds.of(PUBLIC_TOPIC);
    const shown = await followRows(options, PUBLIC_TOPIC, (row, record) => this.#take(row, record));
    this.follows.push(shown);
    await shown.complete;
    if (this.#isClosed) return;
    const said = await followRows(options, STREAM_STATE_TOPIC, (row) => this.#receipts.take(row));
    this.follows.push(said);
    await said.complete;
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
