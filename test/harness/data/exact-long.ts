// A type hook of avsc: longs of all 64 bits, as Java writes them.
import { EXACT_LONG } from '@ess/stream/registry/exact-long.ts';
import type { Schema, Type } from 'avsc';

const isLong = (schema: Schema): boolean => schema === 'long' || (schema as { type?: unknown }).type === 'long';

/** For the `typeHook` of `avro.Type.forSchema`. */
export const exactLongs = (schema: Schema): Type | undefined => (isLong(schema) ? EXACT_LONG : undefined);
