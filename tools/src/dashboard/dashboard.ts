import {
  LegendDisplayMode,
  LegendPlacement,
  SortOrder,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
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
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { metric } from './metric-names.js';
import { type Panel, rows } from './panels.js';

/** Two panels side by side, in Grafana's grid of 24 columns. */
const PANEL_WIDTH = 12;
const PANEL_HEIGHT = 8;

/** The SDK would write 42. Grafana migrates older schemas when it reads them, so 41 suits Grafana 12 and newer. */
const SCHEMA_VERSION = 41;

const datasource = { type: 'prometheus', uid: '$datasource' };

/** The dashboard as Grafana reads it from a file. */
export function dashboardJson(): string {
  const dashboard = new DashboardBuilder('Wherry')
    .uid('wherry')
    .description('gRPC calls over Apache Kafka')
    .tags(['wherry', 'grpc', 'kafka'])
    .tooltip(DashboardCursorSync.Crosshair)
    .refresh('10s')
    .time({ from: 'now-15m', to: 'now' })
    .annotations([])
    .variables(variables());
  let id = 0;
  for (const { title, panels } of rows) {
    dashboard.withRow(new RowBuilder(title).id(++id));
    for (const panel of panels) dashboard.withPanel(timeSeries(++id, panel));
  }
  return `${JSON.stringify({ ...dashboard.build(), schemaVersion: SCHEMA_VERSION }, null, 2)}\n`;
}

/** The choices at the top of the dashboard: the source of the metrics, and the programs. */
function variables() {
  const choice = (name: string, label: string, query: string) =>
    new QueryVariableBuilder(name)
      .label(label)
      .datasource(datasource)
      .query({ query, refId: name })
      .definition(query)
      .refresh(VariableRefresh.OnTimeRangeChanged)
      .sort(VariableSort.AlphabeticalAsc)
      .multi(true)
      .includeAll(true)
      .allValue('.*')
      .current({ text: 'All', value: '$__all' });
  return [
    new DatasourceVariableBuilder('datasource')
      .label('Data source')
      .type('prometheus')
      .current({ text: 'Prometheus', value: 'prometheus' }),
    choice('job', 'Job', `label_values(${metric.loopMean}, job)`),
    choice('instance', 'Instance', `label_values(${metric.loopMean}{job=~"$job"}, instance)`),
  ];
}

function timeSeries(id: number, { title, description, unit, queries }: Panel): PanelBuilder {
  const panel = new PanelBuilder()
    .id(id)
    .title(title)
    .description(description)
    .datasource(datasource)
    .span(PANEL_WIDTH)
    .height(PANEL_HEIGHT)
    .unit(unit)
    .min(0)
    .fillOpacity(10)
    .showPoints(VisibilityMode.Never)
    .legend(
      new VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(LegendDisplayMode.Table)
        .placement(LegendPlacement.Right)
        .calcs(['lastNotNull', 'max']),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending));
  queries.forEach(({ expr, legend }, at) => {
    const refId = String.fromCharCode('A'.charCodeAt(0) + at);
    panel.withTarget(
      new DataqueryBuilder().refId(refId).datasource(datasource).expr(expr).legendFormat(legend).range(),
    );
  });
  return panel;
}
