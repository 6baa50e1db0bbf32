// Versions that rows of the audit name. By them it is known of a past moment what had been published by then, also where the source
// keeps no record of it any more. Partners of one source share it: what one was sent was there for all of them.
import type { PlacedVersion } from '@ess/domain/delivery/acked-version.ts';
import { laterOf } from '@ess/domain/delivery/acked-version.ts';
import type { DeliveryAttempt } from '@ess/schemas/generated/types.ts';
import { LATEST_TOPIC, RULES_TOPIC } from '@ess/schemas/topics.ts';
import { NumberColumn, PlacedColumn } from './columns.ts';
import type { SourceRules } from './source-rules.ts';

export interface HeardVersion extends PlacedVersion {
  readonly publishedAtMs: number;
}

export class HeardVersions {
  readonly #source: SourceRules;
  readonly #atMs: number;
  readonly #newest: PlacedColumn;
  readonly #publishedAt = new NumberColumn();

  /** @param atMs the moment, ms since 1970 */
  constructor(source: SourceRules, atMs: number) {
    this.#source = source;
    this.#atMs = atMs;
    this.#newest = new PlacedColumn(source.texts);
  }

  /** Takes a row of a partner of the source in. @returns the row of its rule, where its version had been published by then */
  take({ ruleId, version, topic, partition, offset, publishedAt, attemptedAt }: DeliveryAttempt): number | undefined {
    const publishedAtMs = Math.min(publishedAt ?? attemptedAt, attemptedAt);
    if (ruleId === null || version === null || publishedAtMs > this.#atMs) return undefined;
    // Its connector may have read another topic then, of which the versions count for themselves.
    const ofSource = this.#source.fields.topic;
    if (topic !== ofSource && !(topic === LATEST_TOPIC && ofSource === RULES_TOPIC)) return undefined;
    const row = this.#source.rowOf(ruleId);
    const known = this.#newest.get(row);
    const heard = { version, topic, partition, offset };
    const order = known && laterOf(known, heard, this.#source.versionsAreOffsets);
    if (known && (order ?? this.#publishedAt.get(row) - publishedAtMs) > 0) return row;
    this.#newest.set(row, heard);
    this.#publishedAt.set(row, publishedAtMs);
    return row;
  }

  /** The newest of a rule. */
  of(row: number): HeardVersion | undefined {
    const newest = this.#newest.get(row);
    return newest && { ...newest, publishedAtMs: this.#publishedAt.get(row) };
  }
}
