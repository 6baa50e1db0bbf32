// A dashboard as data: what is asked of Prometheus, and what it is called. `dashboard-json.ts` makes of it what Grafana imports.

export interface Query {
  readonly expr: string;
  /** How a series is called, with its labels in double braces. */
  readonly legend: string;
}

export interface PanelPlan {
  readonly title: string;
  /** What a reader looks for in it. */
  readonly description?: string;
  /** Grafana's name of the unit; absent: a plain number. */
  readonly unit?: 's' | 'bytes' | 'percentunit' | 'reqps' | 'bool_yes_no';
  /** One number instead of a line. */
  readonly isNumber?: true;
  readonly isStacked?: true;
  readonly queries: readonly Query[];
}

export interface DashboardPlan {
  /** Of its file, and after `ess-` its uid. */
  readonly name: string;
  readonly title: string;
  /** Shows one partner at a time: `$partner`. */
  readonly isOfPartner?: true;
  readonly rows: ReadonlyArray<{ readonly title: string; readonly panels: readonly PanelPlan[] }>;
}

export const ask = (legend: string, expr: string): Query => ({ legend, expr });
export const lines = (title: string, unit: PanelPlan['unit'], ...queries: readonly Query[]): PanelPlan => ({
  title,
  ...(unit && { unit }),
  queries,
});
export const number = (title: string, unit: PanelPlan['unit'], expr: string): PanelPlan => ({
  ...lines(title, unit, ask('', expr)),
  isNumber: true,
});
/** As wide as Grafana thinks right for two scrapes and more. */
export const RANGE = '[$__rate_interval]';
export const quantile = (q: number, metric: string, labels: string) =>
  `histogram_quantile(${q}, sum by (le) (rate(${metric}_bucket${labels}${RANGE})))`;
