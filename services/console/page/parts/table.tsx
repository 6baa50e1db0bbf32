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
        <Head columns={columns} />
        <tbody role="rowgroup">
          {rows.map(({ key, cells }) => (
            <tr key={key} role="row">
              <Cells columns={columns} heading={heading} cells={cells} />
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** @property rowIndex of the head among all rows, where only some of them are in the page */
export const Head = ({ columns, rowIndex }: { readonly columns: readonly string[]; readonly rowIndex?: number }) => (
  <thead role="rowgroup">
    <tr role="row" aria-rowindex={rowIndex}>
      {columns.map((column) => (
        <th key={column} role="columnheader" scope="col">
          {column}
        </th>
      ))}
    </tr>
  </thead>
);

/** Undefined: they are not here yet. */
interface CellsProps extends Pick<TableProps, 'columns' | 'heading'> {
  readonly cells: TableRow['cells'] | undefined;
}

export const Cells = ({ columns, heading, cells }: CellsProps) =>
  columns.map((column, at) =>
    at === heading ? (
      <th key={column} role="rowheader" scope="row" data-label={column}>
        {cells ? cells[at] : '…'}
      </th>
    ) : (
      <td key={column} role="cell" data-label={column}>
        {cells?.[at]}
      </td>
    ),
  );
