// What the clients of one stream partner have said that they have. Each holds the largest of what it ever said, so rows of several
// bridges may come in any order and more than once. Bounded: a partner that names its clients anew each time forgets the oldest.
import type { ClientReceipt, StreamState } from '@ess/schemas/generated/types.ts';

/** Clients that give no name are one. */
export const NAMELESS = '';
/** Those that were seen last are kept. */
export const CLIENTS_MAX = 100;

/** What cursors say: offsets by partition, and a time where a cursor is nothing else. */
export type Held = Pick<ClientReceipt, 'offsets' | 'time'>;

export class PartnerReceipts {
  readonly partner: string;
  #topicId: string | null = null;
  /** What any client had, also one that is forgotten. */
  #any: Held = { offsets: [], time: null };
  readonly #clients = new Map<string, ClientReceipt>();

  constructor(partner: string) {
    this.partner = partner;
  }

  /** Id of the public topic in which the offsets count; null: not known. */
  get topicId(): string | null {
    return this.#topicId;
  }

  /** What any of its clients has. */
  get any(): Held {
    return this.#any;
  }

  /** By name. */
  get clients(): readonly ClientReceipt[] {
    return [...this.#clients.values()].sort((a, b) => (a.client < b.client ? -1 : 1));
  }

  /** Takes the next row of the topic in. Where it names another log than the rows before, their offsets mean nothing any more. */
  take({ topicId, clients, ...any }: Omit<StreamState, 'partner' | 'at'>): void {
    if (topicId !== null) this.enterLog(topicId);
    this.#any = most(this.#any, any);
    for (const one of clients) this.note(one);
  }

  /** What a client has said to this process; its offsets count in the log that is known here. */
  note(receipt: ClientReceipt): void {
    this.#any = most(this.#any, receipt);
    this.#clients.set(receipt.client, both(this.#clients.get(receipt.client), receipt));
    this.#forgetOldest();
  }

  /** @returns whether offsets of another log were dropped */
  enterLog(topicId: string): boolean {
    const isAnother = this.#topicId !== null && this.#topicId !== topicId;
    this.#topicId = topicId;
    return isAnother && this.forgetOffsets();
  }

  /** The public topic was made anew. @returns whether there were any */
  forgetOffsets(): boolean {
    const had = this.#any.offsets.length > 0;
    this.#any = { ...this.#any, offsets: [] };
    for (const [client, one] of this.#clients) this.#clients.set(client, { ...one, offsets: [] });
    return had;
  }

  /** Whether a row of the same log lacks anything that is known here. */
  isMoreThan(row: Pick<StreamState, 'offsets' | 'time' | 'clients'>): boolean {
    if (exceeds(this.#any, row)) return true;
    const there = new Map(row.clients.map((one) => [one.client, one]));
    return [...this.#clients.values()].some((here) => isNewer(here, there.get(here.client)));
  }

  row(atMs: number): StreamState {
    const { offsets, time } = this.#any;
    const clients = [...this.clients];
    return { partner: this.partner, topicId: this.#topicId, offsets: [...offsets], time, clients, at: atMs };
  }

  /** Whoever has the same clients forgets the same: names decide between those that were seen in one millisecond. */
  #forgetOldest(): void {
    if (this.#clients.size <= CLIENTS_MAX) return;
    const oldest = this.clients.reduce((a, b) => (b.seenAt <= a.seenAt ? b : a));
    this.#clients.delete(oldest.client);
  }
}

function both(a: ClientReceipt | undefined, b: ClientReceipt): ClientReceipt {
  if (!a) return b;
  const broughtAt = later(a.broughtAt, b.broughtAt);
  return { client: b.client, ...most(a, b), broughtAt, seenAt: Math.max(a.seenAt, b.seenAt) };
}

function most(a: Held, b: Held): Held {
  const length = Math.max(a.offsets.length, b.offsets.length);
  return {
    offsets: Array.from({ length }, (_, partition) => Math.max(a.offsets[partition] ?? 0, b.offsets[partition] ?? 0)),
    time: later(a.time, b.time),
  };
}

function isNewer(a: ClientReceipt, b: ClientReceipt | undefined): boolean {
  return !b || exceeds(a, b) || a.seenAt > b.seenAt || isLater(a.broughtAt, b.broughtAt);
}

const exceeds = (a: Held, b: Held): boolean =>
  isLater(a.time, b.time) || a.offsets.some((offset, partition) => offset > (b.offsets[partition] ?? 0));

const isLater = (a: number | null, b: number | null): boolean => a !== null && (b === null || a > b);
const later = (a: number | null, b: number | null): number | null => (isLater(a, b) ? a : b);
