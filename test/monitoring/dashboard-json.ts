// A dashboard as Grafana imports it.
import { StackingConfigBuilder, StackingMode } from '@grafana/grafana-foundation-sdk/common';
import {
  DashboardBuilder,
  DashboardCursorSync,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import type { DashboardPlan, PanelPlan, Query } from './dashboard-plan.ts';

/** Whoever imports it chooses. */
const DATASOURCE = { type: 'prometheus', uid: '$datasource' };
/** A row of the grid is 24 wide: six numbers, or three charts. */
const NUMBER = { width: 4, height: 4 };
const CHART = { width: 8, height: 8 };

/** @returns JSON, the same for the same plan */
export function dashboardJson({ name, title, isOfPartner, rows }: DashboardPlan): string {
  const dashboard = new DashboardBuilder(title)
    .uid(`ess-${name}`)
    .tags(['ess'])
    .timezone('browser')
    .refresh('30s')
    .time({ from: 'now-3h', to: 'now' })
    .tooltip(DashboardCursorSync.Crosshair)
    .withVariable(new DatasourceVariableBuilder('datasource').type('prometheus').label('Prometheus'));
  if (isOfPartner)
    dashboard.withVariable(
      new QueryVariableBuilder('partner')
        .label('Partner')
        .datasource(DATASOURCE)
        .query('label_values({__name__=~"ess_drift_oldest_seconds|ess_circuit_state"}, partner)')
        .refresh(VariableRefresh.OnTimeRangeChanged)
        .sort(VariableSort.AlphabeticalAsc),
    );
  let id = 0;
  const nextId = () => {
    id += 1;
    return id;
  };
  for (const row of rows) {
    dashboard.withRow(new RowBuilder(row.title).id(nextId()));
    for (const panel of row.panels)
      dashboard.withPanel((panel.isNumber ? numberOf(panel) : chartOf(panel)).id(nextId()));
  }
  return `${JSON.stringify(dashboard.build(), undefined, 2)}\n`;
}

function numberOf({ title, unit, queries }: PanelPlan): StatBuilder {
  const panel = new StatBuilder().title(title).datasource(DATASOURCE).span(NUMBER.width).height(NUMBER.height);
  if (unit !== undefined) panel.unit(unit);
  return panel.targets(targetsOf(queries));
}

function chartOf({ title, description, unit, isStacked, queries }: PanelPlan): TimeseriesBuilder {
  const panel = new TimeseriesBuilder()
    .title(title)
    .datasource(DATASOURCE)
    .span(CHART.width)
    .height(CHART.height)
    .min(0);
  if (description !== undefined) panel.description(description);
  if (unit !== undefined) panel.unit(unit);
  if (isStacked) panel.stacking(new StackingConfigBuilder().mode(StackingMode.Normal)).fillOpacity(30);
  return panel.targets(targetsOf(queries));
}

const targetsOf = (queries: readonly Query[]): DataqueryBuilder[] =>
  queries.map(({ expr, legend }, index) => {
    const target = new DataqueryBuilder().refId(String.fromCharCode(65 + index)).expr(expr);
    return legend === '' ? target : target.legendFormat(legend);
  });
