// What is wrong in a file a person wrote: where, what and how to put it right.

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

/** `connectors/hospital/mapping.json:3 fields.minIcuBed: unknown source field (did you mean "minIcuBeds"?)` */
export function formatProblem({ file, line, field, message, remedy }: Problem): string {
  const place = line === undefined ? file : `${file}:${line}`;
  return `${place}${field === '' ? '' : ` ${field}`}: ${message} (${remedy})`;
}
