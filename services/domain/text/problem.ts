// What is wrong in a file a person wrote: where, what and how to put it right.
import { printable } from './printable.ts';

export interface Problem {
  /** Path of the file as the user knows it, e.g. connectors/hospital/connector.yaml. */
  readonly file: string;
  /** 1 is the first line; absent when the problem is not at one place. */
  readonly line?: number;
  /** Dotted path inside the file; empty when it concerns the whole file. */
  readonly field: string;
  readonly message: string;
  readonly remedy: string;
}

/** Steps from the top of a parsed file to a value. */
export type FieldPath = readonly (string | number)[];

/** A file that can tell on which line a field is. */
export interface FilePlace {
  readonly file: string;
  /** Line of the field, or of the nearest field around it that exists. */
  lineOf(path: FieldPath): number | undefined;
}

/** As many as anybody reads at once; a file of nothing but mistakes is not gone through to its end. */
export const PROBLEMS_MAX = 100;

/** Collects the problems of one file, so that all of them are reported at once. */
export class Findings {
  readonly problems: Problem[];
  readonly #place: FilePlace;
  constructor(place: FilePlace, problems: Problem[] = []) {
    this.#place = place;
    this.problems = problems;
  }
  add(path: FieldPath, message: string, remedy: string): void {
    if (this.problems.length >= PROBLEMS_MAX) return;
    const line = this.#place.lineOf(path);
    const { file } = this.#place;
    this.problems.push({ file, ...(line === undefined ? {} : { line }), field: formatField(path), message, remedy });
  }
}

/** `inbound[0].auth`, `fields["parameters.x"]`. */
export function formatField(path: FieldPath): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[\w$-]+$/.test(step)) text += text === '' ? step : `.${step}`;
    else text += `[${JSON.stringify(step)}]`;
  }
  return text;
}

/** On one line, whatever is in the file: `connectors/hospital/mapping.json:3 fields.minIcuBed: unknown source field "minIcuBed" (did you mean "minIcuBeds"?)` */
export function formatProblem({ file, line, field, message, remedy }: Problem): string {
  const place = line === undefined ? file : `${file}:${line}`;
  return printable(`${place}${field === '' ? '' : ` ${field}`}: ${message} (${remedy})`);
}
