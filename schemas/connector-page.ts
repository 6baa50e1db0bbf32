// What of docs/connectors.md is written by `node schemas/generate.ts`: the contents, and a reference of every field with its type,
// its default and an example. Both stand between markers; the guides around them are written by hand, in the page itself.
import { isMap, isScalar, parseDocument, stringify, visit } from 'yaml';
import type { Field, FieldSchema } from './connector-fields.ts';
import { ANY, EACH, fieldsOf, hasFields, pathOf, placed } from './connector-fields.ts';

/** One of the two files of a connector. */
export interface DescribedFile {
  readonly name: 'connector.yaml' | 'mapping.json';
  readonly schema: FieldSchema;
}

const PARTS = ['contents', 'reference'] as const;
const begin = (part: string): string => `<!-- ${part}: written by node schemas/generate.ts, do not edit -->`;
const end = (part: string): string => `<!-- end of ${part} -->`;
/** Longest line of an example in JSON. */
const LINE_CHARS = 100;

/**
 * The page with its generated parts as the schemas have them.
 * @throws Error when a marker is not there
 */
export function connectorPage(page: string, files: readonly DescribedFile[]): string {
  const [contents, reference] = PARTS;
  const referenced = withPart(page, reference, files.map(referenceOf).join('\n\n'));
  return withPart(referenced, contents, contentsOf(referenced));
}

function withPart(page: string, part: string, text: string): string {
  const [from, to] = [page.indexOf(begin(part)), page.indexOf(end(part))];
  if (from < 0 || to < from) throw new Error(`docs/connectors.md lacks the markers of its ${part}`);
  return `${page.slice(0, from)}${begin(part)}\n\n${text}\n\n${page.slice(to)}`;
}

/** A line for each guide, with its parts below; a line for each reference, with its groups behind it. */
function contentsOf(page: string): string {
  const text = page.replaceAll(/^```[\s\S]*?^```$/gm, '');
  const lines: string[] = [];
  let isReference = false;
  for (const [, level, heading = ''] of text.matchAll(/^(##|###) (.+)$/gm)) {
    const link = `[${heading}](#${anchorOf(heading)})`;
    if (level === '##') {
      isReference = heading.startsWith('Reference: ');
      lines.push(`- ${link}`);
    } else if (isReference) lines.push(`${lines.pop()} · ${link}`);
    else lines.push(`  - ${link}`);
  }
  return lines.filter((line) => !line.startsWith('- [Contents]')).join('\n');
}

/** As GitHub makes it of a heading. */
export const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
    .replaceAll(' ', '-');

function referenceOf({ name, schema }: DescribedFile): string {
  // Values of free names and elements of lists are told with the field that holds them.
  const fields = fieldsOf(schema).filter(
    ({ steps, schema: { properties } }) => isNamed(steps) || properties !== undefined,
  );
  const groups = fields.filter((field) => hasFields(field.schema) && field.steps.at(-1) !== EACH);
  const single = fields.filter(({ steps, schema }) => isNamed(steps) && steps.length === 1 && !hasFields(schema));
  const show = (field: Field, level: '###' | '####'): string => section(level, field, { name, schema });
  return [
    `## Reference: ${name}\n\n${schema.description}`,
    ...single.map((field) => show(field, '###')),
    ...groups.flatMap((group) => [
      show(group, '###'),
      ...fields
        .filter((field) => isWithin(field, group) && !hasFields(field.schema))
        .map((field) => show(field, '####')),
    ]),
  ].join('\n\n');
}

const isNamed = (steps: readonly string[]): boolean => ![EACH, ANY].includes(steps.at(-1) ?? '');

/** Whether the field is one of the group itself, and not of a group inside it. */
function isWithin({ steps }: Field, group: Field): boolean {
  const above = steps.slice(0, -1);
  const own = above.at(-1) === EACH ? above.slice(0, -1) : above;
  return isNamed(steps) && pathOf(own) === pathOf(group.steps);
}

function section(level: string, field: Field, file: DescribedFile): string {
  const { schema, steps, isRequired } = field;
  const { text, usual } = parted(schema.description ?? '');
  const facts = [`Type: ${typeOf(schema)}`, ...(usual === undefined ? [] : [`Default: ${usual}`])];
  return [
    `${level} ${pathOf(steps)}`,
    text,
    [...facts, ...(isRequired ? ['Required'] : [])].map((fact) => `- ${fact}`).join('\n'),
    exampleOf(field, file),
  ].join('\n\n');
}

/** The description without what it says of the default, which stands by itself. */
function parted(description: string): { readonly text: string; readonly usual: string | undefined } {
  const usual = /(?:^| )Default: (.+?)\.(?= |$)/.exec(description);
  return { text: description.replace(usual?.[0] ?? '', '').trim(), usual: usual?.[1] };
}

function exampleOf({ schema, steps }: Field, file: DescribedFile): string {
  const [language, write] = file.name === 'connector.yaml' ? ['yaml', yamlText] : ['json', jsonText];
  const texts = (schema.examples ?? []).map((example) => write(placed(file.schema, steps, example)));
  return texts.map((text) => `\`\`\`${language}\n${text}\n\`\`\``).join('\n\nor\n\n');
}

/** What holds a brace is quoted, so that it can be copied into braces too. */
function yamlText(value: unknown): string {
  const document = parseDocument(stringify(value));
  visit(document, {
    Scalar(key, node) {
      if (key !== 'key' && typeof node.value === 'string' && /[{}]/.test(node.value)) node.type = 'QUOTE_DOUBLE';
    },
    // Short lists of plain values read better on one line.
    Seq(_, node) {
      node.flow = node.items.every(isScalar);
    },
  });
  if (isMap(document.contents)) document.contents.flow = false;
  return document.toString({ lineWidth: 0, flowCollectionPadding: false }).trimEnd();
}

/** On one line where it fits. */
function jsonText(value: unknown, indent = ''): string {
  const inline = inlineJson(value);
  if (indent.length + inline.length <= LINE_CHARS || typeof value !== 'object' || value === null) return inline;
  const deeper = `${indent}  `;
  const lines = Array.isArray(value)
    ? value.map((one) => `${deeper}${jsonText(one, deeper)}`)
    : Object.entries(value).map(([name, one]) => `${deeper}${JSON.stringify(name)}: ${jsonText(one, deeper)}`);
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  return `${open}\n${lines.join(',\n')}\n${indent}${close}`;
}

function inlineJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inlineJson).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).map(([name, one]) => `${JSON.stringify(name)}: ${inlineJson(one)}`);
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
}

