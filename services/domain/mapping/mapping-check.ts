// Everything that can be wrong in a mapping file, found before a record passes: all problems at once, each with its remedy.
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { kindsOf, resolvePath } from '../avro/avro-path.ts';
import type { Write } from '../forms/forms.ts';
import { compileSentForm } from '../forms/sent-form.ts';
import { writeNothing, writeUnknown } from '../forms/unknown-write.ts';
import type { Path } from '../text/paths.ts';
import { overlaps, parsePath } from '../text/paths.ts';
import type { FilePlace, Problem } from '../text/problem.ts';
import { Findings } from '../text/problem.ts';
import type { DefaultValue, MappedField, MappingFile, MappingTarget } from './mapping.ts';
import { compileDictionary, impossibleValue } from './value-dictionary.ts';

export interface CheckedMapping {
  readonly fields: readonly MappedField[];
  readonly defaults: readonly DefaultValue[];
  readonly problems: Problem[];
}

export function checkMapping(
  file: MappingFile,
  schema: AvroSchemaJson | undefined,
  place: FilePlace,
  invertible: boolean,
): CheckedMapping {
  const findings = new Findings(place);
  const fields: MappedField[] = [];
  for (const [name, given] of Object.entries(file.fields)) {
    const at = ['fields', name];
    const { to, as } = targetOf(given);
    const source = checkedPath(name, at, findings);
    // A target without a name has been reported by the shape of the file.
    const target = to === undefined ? undefined : checkedPath(to, at, findings);
    const type = source && checkSource(source, schema, at, findings);
    if (source === undefined || target === undefined) continue;
    const twin = fields.find((other) => overlaps(other.target, target));
    if (twin !== undefined) findings.add(at, ...clash(target, twin.target, twin.name));
    const way = invertible && fields.find((other) => overlaps(other.source, source));
    if (way) findings.add(at, `"${name}" and "${way.name}" hold the same data`, 'inbound needs one way back: keep one');
    const entries = own(file.values, name);
    const dictionary = entries && compileDictionary(entries, type);
    if (dictionary && as !== undefined)
      findings.add(
        [...at, 'as'],
        'the field has a dictionary, which says what is sent',
        'remove "as", or the dictionary',
      );
    const write = invertible ? checkTaken(name, type, as, at, findings) : checkSent(name, type, as, at, findings);
    fields.push({ name, source, target, dictionary, write, ...(as !== undefined && { as }) });
    if (invertible && dictionary?.ambiguous) {
      const [first, second] = dictionary.ambiguous;
      findings.add(
        ['values', name, second],
        `"${first}" and "${second}" become the same value`,
        'inbound needs one way back: give each its own value',
      );
    }
  }
  checkValues(file, schema, findings);
  return { fields, defaults: checkDefaults(file, fields, findings), problems: findings.problems };
}

const targetOf = (given: string | MappingTarget): Partial<MappingTarget> =>
  typeof given === 'string' ? { to: given } : given;

/** @returns how the value is sent, when it is not sent as it is */
function checkSent(
  name: string,
  type: AvroSchemaJson | undefined,
  as: string | undefined,
  at: readonly string[],
  findings: Findings,
): Write | undefined {
  if (type === undefined) return as === undefined ? writeUnknown : writeNothing;
  const { write, faults } = compileSentForm(type, name, as);
  for (const { isAs, message, remedy } of faults) findings.add(isAs ? [...at, 'as'] : at, message, remedy);
  return write;
}

/** A door hands on what it is given: a value has the form that Avro has for it. */
function checkTaken(
  name: string,
  type: AvroSchemaJson | undefined,
  as: string | undefined,
  at: readonly string[],
  findings: Findings,
): undefined {
  if (as !== undefined) findings.add([...at, 'as'], 'a door takes values as Avro has them', 'remove "as"');
  const bytes = type && kindsOf(type).find((kind) => kind === 'bytes' || kind === 'fixed');
  if (bytes) findings.add(at, `${name} holds ${bytes}, which JSON cannot carry`, 'leave the field out');
}

/** Dictionaries may name a field that is not sent (one file can serve as the whole vocabulary), but never one that does not exist. */
function checkValues(file: MappingFile, schema: AvroSchemaJson | undefined, findings: Findings): void {
  for (const [name, entries] of Object.entries(file.values ?? {})) {
    const path = checkedPath(name, ['values', name], findings);
    // A field that is also in `fields` has been checked there.
    const quiet = Object.hasOwn(file.fields, name) ? new Findings({ file: '', lineOf: () => undefined }) : findings;
    const type = path && checkSource(path, schema, ['values', name], quiet);
    if (type === undefined) continue;
    for (const value of Object.keys(entries)) {
      const wrong = impossibleValue(value, type);
      if (wrong) findings.add(['values', name, value], wrong.message, wrong.remedy);
    }
  }
}

function checkDefaults(file: MappingFile, fields: readonly MappedField[], findings: Findings): DefaultValue[] {
  const defaults: DefaultValue[] = [];
  for (const [text, value] of Object.entries(file.defaults ?? {})) {
    const at = ['defaults', text];
    const target = checkedPath(text, at, findings);
    if (target === undefined) continue;
    const same = (other: Path): boolean => other.length === target.length;
    const field = fields.find((other) => overlaps(other.target, target) && !same(other.target));
    if (field) findings.add(at, ...clash(target, field.target, field.name));
    const twin = defaults.find((other) => overlaps(other.target, target));
    if (twin) findings.add(at, ...clash(target, twin.target, `defaults.${twin.target.join('.')}`));
    defaults.push({ target, value });
  }
  return defaults;
}

function clash(target: Path, other: Path, from: string): [message: string, remedy: string] {
  const [mine, theirs] = [target.join('.'), other.join('.')];
  if (mine === theirs) return [`"${mine}" is already the target of "${from}"`, 'give each source its own target'];
  const [outer, inner] = mine.length < theirs.length ? [mine, theirs] : [theirs, mine];
  return [
    `"${mine}" cannot be sent beside "${theirs}" (from "${from}"): "${outer}" cannot be a value and contain "${inner}"`,
    `rename one of them, e.g. "${outer}.value"`,
  ];
}

function checkedPath(text: string, at: readonly string[], findings: Findings): Path | undefined {
  const parsed = parsePath(text);
  if ('path' in parsed) return parsed.path;
  findings.add(at, parsed.problem, 'write names separated by single dots, e.g. "reservation.beds"');
  return undefined;
}

function checkSource(
  path: Path,
  schema: AvroSchemaJson | undefined,
  at: readonly string[],
  findings: Findings,
): AvroSchemaJson | undefined {
  if (schema === undefined) return undefined;
  const resolved = resolvePath(schema, path);
  if ('type' in resolved) return resolved.type;
  findings.add(at, resolved.unknown, resolved.remedy);
  return undefined;
}

const own = <T>(record: Record<string, T> | undefined, key: string): T | undefined =>
  record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;
