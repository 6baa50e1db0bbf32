// What a record is called: its rule, its version, its event, and when it was published. Whoever delivers it and whoever looks
// whether it was delivered must come to the same names.

import type { Version } from '../delivery/version.ts';
import { keyText, longIdIn, shortId } from '../text/foreign-id.ts';

/** Where a source says that they are: dotted paths; absent ones fall back to the record itself. */
export interface IdentityFields {
  readonly key?: string;
  readonly version?: string;
}

export interface IdentifiedRecord {
  readonly key: Buffer | null;
  readonly offset: number;
  readonly timestampMs: number;
}

export interface RecordIdentity {
  /** Null: neither the value nor the record names one. One that is too long goes by its short name. */
  readonly ruleId: string | null;
  /** Null: the field holds no whole number. */
  readonly version: Version | null;
  readonly eventId: string | null;
  readonly publishedAtMs: number;
  /** Why it cannot be written down, for a person; undefined: it can. */
  readonly tooLong: string | undefined;
}

/** @param value as decoded; empty for a record that cannot be decoded */
export function identify(record: IdentifiedRecord, value: object, fields: IdentityFields): RecordIdentity {
  const { key, offset, timestampMs } = record;
  const named = textAt(value, fields.key);
  const eventId = textAt(value, 'eventId');
  const publishedAt = wholeAt(value, 'publishedAt');
  return {
    ruleId: named === null ? key && keyText(key) : shortId(named),
    version: fields.version === undefined ? offset : wholeAt(value, fields.version),
    eventId: eventId && shortId(eventId),
    publishedAtMs: typeof publishedAt === 'number' ? publishedAt : timestampMs,
    tooLong: longIdIn(key, named, eventId),
  };
}

function at(value: object, path: string | undefined): unknown {
  if (path === undefined) return undefined;
  return path
    .split('.')
    .reduce<unknown>((from, step) => (from as Record<string, unknown> | null | undefined)?.[step], value);
}

function textAt(value: object, path: string | undefined): string | null {
  const found = at(value, path);
  if (typeof found === 'string') return found;
  return typeof found === 'number' || typeof found === 'bigint' ? String(found) : null;
}

/** A long is a bigint where no number is exact. */
function wholeAt(value: object, path: string): Version | null {
  const found = at(value, path);
  return Number.isSafeInteger(found) || typeof found === 'bigint' ? (found as Version) : null;
}
