// mapping.json as written (schemas/mapping.schema.json describes each part).
import type { Where } from '../values/scope.ts';

/** Anything JSON can hold. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export interface MappingFile {
  readonly fields: Readonly<Record<string, string | MappingTarget>>;
  readonly constants?: Readonly<Record<string, Json>>;
  readonly values?: Record<string, Record<string, Json>>;
  readonly defaults?: Record<string, Json>;
}

/** A target with what is done on the way; as text it is the target alone. */
export interface MappingTarget {
  readonly to: string;
  /** One of the forms that the type of the source has (forms/forms.ts). */
  readonly as?: string;
  /** Copied only if these fields have these values; a text: if that field is neither absent nor null. */
  readonly when?: string | Where;
  /** Sources whose texts become one. */
  readonly join?: readonly string[];
  /** What stands between them; a space unless it is said. */
  readonly with?: string;
}
