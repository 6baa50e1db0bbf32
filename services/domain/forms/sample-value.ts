// A value of a sample as a record has it: people write samples in the form that goes out, since JSON has no bytes and no type for
// a date. What is not of that form stays as it is.
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { branches, isUnion } from '@ess/schemas/avro-schema.ts';
import { symbolsOf, typeOf } from '../avro/avro-path.ts';
import { linked } from '../avro/linked-schema.ts';
import { meaningOf } from '../avro/meaning.ts';
import { canEqual } from './comparable.ts';
import { formOf } from './forms.ts';
import { readForm } from './read-form.ts';

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
  return isForm(type, json) ? (readText(json, type) ?? json) : json;
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

function readText(text: string, type: AvroSchemaJson): unknown {
  const meaning = meaningOf(type);
  if (meaning === 'long') return canEqual(text, type) ? BigInt(text) : text;
  return meaning === 'bytes' || meaning === 'fixed' ? Buffer.from(text, 'base64') : readForm(text, type);
}
