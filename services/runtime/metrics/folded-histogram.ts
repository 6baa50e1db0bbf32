// A histogram that a record pays little for: a cell is an array of counts, found once per partner, and what Prometheus wants to see is
// made of it at the scrape. prom-client looks labels up, checks and copies them at each observation, which costs 2 µs (bench S1).
import type { MetricObject, MetricObjectWithValues, MetricValueWithName, Registry } from 'prom-client';

export interface FoldedHistogramOptions<L extends string> {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly L[];
  /** Upper bounds, ascending. */
  readonly buckets: readonly number[];
  readonly registers: readonly Registry[];
}

/** The observations of one set of labels. */
export class Cell {
  readonly #bounds: readonly number[];
  /** How many fell into each bucket; the last one is for what is above all bounds. */
  readonly counts: Float64Array;
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    let at = 0;
    while (at < this.#bounds.length && value > (this.#bounds[at] as number)) at += 1;
    (this.counts[at] as number) += 1;
    this.sum += value;
  }
}

type Value<L extends string> = MetricValueWithName<L | 'le'>;

export class FoldedHistogram<L extends string> {
  readonly name: string;
  readonly help: string;
  readonly type = 'histogram';
  readonly aggregator = 'sum';
  readonly labelNames: readonly L[];
  readonly #bounds: readonly number[];
  readonly #cells = new Map<string, { readonly labels: Record<L, string>; readonly cell: Cell }>();

  constructor({ name, help, labelNames, buckets, registers }: FoldedHistogramOptions<L>) {
    this.name = name;
    this.help = help;
    this.labelNames = labelNames;
    this.#bounds = buckets;
    // It takes whatever has a name and can be asked for its values; its types know only its own classes.
    for (const registry of registers)
      registry.registerMetric(this as unknown as Parameters<Registry['registerMetric']>[0]);
  }

  /** The same for the same labels, until they are removed. */
  cell(labels: Record<L, string>): Cell {
    const key = this.#keyOf(labels);
    const { cell } = this.#cells.get(key) ?? { cell: new Cell(this.#bounds) };
    this.#cells.set(key, { labels, cell });
    return cell;
  }

  /** Forgets the cell that has these labels. @param labels as a scrape shows them; the bound of a bucket does not count */
  remove(labels: Record<L, string>): void {
    this.#cells.delete(this.#keyOf(labels));
  }

  reset(): void {
    this.#cells.clear();
  }

  /** For prom-client: what a scrape shows. */
  async get(): Promise<MetricObjectWithValues<Value<L>>> {
    const { name, help, type, aggregator } = this;
    const values = [...this.#cells.values()].flatMap(({ labels, cell }) => this.#valuesOf(labels, cell));
    return { name, help, type: type as unknown as MetricObject['type'], aggregator, values } as MetricObjectWithValues<
      Value<L>
    >;
  }

  #keyOf(labels: Record<L, string>): string {
    return JSON.stringify(this.labelNames.map((name) => labels[name]));
  }

  #valuesOf(labels: Record<L, string>, { counts, sum }: Cell): Value<L>[] {
    let count = 0;
    const buckets = [...this.#bounds, '+Inf'].map((le, at) => {
      count += counts[at] as number;
      return { metricName: `${this.name}_bucket`, labels: { ...labels, le }, value: count };
    });
    return [
      ...buckets,
      { metricName: `${this.name}_sum`, labels, value: sum },
      { metricName: `${this.name}_count`, labels, value: count },
    ] as Value<L>[];
  }
}
