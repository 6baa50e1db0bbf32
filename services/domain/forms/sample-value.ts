// A value of a sample as a record has it: people write samples in the form that goes out, since JSON has no bytes and no type for
// a date. What is not of that form stays as it is.
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { branches, isUnion } from '@ess/schemas/avro-schema.ts';
import { symbolsOf, typeOf } from '../avro/avro-path.ts';
import { linked } from '../avro/linked-schema.ts';
import { canEqual } from './comparable.ts';
import { formOf } from './forms.ts';
import type { Meaning } from './meaning.ts';
import { meaningOf } from './meaning.ts';

/** @param json the value as a file of JSON has it; bytes are written in base64 */
export const sampleValue = (schema: AvroSchemaJson, json: unknown): unknown => plainOf(linked(schema), json);

function plainOf(type: AvroSchemaJson, json: unknown): unknown {
  if (isUnion(type)) return valueInUnion(type, json);
  if (typeof type === 'object' && typeof json === 'object' && json !== null) {
    if (type.type === 'array' && Array.isArray(json)) return json.map((item) => plainOf(type.items, item));
    if (type.type === 'map') return mapped(json, () => type.values);
    if (type.type === 'record') return mapped(json, (key) => type.fields.find(({ name }) => name === key)?.type);
  }
  if (typeof json !== 'string') return json;
  const read = READ[meaningOf(type)];
  return read !== undefined && isForm(type, json) ? read(json, type) : json;
}

/** The first branch that is a text itself, or makes something of it. */
function valueInUnion(union: AvroSchemaJson, json: unknown): unknown {
  for (const branch of branches(union)) {
    if (typeof json === 'string' && holdsText(branch, json)) return json;
    const value = plainOf(branch, json);
    if (value !== json) return value;
  }
  return json;
}

const holdsText = (branch: AvroSchemaJson, text: string): boolean =>
  typeOf(branch) === 'string' || (symbolsOf(branch)?.includes(text) ?? false);

function mapped(json: object, typeOf: (key: string) => AvroSchemaJson | undefined): object {
  const entries = Object.entries(json).map(([key, inner]) => {
    const type = typeOf(key);
    return [key, type === undefined ? inner : plainOf(type, inner)] as const;
  });
  return Object.fromEntries(entries);
}

/** Whether the text is one that the form has; bytes and large longs have no text by default. */
function isForm(type: AvroSchemaJson, text: string): boolean {
  const pattern = formOf(type)?.schema['pattern'];
  return typeof pattern !== 'string' || new RegExp(pattern).test(text);
}

const READ: Partial<Record<Meaning, (text: string, type: AvroSchemaJson) => unknown>> = {
  long: (text) => (canEqual(text, 'long') ? BigInt(text) : text),
  bytes: (text) => Buffer.from(text, 'base64'),
  fixed: (text) => Buffer.from(text, 'base64'),
  uuid: (text, type) =>
    (type as { type: string }).type === 'fixed' ? Buffer.from(text.replaceAll('-', ''), 'hex') : text,
  decimal: (text, type) => {
    const { type: below, size } = type as { type: string; size: number };
    return twosComplement(BigInt(text.replace('.', '')), below === 'fixed' ? size : undefined);
  },
  date: (text) => Date.parse(text) / 86_400_000,
  'time-millis': (text) => timeOf(text, 3),
  'time-micros': (text) => timeOf(text, 6),
  'local-timestamp-millis': (text) => momentOf(text, 3),
  'local-timestamp-micros': (text) => momentOf(text, 6),
  'local-timestamp-nanos': (text) => momentOf(text, 9),
  duration: durationOf,
};

const number = (value: bigint): number | bigint => (Number.isSafeInteger(Number(value)) ? Number(value) : value);

const timeOf = (text: string, places: number): unknown => momentOf(`1970-01-01T${text}`, places);

function momentOf(text: string, places: number): number | bigint {
  const [whole = '', fraction = ''] = text.split('.');
  const seconds = BigInt(Date.parse(`${whole}Z`)) / 1000n;
  return number(seconds * 10n ** BigInt(places) + BigInt(fraction.padEnd(places, '0').slice(0, places)));
}

function durationOf(text: string): Buffer {
  const [date = '', time = ''] = text.slice(1).split('T');
  const amount = (from: string, unit: string): number => Number(new RegExp(`([0-9.]+)${unit}`).exec(from)?.[1] ?? 0);
  const bytes = Buffer.alloc(12);
  bytes.writeUInt32LE(amount(date, 'M'), 0);
  bytes.writeUInt32LE(amount(date, 'D'), 4);
  const seconds = amount(time, 'H') * 3600 + amount(time, 'M') * 60 + amount(time, 'S');
  bytes.writeUInt32LE(Math.round(seconds * 1000), 8);
  return bytes;
}

/** @param size bytes; absent: as many as it takes */
function twosComplement(value: bigint, size?: number): Buffer {
  const bits = (value < 0n ? -value - 1n : value).toString(2).length + 1;
  const bytes = size ?? Math.ceil(bits / 8);
  return Buffer.from(
    BigInt.asUintN(8 * bytes, value)
      .toString(16)
      .padStart(2 * bytes, '0'),
    'hex',
  );
}
