// What stands where a schema would, when the newest one of a topic is not Avro: its connectors are told so, not that fields are missing.
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';

/** No name of a type has a blank. */
const START = 'not Avro but ';

/** @param kind as the registry says it: JSON, PROTOBUF */
export const notAvro = (kind: string): AvroSchemaJson => START + kind;

/** It says what the schema is instead: `not Avro but JSON`. */
export const isNotAvro = (schema: AvroSchemaJson | undefined): schema is string =>
  typeof schema === 'string' && schema.startsWith(START);
