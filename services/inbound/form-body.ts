// The fields of a form as a document: each that the door reads is found by its name, and its text becomes the value that the
// record's field has. A name that nobody reads is nobody's business.
import { resolvePath } from '@ess/domain/avro/avro-path.ts';
import type { InboundHook } from '@ess/domain/connector/connector.ts';
import type { MappedField } from '@ess/domain/mapping/line.ts';
import type { JsonFault } from '@ess/domain/mapping/strict-json.ts';
import type { Path } from '@ess/domain/text/paths.ts';
import { EACH, setPath } from '@ess/domain/text/paths.ts';
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { isUnion } from '@ess/schemas/avro-schema.ts';

export interface FormField {
  readonly path: Path;
  /** As senders write the path: with dots, or with brackets as PHP and Rails do; a list may say so. */
  readonly names: readonly string[];
  readonly isList: boolean;
  readonly value: (text: string) => unknown;
}

export interface FormBody {
  readonly document: object;
  /** The first thing that is wrong in what is read. */
  readonly fault?: JsonFault;
}

const NUMBER = /^-?(?:0|[1-9]\d{0,15})(?:\.\d{1,20})?$/;

/** Of `as`: those that are numbers in JSON. */
const NUMERIC_FORMS: ReadonlySet<string> = new Set(['number', 'integer', 'days', 'ms', 'us', 'epoch-s', 'epoch-ms']);

/** Secrets are texts. */
export const secretField = (path: Path): FormField => fieldAt(path, false, (text) => text);

export const mappedFields = ({ mapping, schema }: InboundHook): FormField[] =>
  mapping.fields.flatMap((field) => {
    const [path, source] = [withoutEach(field.target), withoutEach(field.source)];
    // A form has no lists of objects.
    if (path.includes(EACH) || source.includes(EACH)) return [];
    const found = schema === undefined ? undefined : resolvePath(schema, source);
    const type = found !== undefined && 'type' in found ? found.type : 'string';
    const list = branchesOf(type).find((branch) => kindOf(branch) === 'array') as { items: AvroSchemaJson } | undefined;
    return [fieldAt(path, list !== undefined, valueFor(field, list?.items ?? type))];
  });

/** `codes[]` is the list itself here. */
const withoutEach = (path: Path): Path => (path.at(-1) === EACH ? path.slice(0, -1) : path);

export function readForm(text: string, fields: readonly FormField[]): FormBody {
  const given = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(text)) {
    const values = given.get(name);
    if (values) values.push(value);
    else given.set(name, [value]);
  }
  const document = {};
  let fault: JsonFault | undefined;
  for (const { path, names, isList, value } of fields) {
    const texts = names.flatMap((name) => given.get(name) ?? []);
    if (texts.length === 0) continue;
    if (texts.length > 1 && !isList) fault ??= { path: [...path], message: 'is there twice' };
    // What no UTF-8 was is told by the sign that stands for it.
    else if (texts.some((one) => one.includes('\ufffd'))) fault ??= { path: [...path], message: 'is not UTF-8' };
    else setPath(document, path, isList ? texts.map(value) : value(texts[0] as string));
  }
  return { document, ...(fault && { fault }) };
}

function fieldAt(path: Path, isList: boolean, value: FormField['value']): FormField {
  const [first = '', ...rest] = path.map(String);
  const written = [[first, ...rest].join('.'), first + rest.map((step) => `[${step}]`).join('')];
  const names = [...new Set(isList ? written.flatMap((name) => [name, `${name}[]`]) : written)];
  return { path, names, isList, value };
}

/** A text that says nothing of the kind stays one: then the field's fault is told as for any body. */
function valueFor({ dictionary, as }: MappedField, type: AvroSchemaJson): FormField['value'] {
  if (dictionary !== undefined)
    return (text) => dictionary.values.find((known) => known !== null && String(known) === text) ?? text;
  if (as !== undefined) return (text) => (NUMERIC_FORMS.has(as) && NUMBER.test(text) ? Number(text) : text);
  const kinds = branchesOf(type).map(kindOf);
  if (kinds.includes('string') || kinds.includes('enum')) return (text) => text;
  const isNumber = kinds.some((kind) => ['int', 'long', 'float', 'double'].includes(kind));
  return (text) => {
    if (text === '' && kinds.includes('null')) return null;
    if (kinds.includes('boolean') && (text === 'true' || text === 'false')) return text === 'true';
    return isNumber && NUMBER.test(text) ? Number(text) : text;
  };
}

const branchesOf = (type: AvroSchemaJson): readonly AvroSchemaJson[] => (isUnion(type) ? type : [type]);
const kindOf = (branch: AvroSchemaJson): string =>
  typeof branch === 'string' ? branch : (branch as { type: string }).type;
