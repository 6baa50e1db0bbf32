// A change of the program that takes something away from it. It is anchored to a function by name, and to what it replaces inside that
// function: what moves within the file takes its mutants along, and what is renamed or rewritten says so loudly.

export interface Mutation {
  readonly name: string;
  /** Path from the repository's root. */
  readonly file: string;
  /** `name` of a function or constant of the file, or `Class#method`; a private method is `Class##method`. */
  readonly within: string;
  /** Must be there exactly once. */
  readonly replaces: string;
  readonly replacement: string;
}

/** @returns the source with the mutation. @throws when its function, or what it replaces there, is not found exactly once */
export function mutate(source: string, { name, file, within, replaces, replacement }: Mutation): string {
  const gone = (what: string, times: number) =>
    new Error(`mutant "${name}": ${what} is ${times} times in ${file}; renew it in test/mutants`);
  const lines = source.split('\n');
  const found = within
    .split(/#(.+)/, 2)
    .reduce<Range[]>(
      (ranges, step, depth) => ranges.flatMap((range) => declared(lines, range, step, depth)),
      [{ from: 0, to: lines.length }],
    );
  const [only] = found;
  if (!only || found.length !== 1) throw gone(within, found.length);
  const body = lines.slice(only.from, only.to).join('\n');
  const times = body.split(replaces).length - 1;
  if (times !== 1) throw gone(`"${replaces}" of ${within}`, times);
  const mutated = body.replace(replaces, () => replacement);
  return [...lines.slice(0, only.from), mutated, ...lines.slice(only.to)].join('\n');
}

/** Lines of a file, the second not included. */
interface Range {
  readonly from: number;
  readonly to: number;
}

/**
 * Where something of this name is declared. The sources are formatted, so that a declaration ends with the first line that is no
 * deeper than its own and closes it.
 * @param depth 0: of the file, 1: of a class
 */
function declared(lines: readonly string[], { from, to }: Range, name: string, depth: number): Range[] {
  const indent = '  '.repeat(depth);
  const header = new RegExp(
    depth === 0
      ? `^(?:export )?(?:async )?(?:function\\*?|class|const) ${name}\\b`
      : `^${indent}(?:static |async |get |set |\\*)*${name}[(<]`,
  );
  const closes = new RegExp(`^${indent}[^ ].*[;}]$|^${indent}[;}]`);
  return lines.slice(from, to).flatMap((line, index) => {
    if (!header.test(line)) return [];
    const start = from + index;
    const last = lines.findIndex((other, at) => at >= start && at < to && closes.test(other));
    return last < 0 ? [] : [{ from: start, to: last + 1 }];
  });
}
