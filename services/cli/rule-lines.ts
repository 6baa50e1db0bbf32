// What is handed to `ess publish`: one JSON value (an object or an array of them), or one object per line.
import { EssError } from '@ess/domain/text/error.ts';
import { mayRound } from '@ess/domain/text/exact-number.ts';
import { scanJson } from '@ess/domain/text/json-lines.ts';
import { formatField } from '@ess/domain/text/problem.ts';
import { refusedBy } from '@ess/runtime/settings/small-file.ts';

export interface RuleLine {
  /** Where it was, for people. */
  readonly place: string;
  readonly rule: unknown;
  /** What is wrong with numbers that lost digits when they were read. */
  readonly rounded: readonly string[];
}

/** @param error of the system @returns what is said of a file that it does not read */
export const unreadable = (file: string, error: NodeJS.ErrnoException): EssError =>
  new EssError('ESS_USAGE', `cannot read ${file}: it ${refusedBy(error).message}`, { cause: error });

/** @param name of the file @throws EssError when a line is not JSON, or there is none */
export function ruleLines(name: string, content: string): RuleLine[] {
  const source = content.replace(/^\uFEFF/, '');
  let whole: unknown;
  try {
    whole = JSON.parse(source);
  } catch {
    return eachLine(name, source);
  }
  if (!Array.isArray(whole)) return [{ place: name, rule: whole, rounded: roundedIn(name, source) }];
  const rounded = roundedIn(name, source);
  return whole.map((rule: unknown, index) => ({
    place: `${name}[${index}]`,
    rule,
    rounded: index === 0 ? rounded : [],
  }));
}

function eachLine(name: string, source: string): RuleLine[] {
  const lines = source.split('\n').map((line, index) => ({ line, number: index + 1 }));
  const filled = lines.filter(({ line }) => line.trim() !== '');
  if (filled.length === 0) throw new EssError('ESS_USAGE', `${name} holds no rule`);
  return filled.map(({ line, number }) => ruleLine(name, line, number));
}

/** @param number of the line in its file, from 1 @throws EssError when it is not JSON */
export function ruleLine(name: string, line: string, number: number): RuleLine {
  const place = `${name}:${number}`;
  try {
    return { place, rule: JSON.parse(line) as unknown, rounded: roundedIn(name, line, number) };
  } catch (error) {
    throw new EssError('ESS_USAGE', `${place}: not JSON: ${(error as Error).message}`);
  }
}

/** @param first number of the first line of the text */
function roundedIn(name: string, json: string, first = 1): string[] {
  if (!mayRound(json)) return [];
  const { rounded, lineOf } = scanJson(json);
  return rounded.map((path) => {
    const line = first - 1 + (lineOf(path) ?? 1);
    return `${name}:${line}: ${formatField(path)} is a number that cannot be held exactly: write it with fewer digits`;
  });
}
