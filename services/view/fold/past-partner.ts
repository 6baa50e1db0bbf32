// One partner as it was at a past moment, by its audit rows: what it had acked, and by which connector. How its workers were then is on
// record nowhere, and its connector only where an attempt was made with it: what cannot be known is said in `why`.
import type { Connector } from '@ess/domain/connector/connector.ts';
import { timeText } from '@ess/domain/text/moment.ts';
import type { PartnerFacts } from '@ess/domain/view/cell.ts';
import type { DeliveryAttempt } from '@ess/schemas/generated/types.ts';
import { ackOfAttempt } from './acks.ts';
import type { PlacedLetter, Surroundings } from './around-cells.ts';
import type { JudgedCell } from './partner-cells.ts';
import { PartnerCells } from './partner-cells.ts';
import type { SourceRules } from './source-rules.ts';

/** A connector was in force at a moment. */
interface InForce {
  readonly atMs: number;
  readonly digest: string;
}

/** Rows with these outcomes say what a partner had, and by which connector; the others are left aside. */
export const PAST_OUTCOMES = ['delivered', 'deadLettered', 'skipped'] as const;
const SAYS: ReadonlySet<string> = new Set(PAST_OUTCOMES);

/** As for a partner that was never measured. */
const PATIENCE_MS = 2_000;

export class PastPartner {
  readonly #connector: Pick<Connector, 'partner' | 'inScope' | 'onLeave' | 'connectorDigest'>;
  readonly #cells: PartnerCells;
  readonly #atMs: number;
  readonly #letters = new Map<string, PlacedLetter>();
  /** By the last attempt that began by then, and by the first that began after it. */
  #before: InForce | undefined;
  #after: InForce | undefined;

  /** @param atMs the moment, ms since 1970 */
  constructor(
    connector: Pick<Connector, 'partner' | 'inScope' | 'onLeave' | 'connectorDigest'>,
    source: SourceRules,
    atMs: number,
  ) {
    this.#connector = connector;
    this.#cells = new PartnerCells(connector, source);
    this.#atMs = atMs;
  }

  /** Takes a row of the partner in, also of after that moment. */
  attempted(row: DeliveryAttempt): void {
    const { ruleId, version, topic, partition, offset, outcome, reason, attemptedAt: endedAtMs } = row;
    if (!SAYS.has(outcome)) return;
    this.#madeBy(row);
    if (ruleId === null || endedAtMs > this.#atMs) return;
    const letter = { topic, partition, offset, version, parkedAtMs: endedAtMs, reason: reason ?? '' };
    if (outcome === 'deadLettered') this.#letters.set(ruleId, letter);
    const ack = ackOfAttempt(row);
    if (ack) this.#cells.ack(ruleId, ack);
  }

  /** Each rule that the source or the partner had. */
  *judged(nowMs = Date.now()): Generator<JudgedCell> {
    const doubt = this.#doubt(nowMs);
    for (const cell of this.#cells.cells(this.#around())) {
      const { expected, state, why } = cell;
      if (expected === null) yield { ...cell, state: 'unknown', why: 'what was in force then is kept no more' };
      else yield { ...cell, why: (state === 'behind' ? 'not acked by then' : why) + doubt };
    }
  }

  /** A connector decides when an attempt begins; its row is written when it ends. */
  #madeBy({ connectorDigest: digest, attemptedAt, durationMs }: DeliveryAttempt): void {
    if (digest === null) return;
    const atMs = attemptedAt - Math.ceil(durationMs ?? 0);
    if (atMs <= this.#atMs) {
      if (atMs >= (this.#before?.atMs ?? 0)) this.#before = { atMs, digest };
    } else if (atMs < (this.#after?.atMs ?? Number.POSITIVE_INFINITY)) this.#after = { atMs, digest };
  }

  /** What of the connector is not known. */
  #doubt(nowMs: number): string {
    const before = this.#before;
    const today = { atMs: nowMs, digest: this.#connector.connectorDigest };
    if (!before) return '; by which connector is on record nowhere, and it is judged by the scope of today';
    const after = this.#after ?? today;
    if (before.digest !== after.digest)
      return `; its connector changed between ${timeText(before.atMs)} and ${timeText(after.atMs)}: it is judged by the mapping of before, and by the scope of today`;
    return before.digest === today.digest ? '' : '; its connector was another one: it is judged by the scope of today';
  }

  #around(): Surroundings {
    const { onLeave } = this.#connector;
    const partner: PartnerFacts = {
      onLeave: onLeave === 'alert' ? 'alert' : 'send',
      versionsAreOffsets: false,
      connectorDigest: this.#before?.digest ?? null,
      patienceMs: PATIENCE_MS,
      isUnowned: false,
    };
    return {
      nowMs: this.#atMs,
      partner,
      letterOf: (ruleId) => this.#letters.get(ruleId),
      attemptOf: () => undefined,
      positions: new Map(),
      latestCovers: undefined,
    };
  }
}
