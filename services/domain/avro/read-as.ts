// What the records of a source are read as, whatever schema each was written with.
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';

export interface ReadAs {
  /** Whole: it refers to no other. The object itself stands for it: readers are kept by it. */
  readonly schema: AvroSchemaJson;
  /** For people, e.g. `schema id 9 (rules-value version 3)`. */
  readonly shown: string;
}
