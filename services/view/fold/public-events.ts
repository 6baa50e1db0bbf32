// Where in the public topic the newest version of each rule is: a client of a stream has it when it is past that place.
import type { PublicEvent } from '@ess/domain/stream/stream-receipts.ts';
import type { PublicRule } from '@ess/schemas/generated/types.ts';
import { LATEST_TOPIC } from '@ess/schemas/topics.ts';
import { NumberColumn, VersionColumn } from './columns.ts';
import type { PartsIn, PartsOut } from './parts.ts';
import { RowNames } from './row-names.ts';
import type { Newest } from './source-rules.ts';

export class PublicEvents {
  readonly #names = new RowNames();
  readonly #versions = new VersionColumn();
  readonly #partitions = new NumberColumn();
  readonly #offsets = new NumberColumn();
  readonly #timestamps = new NumberColumn();
  /** By partition, offset of the first event that is kept. */
  readonly #first = new Map<number, number>();

  take({ ruleId, version }: Pick<PublicRule, 'ruleId' | 'version'>, event: PublicEvent): void {
    const { partition, offset, timestampMs } = event;
    if (!this.#first.has(partition)) this.#first.set(partition, offset);
    const row = this.#names.rowOf(ruleId);
    const known = this.#versions.get(row);
    if (known !== undefined && known > version) return;
    this.#versions.set(row, version);
    this.#partitions.set(row, partition);
    this.#offsets.set(row, offset);
    this.#timestamps.set(row, timestampMs);
  }

  /** @returns undefined: it is not public yet */
  of(ruleId: string, { version, topic, partition, publishedAtMs }: Newest): PublicEvent | undefined {
    const row = this.#names.find(ruleId);
    const newest = row === undefined ? undefined : this.#versions.get(row);
    if (row !== undefined && newest !== undefined && newest >= version) return this.#at(row);
    if (topic !== LATEST_TOPIC) return undefined;
    // Its record has expired, and so has its event, which has the same partition: it lay before all that are kept.
    return { partition, offset: (this.#first.get(partition) ?? 1) - 1, timestampMs: publishedAtMs };
  }

  save(out: PartsOut, name: string): void {
    this.#names.save(out, `${name}names`);
    out.value(`${name}first`, [...this.#first]);
    for (const [field, column] of this.#columns()) column.save(out, `${name}${field}`);
  }

  /** Into one that has taken nothing. */
  load(from: PartsIn, name: string): void {
    this.#names.load(from, `${name}names`);
    for (const [partition, offset] of from.value<Array<[number, number]>>(`${name}first`))
      this.#first.set(partition, offset);
    for (const [field, column] of this.#columns()) column.load(from, `${name}${field}`);
  }

  #at(row: number): PublicEvent {
    return {
      partition: this.#partitions.get(row),
      offset: this.#offsets.get(row),
      timestampMs: this.#timestamps.get(row),
    };
  }

  #columns(): Array<readonly [field: string, column: NumberColumn | VersionColumn]> {
    return [
      ['version', this.#versions],
      ['partition', this.#partitions],
      ['offset', this.#offsets],
      ['timestamp', this.#timestamps],
    ];
  }
}
