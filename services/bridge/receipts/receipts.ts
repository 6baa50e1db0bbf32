// What clients have said to this bridge that they have, brought together with what other bridges have written (receipt-topic.ts).
// Nothing here waits for Kafka: a cursor that comes back is noted, and what the topic does not have yet is due to be written.
import type { Held } from '@ess/domain/stream/partner-receipts.ts';
import { PartnerReceipts } from '@ess/domain/stream/partner-receipts.ts';
import type { StreamState } from '@ess/schemas/generated/types.ts';

/** The log in which offsets count, as PublicLog has it. */
export interface ReceiptLog {
  readonly id: string | undefined;
  readonly changes: number;
}

interface Streaming {
  readonly partner: string;
  readonly client: string;
}

export class Receipts {
  readonly #log: ReceiptLog;
  readonly #nowMs: () => number;
  readonly #partners = new Map<string, PartnerReceipts>();
  /** Partners of whom more is known here than the topic has. */
  readonly #due = new Set<string>();
  readonly #streaming = new Set<Streaming>();
  #changes: number;
  /** Called when something is to be written; it may be called many times for one row. */
  onDue: () => void = () => undefined;

  constructor(log: ReceiptLog, nowMs: () => number = Date.now) {
    this.#log = log;
    this.#changes = log.changes;
    this.#nowMs = nowMs;
  }

  /** Partners whose newest position Kafka does not have yet. */
  get unwritten(): number {
    return this.#due.size;
  }

  /** A client has brought a cursor back: it has everything before it. */
  brought(partner: string, client: string, { offsets, time }: Held): void {
    const now = this.#nowMs();
    this.#of(partner).note({ client, offsets: trimmed(offsets), time, broughtAt: now, seenAt: now });
    this.#isDue(partner);
  }

  /** A client streams from now on. @returns to be called when it does not any more */
  streams(partner: string, client: string): () => void {
    const one = { partner, client };
    this.#streaming.add(one);
    this.#seen(one);
    return () => {
      if (this.#streaming.delete(one)) this.#seen(one);
    };
  }

  /** Whoever streams is seen, however long it says nothing. To be called from time to time. */
  look(): void {
    for (const one of this.#streaming) this.#seen(one);
  }

  /**
   * A row of the topic, in its order. One of this log that has less than is known here is not the last word: two bridges wrote at
   * once. One of another log is left alone, or two bridges that do not see the same topic would answer each other for ever.
   */
  take(row: StreamState): void {
    const known = this.#of(row.partner);
    const { topicId } = known;
    const isThisLog = row.topicId === null || topicId === null || row.topicId === topicId;
    known.take(isThisLog ? row : withoutOffsets(row));
    if (!isThisLog) return;
    if (known.isMoreThan(row)) this.#isDue(row.partner);
    else this.#due.delete(row.partner);
  }

  /** What is to be written now. It is not due any more, until `failed` says so or more becomes known. */
  takeDue(): StreamState[] {
    this.#followLog();
    const rows = [...this.#due].map((partner) => this.#of(partner).row(this.#nowMs()));
    this.#due.clear();
    return rows;
  }

  failed(rows: readonly StreamState[]): void {
    for (const { partner } of rows) this.#isDue(partner);
  }

  #seen({ partner, client }: Streaming): void {
    const seenAt = this.#nowMs();
    this.#of(partner).note({ client, offsets: [], time: null, broughtAt: null, seenAt });
    this.#isDue(partner);
  }

  #isDue(partner: string): void {
    this.#due.add(partner);
    this.onDue();
  }

  #of(partner: string): PartnerReceipts {
    this.#followLog();
    const known = this.#partners.get(partner) ?? new PartnerReceipts(partner);
    if (this.#log.id !== undefined) known.enterLog(this.#log.id);
    this.#partners.set(partner, known);
    return known;
  }

  /** Offsets of a topic that was made anew mean nothing any more. Whoever reads our rows is told, in the next one. */
  #followLog(): void {
    const { id, changes } = this.#log;
    if (changes === this.#changes) return;
    this.#changes = changes;
    for (const [partner, known] of this.#partners) {
      if (known.forgetOffsets()) this.#isDue(partner);
      if (id !== undefined) known.enterLog(id);
    }
  }
}

const withoutOffsets = (row: StreamState): StreamState => ({
  ...row,
  topicId: null,
  offsets: [],
  clients: row.clients.map((one) => ({ ...one, offsets: [] })),
});

/** A partition without any offset needs no place at the end. */
function trimmed(offsets: readonly number[]): number[] {
  return offsets.slice(0, offsets.findLastIndex((offset) => offset > 0) + 1);
}
