// The bilingual dictionary between a record and a partner's document, usable in both directions.

/** Anything JSON can hold. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** mapping.json as written (schemas/mapping.schema.json describes each part). */
export interface MappingFile {
  readonly fields: Record<string, string>;
  readonly values?: Record<string, Record<string, Json>>;
  readonly defaults?: Record<string, Json>;
}

export type MapResult =
  | { readonly ok: true; readonly document: Record<string, unknown> }
  | { readonly ok: false; readonly reason: string };

export interface Mapping {
  /** Record → partner's document; never throws. */
  forward(source: object): MapResult;
  /** Partner's document → record fields; never throws. */
  inverse(body: object): MapResult;
}
