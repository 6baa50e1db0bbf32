// What one partner has of each rule of its source, and since when something is missing. It is told of what is published
// (source-rules.ts) and of what is acked; `cells` judges a rule from both.
import type { Connector } from '@ess/domain/connector/connector.ts';
import type { PlacedVersion } from '@ess/domain/delivery/acked-version.ts';
import { laterOf, seemsToCover } from '@ess/domain/delivery/acked-version.ts';
import type { Acked, Cell, Expected } from '@ess/domain/view/cell.ts';
import { deadLettered, judgeCell } from '@ess/domain/view/cell.ts';
import { LATEST_TOPIC, PUBLIC_TOPIC } from '@ess/schemas/topics.ts';
import type { Surroundings } from './around-cells.ts';
import { isOf, isPassed } from './around-cells.ts';
import { NumberColumn, PlacedColumn } from './columns.ts';
import type { PartsIn, PartsOut } from './parts.ts';
import type { Newest, SourcePartner, SourceRules } from './source-rules.ts';

/** As ess.delivery-state has it, or a row of the audit, which does not say whether the partner was told that the rule is over. */
export interface KnownAck extends Omit<Acked, 'isOver'> {
  /** Null: its record says so. */
  readonly isOver: boolean | null;
}

export interface JudgedCell extends Cell {
  readonly partner: string;
  readonly ruleId: string;
  /** Null: no record of the rule is kept any more. */
  readonly expected: Acked['version'] | null;
  /** Null: never. */
  readonly acked: Acked['version'] | null;
}

/** A record has come into these after it was covered by what is in force, or in the same moment. */
const COVERED: ReadonlySet<string> = new Set([LATEST_TOPIC, PUBLIC_TOPIC]);
/** Of each ack. */
const [ACKED_AT, IS_OVER, CONNECTOR_DIGEST] = [0, 1, 2];
/** Of what the partner wants. MISSING_SINCE: when the first version was published that it does not have; 0: it has all. */
const [SCOPE, MISSING_SINCE] = [0, 1];
const IN_SCOPE = 1;
const OVER = 1;
const OVER_IF_ITS_RECORD_IS = 2;
/** So long a delivery may take until it is known how long the partner usually takes. */
const PATIENCE_MS = 2_000;

export class PartnerCells implements SourcePartner {
  readonly partner: string;
  readonly #source: SourceRules;
  readonly #inScope: (record: object) => boolean;
  /** It is sent something when a rule is over. */
  readonly #isTold: boolean;
  readonly #acked: PlacedColumn;
  readonly #ack = new NumberColumn(0, 3);
  readonly #wants = new NumberColumn(0, 2);
  readonly #leave: () => void;
  #lastLateMs = 0;
  #patienceMs = PATIENCE_MS;

  constructor(connector: Pick<Connector, 'partner' | 'inScope' | 'onLeave'>, source: SourceRules) {
    this.partner = connector.partner;
    this.#inScope = connector.inScope;
    this.#isTold = connector.onLeave !== 'alert';
    this.#source = source;
    this.#acked = new PlacedColumn(source.texts);
    this.#leave = source.join(this);
  }

