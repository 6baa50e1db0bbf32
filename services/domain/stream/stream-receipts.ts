// Whether a partner that streams has an event of the public topic, by rows of ess.stream-state: as soon as any of its clients has it,
// or when all have that were seen within a day. A cursor with offsets is exact; one that is a time alone counts by times of records.
import type { ClientReceipt, StreamState } from '@ess/schemas/generated/types.ts';
import type { Held } from './partner-receipts.ts';
import { PartnerReceipts } from './partner-receipts.ts';

export interface PublicEvent {
  readonly partition: number;
  readonly offset: number;
  /** Of its record, ms since 1970. */
  readonly timestampMs: number;
}

export interface Asked {
  /** `stream.clients` of the connector; absent: any. */
  readonly clients?: 'any' | 'all' | undefined;
  readonly nowMs: number;
  /** Id of the public topic now, where it is known: offsets of another one do not count. */
  readonly topicId?: string | undefined;
}

const SEEN_MS = 86_400_000;

/** What one partner has, at the moment it was asked for. */
export class Receipt {
  /** The clients that count. */
  readonly clients: readonly ClientReceipt[];
  readonly #any: Held | undefined;
  readonly #isThisLog: boolean;

  constructor(partner: PartnerReceipts | undefined, { clients = 'any', nowMs, topicId }: Asked) {
    const known = partner?.topicId ?? null;
    this.#isThisLog = known === null || topicId === undefined || known === topicId;
    const all = partner?.clients ?? [];
    this.clients = clients === 'any' ? all : seenLast(all, nowMs);
    this.#any = clients === 'any' ? partner?.any : undefined;
  }

  /** When one of these clients last brought a cursor back, ms since 1970; undefined: never. */
  get broughtAtMs(): number | undefined {
    const times = this.clients.flatMap(({ broughtAt }) => broughtAt ?? []);
    return times.length === 0 ? undefined : Math.max(...times);
  }

  has(event: PublicEvent): boolean {
    if (this.#any) return this.#holds(this.#any, event);
    return this.clients.length > 0 && this.clients.every((client) => this.#holds(client, event));
  }

  /** Names of these clients that do not have it. */
  lacking(event: PublicEvent): readonly string[] {
    return this.clients.filter((client) => !this.#holds(client, event)).map(({ client }) => client);
  }

  #holds({ offsets, time }: Held, { partition, offset, timestampMs }: PublicEvent): boolean {
    if (this.#isThisLog && offset < (offsets[partition] ?? 0)) return true;
    return time !== null && timestampMs < time;
  }
}

/** Rows of ess.stream-state, in the order of the topic. Those of one partner may come again, and from several bridges. */
export class StreamReceipts {
  readonly #partners = new Map<string, PartnerReceipts>();

  take(row: StreamState): void {
    const known = this.#partners.get(row.partner) ?? new PartnerReceipts(row.partner);
    this.#partners.set(row.partner, known);
    known.take(row);
  }

  /** A partner of which there is no row has nothing. */
  of(partner: string, asked: Asked): Receipt {
    return new Receipt(this.#partners.get(partner), asked);
  }
}

/** Those of the last day; where there are none, those of the day before the last one went: a partner that is off has what it had. */
function seenLast(clients: readonly ClientReceipt[], nowMs: number): readonly ClientReceipt[] {
  const since = (ms: number) => clients.filter(({ seenAt }) => seenAt > ms - SEEN_MS);
  const today = since(nowMs);
  return today.length > 0 ? today : since(Math.max(...clients.map(({ seenAt }) => seenAt)));
}