/** So many kinds are all that a single value may be, but for null. */
const SCALARS = 3;
const WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: '`true` or `false`',
  null: '`null`',
  array: 'a list',
  object: 'an object',
};

function typeOf(schema: FieldSchema): string {
  const { type, enum: choices, items } = schema;
  if (choices !== undefined) return `one of ${choices.map((one) => `\`${one}\``).join(', ')}`;
  const kinds = type === undefined ? [] : [type].flat();
  if (kinds.length === 0) return 'any JSON';
  if (kinds.length >= SCALARS) return kinds.includes('array') ? 'a value, or a list of values' : 'a value';
  const words = kinds.map((kind) => {
    if (kind === 'array') return items === undefined ? 'a list' : `a list, each element ${typeOf(items)}`;
    if (kind === 'object' && schema.properties === undefined) return `an object, name → ${typeOf(freeOf(schema))}`;
    return `${WORDS[kind]}${boundsOf(schema, kind)}`;
  });
  return words.join(', or ');
}

function freeOf({ patternProperties = {}, additionalProperties }: FieldSchema): FieldSchema {
  const [pattern] = Object.values(patternProperties);
  return pattern ?? (typeof additionalProperties === 'object' ? additionalProperties : {});
}

function boundsOf({ minimum, exclusiveMinimum, maximum }: FieldSchema, kind: string): string {
  if (kind !== 'integer' && kind !== 'number') return '';
  const least = minimum === undefined ? undefined : minimum.toLocaleString('en');
  const most = maximum?.toLocaleString('en');
  if (least !== undefined) return most === undefined ? `, ${least} or more` : ` from ${least} to ${most}`;
  const above = exclusiveMinimum === undefined ? '' : ` above ${exclusiveMinimum}`;
  return `${above}${most === undefined ? '' : `${above === '' ? '' : ' and'} up to ${most}`}`;
}
