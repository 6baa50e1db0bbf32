// Lines over the last hour, drawn by uPlot, and the same in words and as a table for whoever does not see them.
import { useLayoutEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { Table } from '../parts/table.tsx';
import { clock } from '../words.ts';

export interface Line {
  readonly label: string;
  /** Of equal steps, oldest first; null: not known. */
  readonly values: ReadonlyArray<number | null>;
  /** A variable of page.css. */
  readonly color: '--link' | '--bad' | '--good' | '--soft';
  /** So that lines differ by more than their colour. */
  readonly dash?: number[];
}

interface ChartProps {
  readonly title: string;
  readonly unit: string;
  /** The end of the newest step, ISO 8601. */
  readonly at: string;
  readonly stepSeconds: number;
  readonly lines: readonly Line[];
}

const HEIGHT_PX = 180;
/** Of the table: one for five minutes. */
const ROWS = 12;

export function Chart({ title, unit, at, stepSeconds, lines }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const drawn = useRef<uPlot | undefined>(undefined);
  const length = lines[0]?.values.length ?? 0;
  const endSeconds = Date.parse(at) / 1_000;
  const times = Array.from({ length }, (_, index) => endSeconds - (length - 1 - index) * stepSeconds);
  const data = [times, ...lines.map(({ values }) => values)] as uPlot.AlignedData;
  const newest = useRef(data);
  newest.current = data;
  useLayoutEffect(() => {
    const parent = box.current;
    if (!parent) return undefined;
    const draw = () => {
      drawn.current?.destroy();
      drawn.current = new uPlot(optionsOf(parent, unit, lines), newest.current, parent);
    };
    draw();
    // A canvas knows nothing of themes.
    const theme = matchMedia('(prefers-color-scheme: dark)');
    theme.addEventListener('change', draw);
    const sized = new ResizeObserver(() => drawn.current?.setSize({ width: parent.clientWidth, height: HEIGHT_PX }));
    sized.observe(parent);
    return () => {
      theme.removeEventListener('change', draw);
      sized.disconnect();
      drawn.current?.destroy();
      drawn.current = undefined;
    };
  }, []);
  useLayoutEffect(() => drawn.current?.setData(newest.current), [at]);
  return (
    <figure class="chart">
      <figcaption>
        <strong>{title}</strong> {inWords(lines, unit)}
      </figcaption>
      <div ref={box} class="plot" role="img" aria-label={`${title}: ${inWords(lines, unit)}`} />
      <details>
        <summary>As a table</summary>
        <Table
          label={title}
          columns={['Time', ...lines.map(({ label }) => `${label}, ${unit}`)]}
          heading={0}
          rows={rowsOf(times, lines)}
        />
      </details>
    </figure>
  );
}

const shown = (value: number | null | undefined): string =>
  value === null || value === undefined
    ? '–'
    : new Intl.NumberFormat(undefined, { maximumSignificantDigits: 3 }).format(value);

/** What each line is now, and between what it was. */
export function inWords(lines: readonly Line[], unit: string): string {
  const known = lines.flatMap(({ label, values }) => {
    const some = values.filter((value) => value !== null);
    if (some.length === 0) return [];
    return `${label} last ${shown(some.at(-1))} ${unit}, between ${shown(Math.min(...some))} and ${shown(Math.max(...some))}`;
  });
  return known.length === 0 ? 'nothing is known yet' : `${known.join('; ')}.`;
}

function rowsOf(times: readonly number[], lines: readonly Line[]) {
  const every = Math.max(1, Math.floor(times.length / ROWS));
  const picked = times.map((_, index) => index).filter((index) => (times.length - 1 - index) % every === 0);
  return picked.map((index) => {
    const seconds = times[index] ?? 0;
    return {
      key: String(seconds),
      cells: [
        clock(new Date(seconds * 1_000).toISOString(), Date.now()),
        ...lines.map(({ values }) => shown(values[index])),
      ],
    };
  });
}

function optionsOf(parent: HTMLElement, unit: string, lines: readonly Line[]): uPlot.Options {
  const css = getComputedStyle(parent);
  // A theme's colour is a function in the variable: what it is here the browser says of an element that has it.
  const colorOf = (name: string): string => {
    const probe = document.createElement('i');
    probe.style.color = `var(${name})`;
    parent.append(probe);
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
  };
  const axis = { stroke: colorOf('--soft'), grid: { stroke: colorOf('--line'), width: 1 }, ticks: { show: false } };
  return {
    width: parent.clientWidth,
    height: HEIGHT_PX,
    cursor: { show: false },
    legend: { show: true, live: false },
    scales: { y: { range: (_plot, _min, max) => [0, Math.max(1, (max ?? 0) * 1.1)] } },
    axes: [
      { ...axis, font: `12px ${css.fontFamily}` },
      {
        ...axis,
        size: 60,
        font: `12px ${css.fontFamily}`,
        label: unit,
        labelFont: `12px ${css.fontFamily}`,
        labelSize: 16,
      },
    ],
    series: [
      {},
      ...lines.map(({ label, color, dash }) => ({
        label,
        stroke: colorOf(color),
        width: 2,
        spanGaps: true,
        points: { show: false },
        ...(dash && { dash }),
      })),
    ],
  };
}
