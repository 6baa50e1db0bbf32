// `{path.to.field}` in a text of connector.yaml. Placeholders are what is written in the file: the value of a variable holds none.
import type { FieldPath, Findings } from '../text/problem.ts';

/** What stands for the placeholder of this number until the text around it has been read. No parser of URLs changes it. */
const markOf = (index: number): string => `essslot${index}essslot`;
const MARK = /essslot(\d+)essslot/;

/** A variable, which is replaced elsewhere; a brace that is meant as one; a placeholder; a brace alone. */
const TOKEN = /\$\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}?|\{\{|\}\}|\{([^{}]*)\}|[{}]/g;

export interface Marked {
  /** The text with a mark for each placeholder. */
  readonly text: string;
  /** What stands between the braces, in the order of the text. */
  readonly names: readonly string[];
}

/** @param braces how `{{` and `}}` are sent */
export function markPlaceholders(
  raw: string,
  braces: { readonly open: string; readonly close: string },
  at: FieldPath,
  findings: Findings,
): Marked | undefined {
  const names: string[] = [];
  const problemsBefore = findings.problems.length;
  const text = raw.replaceAll(TOKEN, (token, name: string | undefined) => {
    if (name !== undefined) return markOf(names.push(name) - 1);
    if (token === '{{') return braces.open;
    if (token === '}}') return braces.close;
    if (token.startsWith('$')) {
      if (token.lastIndexOf('{') > 1) {
        const remedy = 'close the variable before it: what has placeholders is written behind the variable';
        findings.add(at, 'a placeholder stands within a variable', remedy);
      }
      return token;
    }
    const missing = token === '{' ? 'is not closed' : 'was not opened';
    findings.add(at, `a "${token}" ${missing}`, `write {field}, or "${token}${token}" for the character itself`);
    return token;
  });
  return findings.problems.length > problemsBefore ? undefined : { text, names };
}

/** The texts between the marks, one more than there are marks, and the numbers of the marks. */
export function splitAtMarks(text: string): { readonly literals: string[]; readonly slots: number[] } {
  const parts = text.split(MARK);
  return {
    literals: parts.filter((_, index) => index % 2 === 0),
    slots: parts.filter((_, index) => index % 2 === 1).map(Number),
  };
}

export const hasMark = (text: string): boolean => MARK.test(text);

/** With something in place of each mark. */
export function replaceMarks(text: string, by: (slot: number) => string): string {
  return text.replaceAll(new RegExp(MARK, 'g'), (_, slot: string) => by(Number(slot)));
}
