// One line of `fields`, compiled: what it reads of a record, and what it makes of it.
import type { Write } from '../forms/forms.ts';
import { Invalid, Unwritable } from '../forms/logical-text.ts';
import type { TakenForm } from '../forms/taken-form.ts';
import { isExactNumber } from '../text/exact-number.ts';
import type { Path } from '../text/paths.ts';
import { EACH, readPath } from '../text/paths.ts';
import type { Condition } from '../values/scope.ts';
import { meets } from '../values/scope.ts';
import { carry, cut, routeOf } from './lists.ts';
import type { Json } from './mapping-file.ts';
import type { ValueDictionary } from './value-dictionary.ts';

/** A value of a record, and how it is sent. */
export interface SourceValue {
  /** As written. */
  readonly name: string;
  readonly source: Path;
  readonly dictionary: ValueDictionary | undefined;
  /** Absent: as it is. */
  readonly write: Write | undefined;
  /** How a door takes it. Absent: as it is. */
  readonly read?: TakenForm | undefined;
}

export interface MappedField extends SourceValue {
  readonly target: Path;
  readonly as?: string;
  /** Sources whose texts become one; then the line has no value of its own. */
  readonly join?: { readonly parts: readonly SourceValue[]; readonly with: string };
  readonly when?: readonly Wanted[];
}

/** What has to be so for a line to be copied: of the record, or with `[]` of the element that is copied. */
export interface Wanted {
  readonly path: Path;
  /** Absent: any value but null. */
  readonly condition?: Condition;
}

/** A line of `constants` or `defaults`. */
export interface GivenValue {
  /** As written. */
  readonly name: string;
  readonly target: Path;
  readonly value: Json;
}

/** @param indexes is left at the element that something was thrown at @throws Unwritable */
export type CarryLine = (record: object, document: object, indexes: number[]) => void;

/** @returns undefined when the value goes from one place to another, whatever else the record holds */
export function carryOf(field: MappedField): CarryLine | undefined {
  const { source, target, when = [] } = field;
  if (!source.includes(EACH) && when.length === 0 && field.join === undefined) return undefined;
  const route = routeOf(source, target);
  const within = when
    .filter(({ path }) => path.includes(EACH))
    .map(({ path, condition }) => wantedAt(inElement(path), condition));
  const first = when.filter(({ path }) => !path.includes(EACH));
  const value = field.join ? joined(field.join) : plain(field);
  const leaf =
    within.length === 0 ? value : (element: unknown) => (areSo(within, element) ? value(element) : undefined);
  return (record, document, indexes) => {
    if (areSo(first, record)) carry(record, document, route, leaf, indexes);
  };
}

const wantedAt = (path: Path, condition: Condition | undefined): Wanted => ({
  path,
  ...(condition && { condition: { ...condition, path } }),
});

/** The way on from the innermost element. */
const inElement = (path: Path): Path => cut(path).at(-1) as Path;

function plain(field: SourceValue): (element: unknown) => unknown {
  const path = inElement(field.source);
  return (element) => {
    const value = readPath(element, path);
    return value === undefined || value === null ? value : sent(field, value);
  };
}

function joined({ parts, with: between }: NonNullable<MappedField['join']>): (element: unknown) => unknown {
  const paths = parts.map(({ source }) => inElement(source));
  return (element) => {
    const texts: string[] = [];
    for (const [index, part] of parts.entries()) {
      const value = readPath(element, paths[index]!);
      const text = value === undefined || value === null ? undefined : textOf(part, value);
      if (text !== undefined) texts.push(text);
    }
    return texts.length === 0 ? undefined : texts.join(between);
  };
}

/** @returns undefined when its dictionary makes null of it */
function textOf(part: SourceValue, value: unknown): string | undefined {
  try {
    const written = sent(part, value);
    if (written === null) return undefined;
    if (isExactNumber(written)) return written.rawJSON;
    if (typeof written !== 'object') return String(written);
    throw new Unwritable('is a list or an object, which no text is made of');
  } catch (error) {
    throw error instanceof Unwritable ? new Unwritable(`${part.name} ${error.message}`) : error;
  }
}

/** @throws Unwritable */
export function sent({ dictionary, write }: SourceValue, value: unknown): unknown {
  const written = write === undefined ? value : write(value);
  if (dictionary === undefined) {
    if (isWritable(written)) return written;
    throw new Unwritable('the value cannot be written as JSON');
  }
  const looked = dictionary.forward(written);
  if (looked.found) return looked.value;
  throw new Unwritable(looked.reason);
}

/** For a value that is sent as it is, since its schema has nothing in it that JSON cannot hold: what lies inside is not looked at. */
const isWritable = (value: unknown): boolean =>
  typeof value === 'number' ? Number.isFinite(value) : !['bigint', 'function', 'symbol'].includes(typeof value);

/** @throws Unwritable when it cannot be told */
function areSo(wanted: readonly Wanted[], holder: unknown): boolean {
  for (const { path, condition } of wanted) {
    const met = condition ? meets(condition, holder) : (readPath(holder, path) ?? null) !== null;
    if (met instanceof Invalid) throw new Unwritable(`cannot be told, since "when" asks for what ${met.message}`);
    if (!met) return false;
  }
  return true;
}
