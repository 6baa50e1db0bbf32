// What a connector makes of one record, as the page shows it.

import type { ShownRequest } from '@ess/domain/request/shown-request.ts';
import type { Problem } from '@ess/domain/text/problem.ts';

/** What is made of a record: a document with the request that carries it, or why there is none. */
export type ShownMade =
  | { readonly kind: 'outOfScope' }
  | { readonly kind: 'withdrawn' }
  | { readonly kind: 'failed'; readonly reason: string }
  | {
      readonly kind: 'document';
      /** As JSON, on lines: digits that no number of a browser holds stay. */
      readonly document: string;
      /** SHA-256, hex, of the document: as the audit has it of what was sent. */
      readonly digest: string;
      /** How the connector says that it goes out; null: a POST as JSON to its URL. Without credentials, and without what ESS adds. */
      readonly request: ShownRequest | null;
    };

/** A record, and what the connector of today makes of it. */
export interface MadeAgain {
  /** topic:partition:offset */
  readonly position: string;
  /** ISO 8601. */
  readonly writtenAt: string;
  /** As JSON, on lines; null: for whoever came by a link, who sees what is made of it alone. */
  readonly record: string | null;
  readonly made: ShownMade;
  /** The files, to be changed beside the record; null as the record is. */
  readonly files: TriedFiles | null;
}

export interface TriedFiles {
  readonly connector: string;
  readonly mapping: string;
  readonly mappingFile: string;
}

/** What files that somebody is writing make of it. */
export interface Rehearsed {
  /** What is wrong in them; then nothing is made. */
  readonly problems: readonly Problem[];
  readonly made: ShownMade | null;
}
