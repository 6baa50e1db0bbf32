// What lists of orders have in common: how far each partition is, and that a list does not show all.
import type { ShownPart } from '../../facts/orders.ts';
import { Table } from '../parts/table.tsx';
import { number } from '../words.ts';

export const Cut = ({ shown, total }: { readonly shown: number; readonly total: number }) =>
  shown < total ? (
    <p>
      The newest {number(shown)} of {number(total)}: <code>ess replay list</code> and <code>ess proposals --all</code>{' '}
      have the others.
    </p>
  ) : null;

const COLUMNS = ['Partition', 'State', 'Records', 'Worker', 'Why'] as const;

/** Each worker decides for its own partitions: some may have run where others were refused. */
export function Parts({ parts }: { readonly parts: readonly ShownPart[] }) {
  if (parts.length === 0) return null;
  return (
    <details open={parts.some(({ refused }) => refused)}>
      <summary>{countsOf(parts)}</summary>
      <Table
        label="By partition"
        columns={COLUMNS}
        heading={0}
        rows={parts.map((one) => ({
          key: String(one.partition),
          cells: [one.partition, stateOf(one), number(one.records), one.worker ?? '–', one.detail ?? '–'],
        }))}
      />
    </details>
  );
}

const stateOf = ({ state, refused }: ShownPart): string => (refused ? 'refused' : state);

function countsOf(parts: readonly ShownPart[]): string {
  const states = Map.groupBy(parts, stateOf);
  const counts = [...states].map(([state, { length }]) => `${number(length)} ${state}`);
  return `${number(parts.length)} ${parts.length === 1 ? 'partition' : 'partitions'}: ${counts.join(', ')}`;
}
