import { metric } from './metric-names.js';
import { type Panel, rows } from './panels.js';

const GRID_COLUMNS = 24;
const PANEL_WIDTH = GRID_COLUMNS / 2;
const PANEL_HEIGHT = 8;

const datasource = { type: 'prometheus', uid: '$datasource' };

/** The dashboard as Grafana reads it from a file. */
export function dashboardJson(): string {
  return `${JSON.stringify(dashboard(), null, 2)}\n`;
}

function dashboard(): object {
  return {
    uid: 'wherry',
    title: 'Wherry',
    description: 'gRPC calls over Apache Kafka',
    tags: ['wherry', 'grpc', 'kafka'],
    schemaVersion: 41,
    editable: true,
    graphTooltip: 1,
    refresh: '10s',
    time: { from: 'now-15m', to: 'now' },
    annotations: { list: [] },
    templating: { list: variables() },
    panels: panels(),
  };
}

/** What a person chooses at the top: where metrics come from, and of which programs. */
function variables(): object[] {
  const choice = (name: string, label: string, query: string) => ({
    name,
    label,
    type: 'query',
    datasource,
    query: { query, refId: name },
    definition: query,
    refresh: 2,
    sort: 1,
    multi: true,
    includeAll: true,
    allValue: '.*',
    current: { text: 'All', value: '$__all' },
  });
  return [
    {
      name: 'datasource',
      label: 'Data source',
      type: 'datasource',
      query: 'prometheus',
      current: { text: 'Prometheus', value: 'prometheus' },
    },
    choice('job', 'Job', `label_values(${metric.loopMean}, job)`),
    choice('instance', 'Instance', `label_values(${metric.loopMean}{job=~"$job"}, instance)`),
  ];
}

function panels(): object[] {
  const all: object[] = [];
  let y = 0;
  for (const row of rows) {
    all.push({
      id: all.length + 1,
      type: 'row',
      title: row.title,
      collapsed: false,
      panels: [],
      gridPos: { x: 0, y, w: GRID_COLUMNS, h: 1 },
    });
    y++;
    row.panels.forEach((panel, i) => {
      const x = (i % 2) * PANEL_WIDTH;
      all.push(timeSeries(all.length + 1, panel, x, y + Math.floor(i / 2) * PANEL_HEIGHT));
    });
    y += Math.ceil(row.panels.length / 2) * PANEL_HEIGHT;
  }
  return all;
}

function timeSeries(id: number, { title, description, unit, queries }: Panel, x: number, y: number): object {
  return {
    id,
    type: 'timeseries',
    title,
    description,
    datasource,
    gridPos: { x, y, w: PANEL_WIDTH, h: PANEL_HEIGHT },
    fieldConfig: { defaults: { unit, min: 0, custom: { fillOpacity: 10, showPoints: 'never' } }, overrides: [] },
    options: {
      legend: { showLegend: true, displayMode: 'table', placement: 'right', calcs: ['lastNotNull', 'max'] },
      tooltip: { mode: 'multi', sort: 'desc' },
    },
    targets: queries.map(({ expr, legend }, i) => ({
      refId: String.fromCharCode('A'.charCodeAt(0) + i),
      datasource,
      expr,
      legendFormat: legend,
      range: true,
    })),
  };
}
