// What `as` may say of a type, and how it is told that it says something else.
import type { AvroArray, AvroMap, AvroRecord, AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { branches, isUnion } from '@ess/schemas/avro-schema.ts';
import { typeOf } from '../avro/avro-path.ts';
import { meaningOf } from '../avro/meaning.ts';
import { didYouMean } from '../text/nearest.ts';
import { AS, DEFAULT, formNames, formOf } from './forms.ts';

export const JSON_TEXT = 'json-text';

export const isComplex = (type: AvroSchemaJson): type is AvroArray | AvroMap | AvroRecord =>
  ['array', 'map', 'record'].includes(typeOf(type));

/** What `as` may say of all of them, `DEFAULT` for nothing. What lies inside a record is mapped by itself. */
export function sharedForms(types: readonly AvroSchemaJson[]): string[] {
  const each = types.map((type): string[] => {
    if (isUnion(type)) return sharedForms(branches(type));
    if (typeOf(type) === 'record' || type === 'boolean') return [DEFAULT, JSON_TEXT];
    if (!isComplex(type)) return [...(formOf(type) ? [DEFAULT] : []), ...formNames(type)];
    const inner = sharedForms([type.type === 'array' ? type.items : (type as AvroMap).values]);
    return inner.includes(DEFAULT) ? [...inner, JSON_TEXT] : inner;
  });
  return [DEFAULT, ...AS].filter((name) => each.every((names) => names.includes(name)));
}

export function misfit(
  as: string,
  shown: string,
  names: readonly string[],
  alone = `${shown} has one form`,
): [message: string, remedy: string] {
  if (!AS.includes(as)) return [`"${as}" is not a form`, didYouMean(as, names.length > 0 ? names : AS)];
  const remedy = names.length > 0 ? didYouMean(as, names) : `remove "as": ${alone}`;
  return [`"${as}" does not fit ${shown}`, remedy];
}

/** `a decimal`, `bytes`, `an enum Status` */
export function shownType(type: AvroSchemaJson): string {
  const meaning = meaningOf(type);
  if (meaning === 'bytes') return 'bytes';
  const name = (type as { name?: string }).name;
  const article = /^[aeiou]/.test(meaning) ? 'an' : 'a';
  return `${article} ${meaning}${name === undefined ? '' : ` ${name}`}`;
}
