// Rows of the audit as a file: CSV for a spreadsheet, JSON lines for a program.
import { isExactNumber } from '@ess/domain/text/exact-number.ts';
import type { ShownAttempt } from './attempts.ts';

export const EXPORT_FORMATS = ['csv', 'json'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** More than this is a job for `ess audit`, which streams all there is. */
export const EXPORT_ROWS_MAX = 100_000;

const COLUMNS = [
  ...['at', 'publishedAt', 'partner', 'ruleId', 'version', 'outcome', 'attempt', 'status', 'durationMs', 'reason'],
  ...['eventId', 'deliveryId', 'position', 'worker', 'replayId', 'bodyDigest'],
] as ReadonlyArray<Exclude<keyof ShownAttempt, 'key'>>;

/** What stands before the first row. A spreadsheet takes the mark for UTF-8. */
export const headOf = (format: ExportFormat): string => (format === 'csv' ? `\ufeff${csvLine(COLUMNS)}` : '');

export function lineOf(format: ExportFormat, { key: _, ...row }: ShownAttempt): string {
  return format === 'csv' ? csvLine(COLUMNS.map((column) => row[column])) : `${JSON.stringify(row)}\n`;
}

/** What stands behind the last row. */
export const endOf = (format: ExportFormat, note: string): string =>
  format === 'csv' ? csvLine(COLUMNS.map((_, at) => (at === 0 ? note : null))) : `${JSON.stringify({ note })}\n`;

/** RFC 4180. A text that a spreadsheet would take for a formula is made a text by an apostrophe (OWASP, "CSV Injection"). */
export function csvLine(cells: readonly unknown[]): string {
  return `${cells.map(cellOf).join(',')}\r\n`;
}

function cellOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return String(value);
  if (isExactNumber(value)) return value.rawJSON;
  const text = String(value);
  // A text may begin again behind what some spreadsheets take for the end of a cell.
  const safe = /^[\t\r]/.test(text) || /(^|[;\t\r\n])\s*[=+\-@＝＋－＠]/.test(text) ? `'${text}` : text;
  return /[",;\t\r\n]/.test(safe) || safe !== safe.trim() ? `"${safe.replaceAll('"', '""')}"` : safe;
}
