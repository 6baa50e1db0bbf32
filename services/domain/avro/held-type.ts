// The type that a value from outside is checked against before it is written: it takes what a record can hold, no more and no less.
// avsc's own float takes 1e39 and writes infinity, and its own long ends one short of the last safe number at either end.
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import avro from 'avsc';

type Hook = (value: unknown, type: avro.Type) => void;

/** The same type with another check. As a logical type it would be one more branch that a union has to try. */
function checked(name: string, holds: (value: unknown) => boolean): avro.Type {
  const type = Object.create(avro.Type.forSchema(name as avro.Schema)) as avro.Type & { _check: unknown };
  type._check = (value: unknown, _flags: unknown, hook?: Hook): boolean => {
    const isHeld = holds(value);
    if (!isHeld) hook?.(value, type);
    return isHeld;
  };
  return type;
}

const HELD: Readonly<Record<string, avro.Type>> = {
  long: checked('long', Number.isSafeInteger),
  float: checked('float', (value) => typeof value === 'number' && Number.isFinite(Math.fround(value))),
};

/** To check with. What writes the values is `Codec.encoder`. */
export const heldType = (schema: AvroSchemaJson): avro.Type =>
  avro.Type.forSchema(schema as avro.Schema, {
    typeHook: (part) => HELD[typeof part === 'string' ? part : String((part as { type?: unknown }).type)],
  });
