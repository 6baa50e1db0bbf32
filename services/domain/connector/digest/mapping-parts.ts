// What a mapping file says, in one way of writing it, and what it reads of a record.
import type { MappingFile, MappingTarget } from '../../mapping/mapping-file.ts';
import type { Path } from '../../text/paths.ts';
import { parseListPath, showPath } from '../../text/paths.ts';
import type { Where } from '../../values/scope.ts';
import { inOrder } from './canonical-json.ts';

export interface MappingParts {
  readonly said: object;
  readonly reads: readonly Path[];
}

/** @param file one that was compiled without a problem */
export function mappingParts({ fields, constants = {}, values = {}, defaults = {} }: MappingFile): MappingParts {
  const reads: Path[] = [];
  const source = (name: string) => {
    reads.push(pathOf(name));
    // A dictionary of a field that is not sent says nothing.
    return { from: shown(name), ...(Object.hasOwn(values, name) && { values: values[name] }) };
  };
  const line = ([name, given]: readonly [string, string | MappingTarget]) => {
    const { to, as, when, join, with: between } = typeof given === 'string' ? { to: given } : given;
    const from = join ? { join: join.map(source), with: between ?? ' ' } : source(name);
    const wanted = when === undefined ? [] : whenParts(when);
    for (const { field } of wanted) reads.push(pathOf(field));
    return { ...from, to: shown(to), as, ...(wanted.length > 0 && { when: wanted }) };
  };
  const said = {
    fields: inOrder(Object.entries(fields).map(line)),
    constants: inOrder(Object.entries(constants).map(([to, value]) => ({ to: shown(to), value }))),
    defaults: inOrder(Object.entries(defaults).map(([to, value]) => ({ to: shown(to), value }))),
  };
  return { said, reads };
}

/** Conditions of `source.where` or `when`: the order of fields, and of the values that one may have, means nothing. */
export function whereParts(where: Where): Array<{ readonly field: string; readonly is: readonly unknown[] }> {
  return inOrder(
    Object.entries(where).map(([name, value]) => ({
      field: shown(name),
      is: inOrder(Array.isArray(value) ? value : [value]),
    })),
  );
}

/** A text: the field is neither absent nor null. */
const whenParts = (when: NonNullable<MappingTarget['when']>): ReadonlyArray<{ readonly field: string }> =>
  typeof when === 'string' ? [{ field: shown(when) }] : whereParts(when);

/** One way of writing a path. */
const shown = (text: string): string => showPath(pathOf(text));

export function pathOf(text: string): Path {
  const parsed = parseListPath(text);
  return 'path' in parsed ? parsed.path : [text];
}