  published(row: number, value: object | undefined, newest: Newest): void {
    this.#wants.set(row, value !== undefined && this.#inScope(value) ? IN_SCOPE : 0, SCOPE);
    const acked = this.#acked.get(row);
    if (acked && seemsToCover(acked, newest, this.#source.versionsAreOffsets)) {
      if (acked.version === newest.version) this.#ackedAfter(newest.publishedAtMs, row);
      return;
    }
    if (!this.#needs(row, newest)) this.#wants.set(row, 0, MISSING_SINCE);
    else this.#misses(row, newest);
  }

  /** It is to have the version, or to be told that what it holds is over. */
  #needs(row: number, { isWithdrawn }: Newest): boolean {
    const isWanted = !isWithdrawn && this.#wants.get(row, SCOPE) === IN_SCOPE;
    return isWanted || this.#ackedAs(row)?.isOver === false;
  }

  #misses(row: number, { publishedAtMs }: Newest): void {
    if (this.#wants.get(row, MISSING_SINCE) === 0) this.#wants.set(row, publishedAtMs, MISSING_SINCE);
  }

  forgot(): void {
    this.#wants.clear();
  }

  /** Takes an ack in. Of several the newest counts, whatever their order. */
  ack(ruleId: string, acked: KnownAck): void {
    const row = this.#source.rowOf(ruleId);
    // A clock may be ahead, or count in other units: a time that no calendar has would silence who compares it.
    const ackedAtMs = Math.min(acked.ackedAtMs, Date.now());
    const known = this.#acked.get(row);
    const areOffsets = this.#source.versionsAreOffsets;
    const order = known && laterOf(known, acked, areOffsets);
    // Of the same record a row of the audit may come after that of a later delivery, or after what a person has told.
    if (known && (order || this.#ack.get(row, ACKED_AT) - ackedAtMs) > 0) return;
    this.#acked.set(row, acked);
    this.#ack.set(row, ackedAtMs, ACKED_AT);
    // Of the same version it may be known already: a scope of today says nothing of what was sent then.
    if (acked.isOver !== null) this.#ack.set(row, acked.isOver ? OVER : 0, IS_OVER);
    else if (order !== 0) this.#ack.set(row, this.#isTold ? OVER_IF_ITS_RECORD_IS : 0, IS_OVER);
    this.#ack.set(row, this.#source.texts.numberOf(acked.connectorDigest), CONNECTOR_DIGEST);
    const newest = this.#source.newest(row);
    if (!newest) return;
    if (!seemsToCover(acked, newest, areOffsets))
      return this.#needs(row, newest) ? this.#misses(row, newest) : undefined;
    this.#ackedAfter(this.#wants.get(row, MISSING_SINCE), row);
    this.#wants.set(row, 0, MISSING_SINCE);
  }

  /** When a drift has last ended, ms since 1970; 0: there was none, as far as is known. */
  get lastLateMs(): number {
    return this.#lastLateMs;
  }

  #ackedAfter(sinceMs: number, row: number): void {
    const ackedAtMs = this.#ack.get(row, ACKED_AT);
    if (sinceMs > 0 && ackedAtMs - sinceMs > this.#patienceMs) this.#lastLateMs = Math.max(this.#lastLateMs, ackedAtMs);
  }

  /**
   * Takes in what clients that stream have of rules in force.
   * @param hasSince when a client said that it has this version; undefined: none has
   */
  received(hasSince: (ruleId: string, newest: Newest) => number | undefined): void {
    for (let row = 0; row < this.#source.size; row += 1) {
      if (this.#wants.get(row, MISSING_SINCE) === 0 || this.#wants.get(row, SCOPE) !== IN_SCOPE) continue;
      const newest = this.#source.newest(row);
      if (!newest || newest.isWithdrawn) continue;
      const ruleId = this.#source.nameOf(row);
      const ackedAtMs = hasSince(ruleId, newest);
      const placed = { ...newest, topic: PUBLIC_TOPIC };
      if (ackedAtMs !== undefined) this.ack(ruleId, { ...placed, ackedAtMs, isOver: false, connectorDigest: null });
    }
  }

  /** What it has, for one that takes its place. */
  *acks(): Generator<readonly [ruleId: string, acked: Acked]> {
    for (let row = 0; row < this.#source.size; row += 1) {
      const acked = this.#ackedAs(row);
      if (acked) yield [this.#source.nameOf(row), acked];
    }
  }

  /** Each rule that the source or the partner has. */
  *cells(around: Surroundings): Generator<JudgedCell> {
    for (let row = 0; row < this.#source.size; row += 1) {
      const cell = this.at(row, around);
      if (cell) yield cell;
    }
  }

  /** @param row of the source. @returns undefined: neither the source nor the partner has the rule */
  at(row: number, around: Surroundings): JudgedCell | undefined {
    this.#patienceMs = around.partner.patienceMs;
    return this.#cell(row, around);
  }

  /** @returns undefined: neither the source nor the partner has the rule */
  cellOf(ruleId: string, around: Surroundings): JudgedCell | undefined {
    const row = this.#source.find(ruleId);
    return row === undefined ? undefined : this.#cell(row, around);
  }

  /**
   * The newest version of a rule that its source has, or has had as far as is known: then it is what the partner has.
   * @returns undefined: nothing says what is in force
   */
  expectedOf(ruleId: string, latestCovers: Surroundings['latestCovers']): Expected | undefined {
    const row = this.#source.find(ruleId);
    return row === undefined ? undefined : this.#expected(row, this.#ackedAs(row), { latestCovers });
  }

  end(): void {
    this.#leave();
  }

  /** The source keeps which rule each row is of. */
  save(out: PartsOut, name: string): void {
    for (const [field, column] of this.#columns()) column.save(out, `${name}${field}`);
    out.value(`${name}lastLate`, this.#lastLateMs);
  }

  /** Into one that was told of nothing. */
  load(from: PartsIn, name: string): void {
    for (const [field, column] of this.#columns()) column.load(from, `${name}${field}`);
    this.#lastLateMs = from.value<number>(`${name}lastLate`);
  }

  #columns(): Array<readonly [field: string, column: NumberColumn | PlacedColumn]> {
    return [
      ['acked', this.#acked],
      ['ack', this.#ack],
      ['wants', this.#wants],
    ];
  }

  #cell(row: number, around: Surroundings): JudgedCell | undefined {
    const known = this.#ackedAs(row);
    const acked = this.#held(row, known, around);
    const expected = this.#expected(row, known, around);
    const unread = this.#unread(row, around);
    if (!known && !expected && !unread) return undefined;
    const ruleId = this.#source.nameOf(row);
    const { nowMs, partner, positions, latestCovers } = around;
    const letter = around.letterOf(ruleId);
    const dropped = around.droppedOf?.(ruleId);
    const attempt = around.attemptOf(ruleId);
    const cell =
      unread ??
      judgeCell({
        nowMs,
        partner,
        expected,
        acked,
        isWithSome: known !== undefined && known.version !== acked?.version,
        letter: letter && expected && isOf(letter, expected) ? letter : undefined,
        isDropped: dropped !== undefined && expected !== undefined && isOf(dropped, expected),
        outOfStepSinceMs: this.#wants.get(row, MISSING_SINCE) || undefined,
        attemptedAtMs: attempt?.version === expected?.version ? attempt?.atMs : undefined,
        isPassed: expected !== undefined && isPassed(expected, this.#source.fields.topic, positions, latestCovers),
      });
    return {
      partner: this.partner,
      ruleId,
      expected: expected?.version ?? null,
      acked: acked?.version ?? null,
      ...cell,
    };
  }

  /** After the newest version there is a record that cannot be read, and nobody has said what is to become of it. */
  #unread(row: number, { partner, positions, letterOf }: Surroundings): Cell | undefined {
    const unread = this.#source.unread(row);
    if (!unread || partner.unknown) return undefined;
    const { partition, offset, atMs } = unread;
    const letter = letterOf(this.#source.nameOf(row));
    if (letter?.topic === this.#source.fields.topic && letter.partition === partition && letter.offset === offset)
      return deadLettered(letter);
    if (offset < (positions.get(partition) ?? 0)) return undefined;
    return { state: 'unknown', sinceMs: atMs, why: `its newest record, ${partition}:${offset}, cannot be read` };
  }

  /** What one client has said another one may not have, but for what a person has told the partner. */
  #held(row: number, known: Acked | undefined, { heldByAll }: Surroundings): Acked | undefined {
    const newest = this.#source.newest(row);
    const isSaid = known !== undefined && (known.topic === PUBLIC_TOPIC || !known.isOver);
    return heldByAll && newest && isSaid ? heldByAll(this.#source.nameOf(row), newest) : known;
  }

  #ackedAs(row: number): Acked | undefined {
    const acked = this.#acked.get(row);
    if (!acked) return undefined;
    return {
      ...acked,
      ackedAtMs: this.#ack.get(row, ACKED_AT),
      isOver:
        this.#ack.get(row, IS_OVER) === OVER_IF_ITS_RECORD_IS
          ? this.#isOfOver(row, acked)
          : this.#ack.get(row, IS_OVER) === OVER,
      connectorDigest: this.#source.texts.textOf(this.#ack.get(row, CONNECTOR_DIGEST)),
    };
  }

  #isOfOver(row: number, acked: PlacedVersion): boolean {
    const newest = this.#source.newest(row);
    if (newest?.version !== acked.version || !seemsToCover(acked, newest, this.#source.versionsAreOffsets))
      return false;
    return newest.isWithdrawn || this.#wants.get(row, SCOPE) !== IN_SCOPE;
  }

  #expected(
    row: number,
    acked: Acked | undefined,
    { latestCovers, expired }: Pick<Surroundings, 'latestCovers' | 'expired'>,
  ): Expected | undefined {
    const newest = this.#source.newest(row);
    if (newest) return { ...newest, isInScope: this.#wants.get(row, SCOPE) === IN_SCOPE };
    if (expired) return expired(row, acked);
    if (!acked) return undefined;
    const isOfSource = acked.topic === this.#source.fields.topic;
    const over = { ...acked, publishedAtMs: acked.ackedAtMs, isInScope: false };
    // It came from where the connector does not read any more, and its source does not have the rule.
    if (!isOfSource && !(latestCovers && COVERED.has(acked.topic))) return { ...over, isWithdrawn: false };
    // What is in force has every rule of these records but those that were withdrawn, and forgets those after a while.
    const { topicId } = this.#source;
    const isOfThisLog = isOfSource && (topicId === null || acked.topicId == null || acked.topicId === topicId);
    const isCovered = latestCovers && (!isOfThisLog || acked.offset < (latestCovers.get(acked.partition) ?? 0));
    return isCovered ? { ...over, isWithdrawn: true } : undefined;
  }
}
