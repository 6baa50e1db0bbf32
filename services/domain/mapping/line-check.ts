// What can be wrong in one line of `fields`: its two paths, and what is said of the way between them.
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { kindsOf, resolvePath } from '../avro/avro-path.ts';
import type { FormFault } from '../forms/sent-form.ts';
import { compileSentForm } from '../forms/sent-form.ts';
import type { TakenForm } from '../forms/taken-form.ts';
import { compileTakenForm } from '../forms/taken-form.ts';
import { writeNothing, writeUnknown } from '../forms/unknown-write.ts';
import type { Path } from '../text/paths.ts';
import { EACH, parseListPath, showPath } from '../text/paths.ts';
import type { FieldPath, Findings } from '../text/problem.ts';
import { compileCondition } from '../values/scope.ts';
import type { MappedField, SourceValue, Wanted } from './line.ts';
import type { Json, MappingFile, MappingTarget } from './mapping-file.ts';
import { checkedTarget } from './target-check.ts';
import { compileDictionary } from './value-dictionary.ts';

export interface LineContext {
  readonly file: MappingFile;
  /** Absent: it is not known, and nothing is checked against it. */
  readonly schema: AvroSchemaJson | undefined;
  /** A door uses the mapping backwards. */
  readonly invertible: boolean;
  readonly findings: Findings;
}

/** @returns undefined when one of its paths is none */
export function checkLine(name: string, given: Partial<MappingTarget>, context: LineContext): MappedField | undefined {
  const at = ['fields', name];
  const { findings, invertible } = context;
  const source = checkedSource(name, at, context);
  const target = given.to === undefined ? undefined : checkedTarget(given.to, at, findings);
  if (source === undefined || target === undefined) return undefined;
  checkDepths(name, source, given.to as string, target, at, findings);
  const when = checkWhen(given.when, source, at, context);
  const line = { name, source, target, ...(when.length > 0 && { when }) };
  if (given.join !== undefined) {
    const parts = checkJoin(name, source, given, at, context);
    return { ...line, dictionary: undefined, write: undefined, join: { parts, with: given.with ?? ' ' } };
  }
  const { as } = given;
  const value = checkValue(name, source, as, at, context);
  const { ambiguous } = value.dictionary ?? {};
  if (invertible && ambiguous)
    findings.add(
      ['values', name, ambiguous[1]],
      `"${ambiguous[0]}" and "${ambiguous[1]}" become the same value`,
      'inbound needs one way back: give each its own value',
    );
  return { ...line, ...value, ...(as !== undefined && { as }) };
}

/** Both sides have a list for each list. */
function checkDepths(name: string, source: Path, to: string, target: Path, at: FieldPath, findings: Findings): void {
  const [read, made] = [source, target].map((path) => path.filter((step) => step === EACH).length) as [number, number];
  if (read > made)
    findings.add(
      at,
      `"${name}" has a value for each element, and "${to}" has a place for ${made === 0 ? 'one' : 'fewer'}`,
      `write [] where the elements go, e.g. "${to}[]"; or take one of them, with [0]`,
    );
  if (read < made)
    findings.add(
      at,
      `"${to}" has a place for each element of a list, and "${name}" is no such list`,
      'write [0] for a list of one',
    );
}

function checkValue(
  name: string,
  source: Path,
  as: string | undefined,
  at: FieldPath,
  { file, schema, invertible, findings }: LineContext,
): SourceValue {
  const resolved = schema && resolvePath(schema, source);
  const type = resolved && 'type' in resolved ? resolved.type : undefined;
  const entries = dictionaryOf(file, name);
  const dictionary = entries && compileDictionary(entries, type);
  if (dictionary && as !== undefined)
    findings.add(
      [...at, 'as'],
      'the field has a dictionary, which says what is sent',
      'remove "as", or the dictionary',
    );
  const ways = invertible ? checkTaken : checkSent;
  return { name, source, dictionary, ...ways(name, type, as, at, findings) };
}

const dictionaryOf = ({ values = {} }: MappingFile, name: string): Record<string, Json> | undefined =>
  Object.hasOwn(values, name) ? values[name] : undefined;

type Ways = Pick<SourceValue, 'write' | 'read'>;

function checkSent(
  name: string,
  type: AvroSchemaJson | undefined,
  as: string | undefined,
  at: FieldPath,
  findings: Findings,
): Ways {
  if (type === undefined) return { write: as === undefined ? writeUnknown : writeNothing };
  const { write, faults } = compileSentForm(type, name, as);
  addFaults(faults, at, findings);
  return { write };
}

