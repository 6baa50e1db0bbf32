// A small line without axes: how something went in the last hour, and the same in words.

interface SparkProps {
  /** In words. */
  readonly label: string;
  /** Of equal steps, oldest first; null: not known. Those of all lines are drawn to one scale. */
  readonly lines: ReadonlyArray<ReadonlyArray<number | null>>;
}

const WIDTH = 100;
const HEIGHT = 24;

export function Spark({ label, lines }: SparkProps) {
  const max = Math.max(1, ...lines.flatMap((values) => values.map((value) => value ?? 0)));
  return (
    <svg class="spark" viewBox={`0 -1 ${WIDTH} ${HEIGHT + 2}`} preserveAspectRatio="none" role="img" aria-label={label}>
      {lines.map((values, index) => (
        <path key={String(index)} class={`spark-${index}`} d={pathOf(values, max)} />
      ))}
    </svg>
  );
}

/** What is not known is passed over. */
function pathOf(values: ReadonlyArray<number | null>, max: number): string {
  const step = WIDTH / Math.max(1, values.length - 1);
  const points = values.flatMap((value, index) =>
    value === null ? [] : [`${round(index * step)} ${round(HEIGHT - (value / max) * HEIGHT)}`],
  );
  return points.length === 0 ? '' : `M${points.join('L')}${points.length === 1 ? 'h1' : ''}`;
}

const round = (value: number): number => Math.round(value * 10) / 10;
