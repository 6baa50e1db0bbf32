// What a value of an Avro type means: its logical type where that fits the bytes below it, else the type itself.
import type { AvroAnnotated, AvroFixed, AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { typeOf } from './avro-path.ts';

export type Meaning = keyof typeof BELOW | Plain;
type Plain = 'null' | 'boolean' | 'int' | 'long' | 'float' | 'double' | 'bytes' | 'string' | Complex;
type Complex = 'record' | 'enum' | 'array' | 'map' | 'fixed';

/** Types that may lie below a logical type. Below another one it means nothing, as the specification has it. */
const BELOW = {
  date: ['int'],
  'time-millis': ['int'],
  'time-micros': ['long'],
  'timestamp-millis': ['long'],
  'timestamp-micros': ['long'],
  'timestamp-nanos': ['long'],
  'local-timestamp-millis': ['long'],
  'local-timestamp-micros': ['long'],
  'local-timestamp-nanos': ['long'],
  decimal: ['bytes', 'fixed'],
  uuid: ['string', 'fixed'],
  duration: ['fixed'],
} as const;
const UUID_BYTES = 16;
const DURATION_BYTES = 12;
/** What a column of Postgres may declare, the most of all databases. Of a million digits a text takes seconds to make. */
const DECIMAL_DIGITS_MAX = 1_000;

/** A logical type, also one that means nothing here; undefined: none, or one whose values cannot lie in such bytes. */
export function logicalTypeOf(type: AvroSchemaJson): string | undefined {
  const { logicalType } = type as Partial<AvroAnnotated>;
  if (typeof logicalType !== 'string') return undefined;
  return !Object.hasOwn(BELOW, logicalType) || meaningOf(type) === logicalType ? logicalType : undefined;
}

/** @param type one branch of a linked schema */
export function meaningOf(type: AvroSchemaJson): Meaning {
  const below = typeOf(type) as Plain;
  const { logicalType, size, scale = 0, precision = 0 } = type as Partial<AvroFixed & AvroAnnotated>;
  if (logicalType === undefined || !Object.hasOwn(BELOW, logicalType)) return below;
  const logical = logicalType as keyof typeof BELOW;
  if (!(BELOW[logical] as readonly string[]).includes(below)) return below;
  if (logical === 'uuid' && below === 'fixed' && size !== UUID_BYTES) return below;
  if (logical === 'duration' && size !== DURATION_BYTES) return below;
  const isCount = Number.isInteger(precision) && Number.isInteger(scale) && scale >= 0;
  if (logical === 'decimal' && !(isCount && precision > 0 && precision <= DECIMAL_DIGITS_MAX && scale <= precision))
    return below;
  return logical;
}
