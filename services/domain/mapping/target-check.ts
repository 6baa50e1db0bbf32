// What can be wrong between the lines of a mapping: two write the same place, a list is filled from two, or has gaps.
import type { Path } from '../text/paths.ts';
import { EACH, overlaps, parseListPath, showPath } from '../text/paths.ts';
import type { FieldPath, Findings } from '../text/problem.ts';
import type { GivenValue, MappedField } from './line.ts';
import type { Json, MappingFile } from './mapping-file.ts';

/** A path that a document can be written along. */
export function checkedTarget(text: string, at: FieldPath, findings: Findings): Path | undefined {
  const parsed = parseListPath(text);
  if ('problem' in parsed) {
    findings.add(at, parsed.problem, parsed.remedy);
    return undefined;
  }
  if (typeof parsed.path[0] !== 'string') {
    const message = `"${text}" begins with a list, and a document is an object`;
    findings.add(at, message, 'begin with a name, e.g. "items[].kind"');
    return undefined;
  }
  const digits = /\.(\d+)(?=[.[]|$)/.exec(text.replaceAll(/\["(?:[^"\\]|\\.)*"\]/g, '[]'))?.[1];
  if (digits !== undefined)
    findings.add(
      at,
      `"${text}" would make an object with the name "${digits}", not a list`,
      `write ${text.replace(`.${digits}`, `[${digits}]`)} for an element of a list, or ${text.replace(`.${digits}`, `["${digits}"]`)} for the name`,
    );
  return parsed.path;
}

export interface Targets {
  readonly constants: GivenValue[];
  readonly defaults: GivenValue[];
}

/** @param fields those whose paths are good */
export function checkTargets(
  file: MappingFile,
  fields: readonly MappedField[],
  invertible: boolean,
  findings: Findings,
): Targets {
  for (const [index, field] of fields.entries()) {
    const [before, at] = [fields.slice(0, index), ['fields', field.name]];
    const twin = before.find((other) => overlaps(other.target, field.target));
    if (twin !== undefined) findings.add(at, ...clash(field.target, twin.target, twin.name));
    const way = invertible && before.find((other) => overlaps(other.source, field.source));
    if (way)
      findings.add(at, `"${field.name}" and "${way.name}" hold the same data`, 'inbound needs one way back: keep one');
  }
  if (invertible) checkOrigins(fields, 'source', 'target', findings);
  else checkOrigins(fields, 'target', 'source', findings);
  const constants = checkConstants(file, fields, findings);
  const defaults = checkDefaults(file, fields, constants, findings);
  const given = [
    ...constants.map(({ target, name }) => [['constants', name], target] as const),
    ...defaults.map(({ target, name }) => [['defaults', name], target] as const),
  ];
  const written = fields.map(({ source, target, name }) => [['fields', name], invertible ? source : target] as const);
  checkGaps(invertible ? written : [...written, ...given], findings);
  return { constants, defaults };
}

/** A list has as many elements as the one that it is made of: two of them would not agree. */
function checkOrigins(
  fields: readonly MappedField[],
  written: 'source' | 'target',
  read: 'source' | 'target',
  findings: Findings,
): void {
  const origins = new Map<string, { name: string; list: string }>();
  for (const field of fields) {
    const lists = prefixes(field[read]);
    for (const [depth, made] of prefixes(field[written]).entries()) {
      const list = lists[depth];
      const known = origins.get(made);
      if (list === undefined || known?.list === list) continue;
      if (known === undefined) origins.set(made, { name: field.name, list });
      else {
        const message = `"${made}" is filled from "${known.list}" by "${known.name}", and here from "${list}"`;
        findings.add(['fields', field.name], message, 'fill each list from one list');
        break;
      }
    }
  }
}

/** `a[].b[].c` → `a[]`, `a[].b[]` */
const prefixes = (path: Path): string[] =>
  path.flatMap((step, index) => (step === EACH ? [showPath(path.slice(0, index + 1))] : []));

function checkConstants(file: MappingFile, fields: readonly MappedField[], findings: Findings): GivenValue[] {
  const constants: GivenValue[] = [];
  for (const [text, value] of Object.entries(file.constants ?? {})) {
    const at = ['constants', text];
    const target = checkedTarget(text, at, findings);
    if (target === undefined) continue;
    const field = fields.find((other) => overlaps(other.target, target));
    if (field) findings.add(at, ...clash(target, field.target, field.name));
    const twin = constants.find((other) => overlaps(other.target, target));
    if (twin) findings.add(at, ...clash(target, twin.target, `constants.${twin.name}`));
    checkFilled(target, fields, at, findings);
    constants.push({ name: text, target, value });
  }
  return constants;
}

function checkDefaults(
  file: MappingFile,
  fields: readonly MappedField[],
  constants: readonly GivenValue[],
  findings: Findings,
): GivenValue[] {
  const defaults: GivenValue[] = [];
  for (const [text, value] of Object.entries(file.defaults ?? {})) {
    const at = ['defaults', text];
    const target = checkedTarget(text, at, findings);
    if (target === undefined) continue;
    const field = fields.find((other) => overlaps(other.target, target) && !isDefaultOf(target, value, other.target));
    if (field) findings.add(at, ...clash(target, field.target, field.name));
    const constant = constants.find((other) => overlaps(other.target, target));
    if (constant) findings.add(at, ...clash(target, constant.target, `constants.${constant.name}`));
    const twin = defaults.find((other) => overlaps(other.target, target));
    if (twin) findings.add(at, ...clash(target, twin.target, `defaults.${twin.name}`));
    checkFilled(target, fields, at, findings);
    defaults.push({ name: text, target, value });
  }
  return defaults;
}

/** It may take the place of the value, or of a whole list when that is absent or null. */
const isDefaultOf = (target: Path, value: Json, other: Path): boolean =>
  other.length === target.length || (other[target.length] === EACH && Array.isArray(value));

/** Elements come from fields: what is given to each of them is given to those. */
function checkFilled(target: Path, fields: readonly MappedField[], at: FieldPath, findings: Findings): void {
  const lists = prefixes(target);
  const filled = lists.length === 0 ? undefined : new Set(fields.flatMap((field) => prefixes(field.target)));
  const empty = lists.find((list) => !filled?.has(list));
  if (empty !== undefined)
    findings.add(at, `no field fills "${empty}"`, `write "${empty.slice(0, -2)}[0]", or map a list to it`);
}

function clash(target: Path, other: Path, from: string): [message: string, remedy: string] {
  const [mine, theirs] = [showPath(target), showPath(other)];
  if (mine === theirs) return [`"${mine}" is already the target of "${from}"`, 'give each source its own target'];
  const [outer, inner] = target.length < other.length ? [target, other] : [other, target];
  const beside = `"${mine}" cannot be sent beside "${theirs}" (from "${from}")`;
  if (outer.some((step, index) => step !== inner[index]))
    return [
      `${beside}: one place cannot be an element, each element and a name at once`,
      'use the same step in both: a name, [0] or []',
    ];
  const [value, around] = [showPath(outer), showPath(inner)];
  return [
    `${beside}: "${value}" cannot be a value and contain "${around}"`,
    `rename one of them, e.g. "${value}.value"`,
  ];
}

/** A list that is written element by element has all of them. */
function checkGaps(written: readonly (readonly [at: FieldPath, path: Path])[], findings: Findings): void {
  const indexes = new Map<string, { at: FieldPath; index: number }[]>();
  for (const [at, path] of written)
    for (const [depth, step] of path.entries()) {
      if (typeof step !== 'number' || step === EACH) continue;
      const list = showPath(path.slice(0, depth));
      indexes.set(list, [...(indexes.get(list) ?? []), { at, index: step }]);
    }
  for (const [list, found] of indexes) {
    const present = new Set(found.map(({ index }) => index));
    const gap = [...present.keys()].map((_, index) => index).find((index) => !present.has(index));
    const behind = gap === undefined ? undefined : found.find(({ index }) => index > gap);
    if (behind !== undefined)
      findings.add(
        behind.at,
        `"${list}[${behind.index}]" is written, and "${list}[${gap}]" is not`,
        'number the elements from 0, without gaps',
      );
  }
}
