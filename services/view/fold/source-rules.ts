// What a source has: of each rule the newest version. Partners whose connectors read the same topic in the same way share one. It
// tells them of each version that takes the place of another, while the record is at hand: whether they want it is theirs to say.
import type { ReadAs } from '@ess/domain/avro/read-as.ts';
import type { PlacedVersion } from '@ess/domain/delivery/acked-version.ts';
import { laterOf } from '@ess/domain/delivery/acked-version.ts';
import type { Version } from '@ess/domain/delivery/version.ts';
import { NO_VERSION } from '@ess/domain/delivery/version.ts';
import type { IdentifiedRecord, IdentityFields } from '@ess/domain/values/record-identity.ts';
import { identify } from '@ess/domain/values/record-identity.ts';
import { isWithdrawn } from '@ess/domain/values/withdrawn.ts';
import { NumberColumn, PlacedColumn, Texts } from './columns.ts';
import type { PartsIn, PartsOut } from './parts.ts';
import { RowNames } from './row-names.ts';
import type { LabelFilter } from './rule-labels.ts';
import { RuleLabels } from './rule-labels.ts';

export interface SourceFields extends IdentityFields {
  readonly topic: string;
  readonly subject?: string;
  readonly reads?: ReadAs;
}

export interface SourceRecord extends IdentifiedRecord {
  readonly partition: number;
}

/** A partner of the source. */
export interface SourcePartner {
  /** The newest version of a rule is another one now. @param value as decoded; undefined: it is withdrawn, and its record is gone */
  published(row: number, value: object | undefined, newest: Newest): void;
  /** Of no rule there is a newest version any more. */
  forgot(): void;
}

/** The newest version of a rule. */
export interface Newest extends PlacedVersion {
  readonly publishedAtMs: number;
  readonly isWithdrawn: boolean;
}

/** A record whose schema the registry does not know, or that cannot be read. What it says of its rule is not known. */
export interface UnreadRecord {
  readonly partition: number;
  readonly offset: number;
  /** When it was written, ms since 1970. */
  readonly atMs: number;
}

export class SourceRules {
  readonly fields: SourceFields;
  readonly texts = new Texts();
  readonly labels = new RuleLabels();
  /** Id of the log that it is of, where that is known. */
  topicId: string | null = null;
  readonly #names = new RowNames();
  readonly #newest = new PlacedColumn(this.texts);
  readonly #publishedAt = new NumberColumn();
  readonly #withdrawn = new NumberColumn();
  readonly #partners = new Set<SourcePartner>();
  /** By row, where nothing readable has come after it. */
  readonly #unread = new Map<number, UnreadRecord>();
  /** By row, where a lower version has come after it in the source: this one. */
  readonly #lowered = new Map<number, Version>();

  constructor(fields: SourceFields) {
    this.fields = fields;
  }

  /** Whether a connector with this source finds the same here. */
  readsAs({ topic, subject, key, version, reads }: SourceFields): boolean {
    const { fields } = this;
    const isOfSameNames =
      fields.topic === topic && fields.subject === subject && fields.key === key && fields.version === version;
    return isOfSameNames && fields.reads?.schema === reads?.schema;
  }

  /** Its versions are offsets. */
  get versionsAreOffsets(): boolean {
    return this.fields.version === undefined;
  }

  /** Rows so far: each is a rule that a source or a partner has named. */
  get size(): number {
    return this.#names.size;
  }

  join(partner: SourcePartner): () => void {
    this.#partners.add(partner);
    return () => void this.#partners.delete(partner);
  }

  rowOf(ruleId: string): number {
    return this.#names.rowOf(ruleId);
  }

  /** @returns undefined when nobody has named the rule */
  find(ruleId: string): number | undefined {
    return this.#names.find(ruleId);
  }

  nameOf(row: number): string {
    return this.#names.nameOf(row);
  }

