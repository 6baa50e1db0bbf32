// Columns for people: padded with spaces, numbers to the right.
import { cut, pad, widthOf } from './columns.ts';

/** A name that is longer is recognised by its beginning; --json has all of it. */
const CELL_COLUMNS = 80;
/** The last cell, behind which nothing has to stand straight: a reason, a detail. */
const LAST_COLUMNS = 500;

/** @param rows the first one is the head */
export function table(rows: ReadonlyArray<readonly string[]>): string[] {
  const shown = rows.map((row) =>
    row.map((cell, column) => cut(cell, column === row.length - 1 ? LAST_COLUMNS : CELL_COLUMNS)),
  );
  const widths = (shown[0] ?? []).map((_, column) =>
    shown.reduce((widest, row) => Math.max(widest, widthOf(row[column] ?? '')), 0),
  );
  return shown.map((row) =>
    row
      .map((cell, column) => pad(cell, widths[column] ?? 0, isNumeric(cell) ? 'left' : 'right'))
      .join('  ')
      .trimEnd(),
  );
}

/** One line of a table whose rows are not known together: columns that fit most names. */
export function fixedLine(widths: readonly number[], cells: readonly string[], last: string): string {
  const columns = cells.map((cell, column) => pad(cut(cell, CELL_COLUMNS), widths[column] ?? 0));
  return [...columns, cut(last, LAST_COLUMNS)].join('  ').trimEnd();
}

const isNumeric = (cell: string): boolean => /^[–\d]/.test(cell) && !/[a-z]{2}/.test(cell);

/** `850 ms`, `12 s`, `3 min`, `2 h 5 min`, `6 d 23 h` */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const s = Math.round(ms / 1000);
  if (s < 120) return `${s} s`;
  const min = Math.round(s / 60);
  if (min < 120) return `${min} min`;
  const h = Math.floor(min / 60);
  if (h < 48) return `${h} h ${min % 60} min`;
  return `${Math.floor(h / 24)} d ${h % 24} h`;
}
