// What all documents of a mapping have in common: where each of them has every target, only the values differ.

import type { MappingLines } from '../mapping/mapping.ts';
import { EACH, readPath, setPath } from '../text/paths.ts';

export interface Frame {
  /** Lines in the order in which their values stand in a document. */
  readonly order: readonly number[];
  /** The JSON before each of the values, and after the last one. */
  readonly between: readonly string[];
  /** By line: JSON of the default, or null. */
  readonly ifNull: readonly string[];
}

/** Every document has all targets, so all are alike but for the values. @returns undefined when they are not */
export function frameOf({ fields, constants, defaults }: MappingLines): Frame | undefined {
  const given = JSON.stringify([constants, defaults].map((all) => all.map(({ target, value }) => [target, value])));
  if (given.includes(MARK) || [...constants, ...defaults].some(({ target }) => target.includes(EACH))) return undefined;
  const document = {};
  for (const { target, value } of constants) setPath(document, target, structuredClone(value));
  for (const [index, { target }] of fields.entries()) {
    if (JSON.stringify(target).includes(MARK)) return undefined;
    setPath(document, target, `${MARK}${index}${MARK}`);
  }
  const ifNull = fields.map(({ target }) => {
    const own = defaults.find((one) => JSON.stringify(one.target) === JSON.stringify(target));
    return JSON.stringify(own?.value ?? null);
  });
  for (const { target, value } of defaults)
    if ((readPath(document, target) ?? null) === null) setPath(document, target, structuredClone(value));
  const pieces = JSON.stringify(document).split(new RegExp(`"${MARK}(\\d+)${MARK}"`));
  const order = pieces.filter((_, index) => index % 2 === 1).map(Number);
  return { order, between: pieces.filter((_, index) => index % 2 === 0), ifNull };
}

/** Stands where a value will be, and in no file: JSON escapes it nowhere. */
const MARK = '\u{10fffd}';
