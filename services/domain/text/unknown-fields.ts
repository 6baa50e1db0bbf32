// Fields of a record of unknown origin, each read as what it must be. @throws Wrong, naming the field

import { printable } from './printable.ts';

export class Wrong extends Error {
  readonly field: string;
  readonly why: string;
  constructor(field: string, why: string) {
    super(`${field} ${why}`);
    this.field = field;
    this.why = why;
  }
}

export type Fields = Readonly<Record<string, unknown>>;

/** A text of unknown origin for a log line. */
export function shortened(text: unknown, maxChars = 80): string {
  const whole = typeof text === 'string' ? text : typeof text === 'object' ? 'a structure' : String(text);
  const shown = printable(whole.slice(0, maxChars + 1)); // escapes are longer than what they stand for
  return shown.length > maxChars ? `${shown.slice(0, maxChars)}…` : shown;
}

export function fields(field: string, value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Wrong(field, 'is missing');
  return value as Fields;
}

export function optional<T>(value: unknown, read: (value: unknown) => T): T | null {
  return value === null || value === undefined ? null : read(value);
}

export function list<T>(field: string, value: unknown, max: number, read: (value: unknown, field: string) => T): T[] {
  if (!Array.isArray(value)) throw new Wrong(field, 'is no list');
  if (value.length > max) throw new Wrong(field, `has ${value.length} entries, and ${max} are the most`);
  return value.map((one, index) => read(one, `${field}.${index}`));
}

export function unique(field: string, partitions: readonly number[]): void {
  if (new Set(partitions).size !== partitions.length) throw new Wrong(field, 'names a partition twice');
}

/** An offset, if nothing else is said: every number that can be told from its neighbours. */
export function whole(field: string, value: unknown, min = 0, max = Number.MAX_SAFE_INTEGER): number {
  if (!Number.isSafeInteger(value) || (value as number) < min || (value as number) > max)
    throw new Wrong(field, `${shortened(value)} is not a whole number from ${min} to ${max}`);
  return value as number;
}

export function flag(field: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw new Wrong(field, 'is neither true nor false');
  return value;
}

export function matching(field: string, value: unknown, pattern: RegExp): string {
  if (typeof value !== 'string' || !pattern.test(value))
    throw new Wrong(field, `"${shortened(value)}" does not match ${pattern.source}`);
  return value;
}

/** Compared with others, so it stays as it is. */
export function exact(field: string, value: unknown, maxChars: number): string {
  if (typeof value !== 'string') throw new Wrong(field, 'is no text');
  if (value.length > maxChars) throw new Wrong(field, `has ${value.length} characters, and ${maxChars} are the most`);
  return value;
}

/** Only shown: what is too long is cut. */
export function text(field: string, value: unknown, maxChars: number): string {
  if (typeof value !== 'string') throw new Wrong(field, 'is no text');
  return printable(value.slice(0, maxChars)).slice(0, maxChars);
}
