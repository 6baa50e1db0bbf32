// Partners without an endpoint: what is public, and how far their clients have said that they are (ess.stream-state). Both topics are
// followed from the first such partner on.
import type { Connector } from '@ess/domain/connector/connector.ts';
import type { Receipt } from '@ess/domain/stream/stream-receipts.ts';
import { StreamReceipts } from '@ess/domain/stream/stream-receipts.ts';
import { PUBLIC_TOPIC, STREAM_STATE_TOPIC } from '@ess/schemas/topics.ts';
import type { FollowStart } from '@ess/stream/read/follow.ts';
import type { TopicIds } from '@ess/stream/read/topic-ids.ts';
import type { PartnerCells } from '../fold/partner-cells.ts';
import type { PartsIn, PartsOut } from '../fold/parts.ts';
import { PublicEvents } from '../fold/public-events.ts';
import type { RowsOptions } from './followed-rows.ts';
import { followRows } from './followed-rows.ts';
import type { FollowedTopic } from './followed-topic.ts';

export const isStreamOnly = ({ deliver, stream }: Connector): boolean => deliver === undefined && stream.enabled;

export class StreamPartners implements AsyncDisposable {
  readonly #options: RowsOptions & { readonly topicIds: Pick<TopicIds, 'of'> };
  #events = new PublicEvents();
  readonly #receipts = new StreamReceipts();
  readonly follows: FollowedTopic[] = [];
  #following: Promise<void> | undefined;
  #topicId: string | undefined;

  constructor(options: RowsOptions & { readonly topicIds: Pick<TopicIds, 'of'> }) {
    this.#options = options;
  }

  /**
   * Resolves when both topics were read to their ends once. A second call waits for the first.
   * @param from where to begin with what is public; default: at its beginning
   * @throws as followRows does
   */
  follow(from?: FollowStart): Promise<void> {
    this.#following ??= this.#follow(from);
    return this.#following;
  }

  /** How far what is public was read; undefined: it is not. */
  get positions(): ReadonlyMap<number, number> | undefined {
    return this.follows.find(({ topic }) => topic === PUBLIC_TOPIC)?.positions;
  }

  save(out: PartsOut, name: string): void {
    this.#events.save(out, name);
  }

  /** Before it follows anything. */
  load(from: PartsIn, name: string): void {
    const events = new PublicEvents();
    events.load(from, name);
    this.#events = events;
  }

  /** The partner's cells learn what its clients have by now. */
  receive(connector: Connector, cells: PartnerCells, nowMs: number): void {
    const receipt = this.#receiptOf(connector, nowMs);
    cells.received((ruleId, newest) => {
      const event = this.#events.of(ruleId, newest);
      return event && receipt.has(event) ? (receipt.broughtAtMs ?? nowMs) : undefined;
    });
  }

  /** When a client last said how far it is, ms since 1970; undefined: never. */
  heardAtMs(connector: Connector, nowMs: number): number | undefined {
    return this.#receiptOf(connector, nowMs).broughtAtMs;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.follows.map((follow) => follow[Symbol.asyncDispose]()));
  }

  async #follow(from: FollowStart | undefined): Promise<void> {
    const { topicIds, ...options } = this.#options;
    this.#topicId = await topicIds.of(PUBLIC_TOPIC);
    this.follows.push(await followRows(options, PUBLIC_TOPIC, (row, record) => this.#events.take(row, record), from));
    this.follows.push(await followRows(options, STREAM_STATE_TOPIC, (row) => this.#receipts.take(row)));
  }

  #receiptOf({ partner, stream: { clients } }: Connector, nowMs: number): Receipt {
    return this.#receipts.of(partner, { clients, nowMs, topicId: this.#topicId });
  }
}
