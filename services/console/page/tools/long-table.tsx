// biome-ignore-all lint/a11y/noInteractiveElementToNoninteractiveRole: a row that takes the place of others is none
// biome-ignore-all lint/a11y/noRedundantRoles: a browser forgets what a row is where it is a block
// biome-ignore-all lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keys
// biome-ignore-all lint/a11y/noNoninteractiveElementInteractions: as above
// A table of which only the rows in sight are in the page, however many there are. Keys go from row to row.
import type { VirtualizerOptions } from '@tanstack/virtual-core';
import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from '@tanstack/virtual-core';
import { useEffect, useLayoutEffect, useReducer, useRef, useState } from 'preact/hooks';
import type { TableRow } from '../parts/table.tsx';
import { Cells, Head } from '../parts/table.tsx';

interface LongTableProps {
  readonly label: string;
  readonly columns: readonly string[];
  /** Number of the column that names the row. */
  readonly heading: number;
  /** How many rows there are. */
  readonly count: number;
  /** Undefined: it is not here yet. */
  readonly rowAt: (index: number) => TableRow | undefined;
  /** Told which rows are in sight: from the first to behind the last. */
  readonly onSight: (from: number, to: number) => void;
}

/** Rows beside those in sight: with a screen of 1,400 pixels there are still fewer than 80 in the page. */
const BESIDE = 6;
const ROW_PX = 38;
/** On a narrow screen a row is a block. */
const BLOCK_PX = 210;
const NARROW = '(max-width: 45rem)';

export function LongTable({ label, columns, heading, count, rowAt, onSight }: LongTableProps) {
  const box = useRef<HTMLElement>(null);
  const [, redraw] = useReducer<number, void>((drawn) => drawn + 1, 0);
  // All rows count as equally high. Each with its own height would mean to sum those of 100,000 rows with each that comes into sight.
  const [rowPx, setRowPx] = useState(() => (matchMedia(NARROW).matches ? BLOCK_PX : ROW_PX));
  const options: VirtualizerOptions<HTMLElement, HTMLTableRowElement> = {
    count,
    getScrollElement: () => box.current,
    estimateSize: () => rowPx,
    scrollToFn: elementScroll,
    observeElementRect,
    observeElementOffset,
    overscan: BESIDE,
    onChange: () => redraw(undefined),
  };
  const made = useRef<Virtualizer<HTMLElement, HTMLTableRowElement> | undefined>(undefined);
  made.current ??= new Virtualizer(options);
  const virtual = made.current;
  virtual.setOptions({ ...virtual.options, ...options });
  const isMeasured = useRef(false);
  useLayoutEffect(() => virtual.measure(), [rowPx]);
  /** The row that the keys are at, once it is drawn. */
  const wanted = useRef<number | undefined>(undefined);
  useLayoutEffect(() => virtual._didMount(), []);
  useLayoutEffect(() => {
    virtual._willUpdate();
    const px = isMeasured.current ? undefined : meanHeight(box.current);
    if (px !== undefined) {
      isMeasured.current = true;
      setRowPx(px);
    }
    const row = box.current?.querySelector<HTMLElement>(`tr[data-index="${wanted.current}"]`);
    if (!row) return;
    wanted.current = undefined;
    row.focus({ preventScroll: true });
  });
  const items = virtual.getVirtualItems();
  const [first, last] = [items[0], items.at(-1)];
  useEffect(() => {
    if (first && last) onSight(first.index, last.index + 1);
  }, [first?.index, last?.index]);
  const onKeyDown = (event: KeyboardEvent): void => {
    const row = event.target instanceof Element ? event.target.closest<HTMLElement>('tr[data-index]') : null;
    const at = row ? Number(row.dataset['index']) : undefined;
    const to = rowFor(event.key, at, count, (virtual.range?.endIndex ?? 0) - (virtual.range?.startIndex ?? 0));
    if (to === undefined) return;
    event.preventDefault();
    wanted.current = to;
    virtual.scrollToIndex(to);
    redraw(undefined);
  };
  return (
    <section ref={box} class="scroll long" tabIndex={0} aria-label={label} onKeyDown={onKeyDown}>
      <table role="table" aria-label={label} aria-rowcount={count + 1}>
        <Head columns={columns} rowIndex={1} />
        <tbody role="rowgroup">
          <Gap px={first?.start ?? 0} />
          {items.map(({ index }) => (
            <Row key={index} {...{ index, columns, heading }} row={rowAt(index)} />
          ))}
          <Gap px={virtual.getTotalSize() - (last?.end ?? 0)} />
        </tbody>
      </table>
    </section>
  );
}

/** Rows that are not in the page take their place. */
const Gap = ({ px }: { readonly px: number }) =>
  px > 0 ? <tr role="presentation" class="gap" style={{ height: `${px}px` }} /> : null;

interface RowProps extends Pick<LongTableProps, 'columns' | 'heading'> {
  readonly index: number;
  readonly row: TableRow | undefined;
}

function Row({ index, row, columns, heading }: RowProps) {
  return (
    <tr role="row" tabIndex={-1} data-index={index} aria-rowindex={index + 2}>
      <Cells columns={columns} heading={heading} cells={row?.cells} />
    </tr>
  );
}

/** @returns of the rows that are drawn; undefined: none of them has come yet */
function meanHeight(box: HTMLElement | null): number | undefined {
  const rows = [...(box?.querySelectorAll<HTMLElement>('tr[data-index]') ?? [])].filter(
    (row) => row.querySelector('td')?.firstChild,
  );
  return rows.length === 0 ? undefined : rows.reduce((sum, row) => sum + row.offsetHeight, 0) / rows.length;
}

/** @param at undefined: at none yet @returns undefined: the key is none of the list's */
function rowFor(key: string, at: number | undefined, count: number, screen: number): number | undefined {
  const to = {
    ArrowDown: at === undefined ? 0 : at + 1,
    ArrowUp: (at ?? 0) - 1,
    PageDown: (at ?? 0) + screen,
    PageUp: (at ?? 0) - screen,
    Home: 0,
    End: count - 1,
  }[key];
  return to === undefined ? undefined : Math.max(0, Math.min(count - 1, to));
}
