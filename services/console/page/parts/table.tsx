// biome-ignore-all lint/a11y/noRedundantRoles: a browser forgets what a row is where it is a block
// A table of which each row is a block on a narrow screen. Roles say what it is there too.
import type { ComponentChildren } from 'preact';

export interface TableRow {
  readonly key: string;
  readonly cells: readonly ComponentChildren[];
}

export interface TableProps {
  readonly label: string;
  readonly columns: readonly string[];
  /** Number of the column that names the row. */
  readonly heading: number;
  readonly rows: readonly TableRow[];
}

export function Table({ label, columns, heading, rows }: TableProps) {
  return (
    <div class="scroll">
      <table role="table" aria-label={label}>
        <thead role="rowgroup">
          <tr role="row">
            {columns.map((column) => (
              <th key={column} role="columnheader" scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map(({ key, cells }) => (
            <tr key={key} role="row">
              {cells.map((cell, at) =>
                at === heading ? (
                  <th key={columns[at]} role="rowheader" scope="row" data-label={columns[at]}>
                    {cell}
                  </th>
                ) : (
                  <td key={columns[at]} role="cell" data-label={columns[at]}>
                    {cell}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