/** A door hands on what it is given, unless the line says another form; bytes have none of their own. */
function checkTaken(
  name: string,
  type: AvroSchemaJson | undefined,
  as: string | undefined,
  at: FieldPath,
  findings: Findings,
): Ways {
  if (type === undefined) return as === undefined ? { write: undefined } : { write: writeNothing, read: READS_NOTHING };
  const { form, faults } = compileTakenForm(type, name, as);
  addFaults(faults, at, findings);
  return form === undefined ? { write: undefined } : { write: compileSentForm(type, name, as).write, read: form };
}

function addFaults(faults: readonly FormFault[], at: FieldPath, findings: Findings): void {
  for (const { isAs, message, remedy } of faults) findings.add(isAs ? [...at, 'as'] : at, message, remedy);
}

/** A form that was asked for needs the schema. */
const READS_NOTHING: TakenForm = { read: () => undefined, wanted: 'a form of which the schema is not known yet' };

function checkJoin(
  name: string,
  source: Path,
  { join = [], as }: Partial<MappingTarget>,
  at: FieldPath,
  context: LineContext,
): SourceValue[] {
  const { findings, schema } = context;
  const joinAt = [...at, 'join'];
  if (context.invertible)
    findings.add(joinAt, 'a door cannot take a joined text apart again', 'give each field a place of its own');
  if (as !== undefined) findings.add([...at, 'as'], 'a joined text has no other form', 'remove "as"');
  if (!join.includes(name))
    findings.add(joinAt, `"${name}", after which the line is named, is not joined`, `add "${name}"`);
  return join.flatMap((part, index) => {
    const partAt = [...joinAt, index];
    // What the line is named after was told there.
    const path = part === name ? source : checkedSource(part, partAt, context);
    const resolved = path && schema && resolvePath(schema, path);
    if (path === undefined || (resolved && 'unknown' in resolved)) return [];
    if (listsIn(path) !== listsIn(source)) findings.add(partAt, ...notBeside(part, name, source));
    const kind =
      resolved && !dictionaryOf(context.file, part)
        ? kindsOf(resolved.type).find((one) => ['record', 'array', 'map'].includes(one))
        : undefined;
    if (kind !== undefined)
      findings.add(
        partAt,
        `"${part}" is a ${kind === 'array' ? 'list' : kind}, which no text is made of`,
        'name a field inside it, or one element',
      );
    const values = Object.values(dictionaryOf(context.file, part) ?? {});
    if (values.some((value) => typeof value === 'object' && value !== null))
      findings.add(
        partAt,
        `the dictionary of "${part}" holds a list or an object, which no text is made of`,
        'join another field, or map it by itself',
      );
    const sent = checkValue(part, path, undefined, partAt, { ...context, invertible: false });
    return [sent];
  });
}

function checkWhen(when: MappingTarget['when'], source: Path, at: FieldPath, context: LineContext): Wanted[] {
  if (when === undefined) return [];
  const { findings, schema, invertible } = context;
  const whenAt = [...at, 'when'];
  if (invertible) {
    findings.add(whenAt, 'a door has no record yet that "when" could look at', 'remove "when"');
    return [];
  }
  const wanted = typeof when === 'string' ? [[when, undefined] as const] : Object.entries(when);
  return wanted.flatMap(([name, value]) => {
    const nameAt = typeof when === 'string' ? whenAt : [...whenAt, name];
    const path = checkedSource(name, nameAt, context);
    const resolved = path && schema && resolvePath(schema, path);
    if (path === undefined || (resolved && 'unknown' in resolved)) return [];
    if (path.includes(EACH) && listsIn(path) !== listsIn(source))
      findings.add(nameAt, ...notBeside(name, showPath(source), source));
    if (value === undefined) return [{ path }];
    return [{ path, condition: compileCondition(path, value, schema, nameAt, findings) }];
  });
}

/** `a[].b[]` of `a[].b[].c`: the lists that a path goes through. */
const listsIn = (path: Path): string => showPath(path.slice(0, path.lastIndexOf(EACH) + 1));

const notBeside = (part: string, name: string, source: Path): [message: string, remedy: string] => [
  `"${part}" is not in the same element as "${name}"`,
  source.includes(EACH)
    ? `name a field of "${listsIn(source)}"`
    : 'name one that is not in a list, or one element with [0]',
];

/** A path that the schema has, where it is known. */
export function checkedSource(
  text: string,
  at: FieldPath,
  { schema, findings }: Pick<LineContext, 'schema' | 'findings'>,
): Path | undefined {
  const parsed = parseListPath(text);
  if ('problem' in parsed) {
    findings.add(at, parsed.problem, parsed.remedy);
    return undefined;
  }
  const resolved = schema && resolvePath(schema, parsed.path);
  if (resolved && 'unknown' in resolved) findings.add(at, resolved.unknown, resolved.remedy);
  return parsed.path;
}
