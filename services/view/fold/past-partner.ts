// One partner as it was at a past moment, by its audit rows: what it had acked, and by which connector. How its workers were then is on
// record nowhere, and its connector only where an attempt was made with it: what cannot be known is said in `why`.
import type { Connector } from '@ess/domain/connector/connector.ts';
import { seemsToCover } from '@ess/domain/delivery/acked-version.ts';
import { timeText } from '@ess/domain/text/moment.ts';
import type { Acked, Expected, PartnerFacts } from '@ess/domain/view/cell.ts';
import type { DeliveryAttempt, DeliveryState } from '@ess/schemas/generated/types.ts';
import { ackOfAttempt, ackOfState } from './acks.ts';
import type { PlacedLetter, Surroundings } from './around-cells.ts';
import { NumberColumn, VersionColumn } from './columns.ts';
import { HeardVersions } from './heard-versions.ts';
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

/** What a worker found of a version: it is for the partner, or not. */
const WANTED = 1;
const NOT_WANTED = 2;
const WITHDRAWN = 3;
/** What ess.delivery-state has of a rule was acked by the moment, or later. */
const BY_THEN = 1;
const LATER = 2;
const NEVER = Number.NEGATIVE_INFINITY;
/** As for a partner that was never measured. */
const PATIENCE_MS = 2_000;

export class PastPartner {
  readonly #connector: Pick<Connector, 'partner' | 'inScope' | 'onLeave' | 'connectorDigest'>;
  readonly #cells: PartnerCells;
  readonly #atMs: number;
  readonly #letters = new Map<string, PlacedLetter>();
  readonly source: SourceRules;
  readonly #heard: HeardVersions;
  /** By row: the newest version of which it is known what became of it here, also later, and what. */
  readonly #met = new VersionColumn();
  readonly #fates = new NumberColumn();
  /** By row: when its row of ess.delivery-state was acked. */
  readonly #lastAcked = new NumberColumn();
  #auditFromMs = NEVER;
  /** By the last attempt that began by then, and by the first that began after it. */
  #before: InForce | undefined;
  #after: InForce | undefined;

  /** @param atMs the moment, ms since 1970 @param heard what partners of the source tell together */
  constructor(
    connector: Pick<Connector, 'partner' | 'inScope' | 'onLeave' | 'connectorDigest'>,
    source: SourceRules,
    atMs: number,
    heard = new HeardVersions(source, atMs),
  ) {
    this.source = source;
    this.#heard = heard;
    this.#connector = connector;
    this.#cells = new PartnerCells(connector, source);
    this.#atMs = atMs;
  }

  /** Takes a row of the partner in, also of after that moment. */
  attempted(row: DeliveryAttempt): void {
    const { ruleId, version, topic, partition, offset, outcome, reason, attemptedAt: endedAtMs } = row;
    if (!SAYS.has(outcome)) return;
    this.#madeBy(row);
    this.#metBy(row);
    if (ruleId === null || endedAtMs > this.#atMs) return;
    const letter = { topic, partition, offset, version, parkedAtMs: endedAtMs, reason: reason ?? '' };
    if (outcome === 'deadLettered') this.#letters.set(ruleId, letter);
    const ack = ackOfAttempt(row);
    if (ack) this.#cells.ack(ruleId, ack);
  }

  /** Rows of the audit from before have expired, ms since 1970. */
  auditBegins(atMs: number): void {
    this.#auditFromMs = atMs;
  }

  /** Takes a row of ess.delivery-state in, which keeps the last ack of a rule also when its row of the audit has expired. */
  acked(row: DeliveryState): void {
    const isByThen = row.ackedAt <= this.#atMs;
    this.#lastAcked.set(this.source.rowOf(row.ruleId), isByThen ? BY_THEN : LATER);
    if (isByThen) this.#cells.ack(row.ruleId, ackOfState(row));
  }

  /** Each rule that the source or the partner had. */
  *judged(nowMs = Date.now()): Generator<JudgedCell> {
    const doubt = this.#doubt(nowMs);
    for (const cell of this.#cells.cells(this.#around())) {
      const { ruleId, expected, state, why } = cell;
      if (expected === null) yield { ...cell, state: 'unknown', why: 'what was in force then is kept no more' };
      else if (this.#fateOf(this.source.rowOf(ruleId)) === undefined)
        yield {
          ...cell,
          state: 'unknown',
          why: 'published by then and kept no more: whether it was for the partner is on record nowhere',
        };
      else if (this.#isAckLost(cell))
        yield {
          ...cell,
          state: 'unknown',
          why: 'whether it was acked by then is on record no more: the audit begins later',
        };
      else yield { ...cell, why: (state === 'behind' ? 'not acked by then' : why) + doubt };
    }
  }

  /** It may have been acked before the audit begins: nothing of before says that it was not. */
  #isAckLost({ ruleId, state, acked }: JudgedCell): boolean {
    const row = this.source.rowOf(ruleId);
    const { publishedAtMs = this.#atMs } = this.source.newest(row) ?? this.#heard.of(row) ?? {};
    const last = this.#lastAcked.get(row);
    if (publishedAtMs >= this.#auditFromMs || last === BY_THEN) return false;
    return state === 'behind' || (acked === null && last === LATER);
  }

  /** Takes in what has become of a version that had been published by then. */
  #metBy(row: DeliveryAttempt): void {
    const at = this.#heard.take(row);
    const { version, outcome, reason } = row;
    // The first word of a version is the one of its time: replays come later.
    if (at === undefined || version === null || version <= (this.#met.get(at) ?? NEVER)) return;
    this.#met.set(at, version);
    const notWanted = reason?.startsWith('withdrawn') ? WITHDRAWN : NOT_WANTED;
    this.#fates.set(at, outcome === 'skipped' ? notWanted : WANTED);
  }

  /** Undefined: nothing says what became of the version that it is held against. */
  #fateOf(row: number): number | undefined {
    if (this.source.newest(row)) return WANTED; // its record says it
    return this.#met.get(row) === this.#heard.of(row)?.version ? this.#fates.get(row) : undefined;
  }

  /** @returns undefined: the partner has all that is known to have been published */
  #expired(row: number, acked: Acked | undefined): Expected | undefined {
    const heard = this.#heard.of(row);
    if (!heard || (acked && seemsToCover(acked, heard, this.source.versionsAreOffsets))) return undefined;
    const fate = this.#fateOf(row) ?? WANTED;
    return { ...heard, isInScope: fate === WANTED, isWithdrawn: fate === WITHDRAWN };
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
      versionsAreOffsets: this.source.versionsAreOffsets,
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
      expired: (row, acked) => this.#expired(row, acked),
    };
  }
}