  newest(row: number): Newest | undefined {
    const newest = this.#newest.get(row);
    return (
      newest && { ...newest, publishedAtMs: this.#publishedAt.get(row), isWithdrawn: this.#withdrawn.get(row) === 1 }
    );
  }

  /** Whether the newest version of the rule says so of itself. */
  isAbout(ruleId: string, wanted: LabelFilter): boolean {
    const row = this.find(ruleId);
    return row !== undefined && this.labels.matches(row, wanted);
  }

  /** A record after the newest version of which it is not known what it says. */
  unread(row: number): UnreadRecord | undefined {
    return this.#unread.get(row);
  }

  /** The source is another log now. */
  forget(): void {
    this.#unread.clear();
    this.#lowered.clear();
    this.labels.clear();
    for (const [, column] of this.#columns()) column.clear();
    for (const partner of this.#partners) partner.forgot();
  }

  save(out: PartsOut, name: string): void {
    out.value(`${name}unread`, [...this.#unread]);
    out.value(
      `${name}lowered`,
      [...this.#lowered].map(([row, version]) => [row, String(version)]),
    );
    this.#names.save(out, `${name}names`);
    this.texts.save(out, `${name}texts`);
    this.labels.save(out, name);
    for (const [field, column] of this.#columns()) column.save(out, `${name}${field}`);
  }

  /** Into one that has no rules. What it finds is no news to its partners. */
  load(from: PartsIn, name: string): void {
    for (const [row, record] of from.value<Array<[number, UnreadRecord]>>(`${name}unread`))
      this.#unread.set(row, record);
    for (const [row, digits] of from.value<Array<[number, string]>>(`${name}lowered`))
      this.#lowered.set(row, BigInt(digits));
    this.#names.load(from, `${name}names`);
    this.texts.load(from, `${name}texts`);
    this.labels.load(from, name);
    for (const [field, column] of this.#columns()) column.load(from, `${name}${field}`);
  }

  /** Takes a record in. @param topic the source, or the topic of what is in force @param value as decoded */
  take(topic: string, topicId: string | null, record: SourceRecord, value: object): void {
    // With an id that is too long it is a dead letter at each of its partners, and the newest of its rule all the same.
    const { ruleId, version, publishedAtMs } = identify(record, value, this.fields);
    if (ruleId === null) return;
    const { partition, offset, timestampMs } = record;
    // What is in force tells of versions before it too, and so does a record that is read again.
    if (this.#unread.size > 0 && topic === this.fields.topic && !this.#isUnreadAfter(ruleId, record))
      this.#unread.delete(this.rowOf(ruleId));
    const placed = { version: version ?? NO_VERSION, topic, topicId, partition, offset };
    this.#put(
      ruleId,
      {
        ...placed,
        publishedAtMs: notAhead(publishedAtMs, timestampMs),
        isWithdrawn: isWithdrawn(this.fields.key, value),
      },
      value,
    );
  }

  #isUnreadAfter(ruleId: string, { partition, offset }: SourceRecord): boolean {
    const unread = this.#unread.get(this.rowOf(ruleId));
    return unread?.partition === partition && unread.offset > offset;
  }

  /** Takes in a record of which it is not known what it says. Of which rule it is, its key says. */
  tookUnread(record: SourceRecord): void {
    const { ruleId, tooLong } = identify(record, {}, this.fields);
    if (ruleId === null || tooLong !== undefined) return; // a dead letter at each of its partners, of no rule
    const { partition, offset, timestampMs } = record;
    this.#unread.set(this.rowOf(ruleId), { partition, offset, atMs: timestampMs });
  }

  /** Takes in that what is in force has the rule no more. @param topic of what is in force */
  tookOut(topic: string, ruleId: string, version: Version, { partition, offset, timestampMs }: SourceRecord): void {
    this.#put(ruleId, {
      version,
      topic,
      topicId: null,
      partition,
      offset,
      publishedAtMs: timestampMs,
      isWithdrawn: true,
    });
  }

  #columns(): Array<readonly [field: string, column: NumberColumn | PlacedColumn]> {
    return [
      ['newest', this.#newest],
      ['publishedAt', this.#publishedAt],
      ['withdrawn', this.#withdrawn],
    ];
  }

  #loweredOf(row: number): Version {
    return this.#lowered.get(row) ?? Number.NEGATIVE_INFINITY;
  }

  /** Nothing new. */
  #isBefore(row: number, newest: Newest, known: PlacedVersion): boolean {
    const isOwn = newest.topic === this.fields.topic;
    // Published again in a lower version, after one that is still in force elsewhere.
    if (!isOwn && newest.version <= this.#loweredOf(row)) return true;
    const order =
      laterOf(known, newest, this.versionsAreOffsets, true) ?? this.#publishedAt.get(row) - newest.publishedAtMs;
    // The same version in the source and among what is in force: its own place in the source tells more.
    if (order > 0 || (order === 0 && !isOwn)) return true;
    if (newest.version < known.version && !this.versionsAreOffsets && known.version > this.#loweredOf(row))
      this.#lowered.set(row, known.version);
    return false;
  }

  #put(ruleId: string, newest: Newest, value?: object): void {
    const row = this.rowOf(ruleId);
    const known = this.#newest.get(row);
    if (known && this.#isBefore(row, newest, known)) return;
    this.#newest.set(row, newest);
    this.#publishedAt.set(row, newest.publishedAtMs);
    this.#withdrawn.set(row, newest.isWithdrawn ? 1 : 0);
    if (value) this.labels.take(row, value);
    for (const partner of this.#partners) partner.published(row, value, newest);
  }
}

/** Clocks differ by so much. */
const CLOCKS_MS = 2_000;
/** Published so long ago, nothing is on its way any more. */
const LONG_AGO_MS = 60_000;

/**
 * A publisher's clock may be ahead, or count in other units. What seems to come would be on its way until then, and what was published
 * "now, when it was read" would be on its way in each view that is opened: such a time is given no patience.
 */
function notAhead(publishedAtMs: number, timestampMs: number): number {
  const nowMs = Date.now();
  const ms = [publishedAtMs, timestampMs].find((one) => one <= nowMs + CLOCKS_MS);
  return ms === undefined ? nowMs - LONG_AGO_MS : Math.min(ms, nowMs);
}
