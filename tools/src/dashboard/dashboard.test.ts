import { readFileSync } from 'node:fs';
import test from 'ava';
import { dashboardJson } from './dashboard.js';
import { dashboardFile } from './file.js';
import { metric } from './metric-names.js';
import { dashboardQueries, rows } from './panels.js';

test('the dashboard in ops/ is what is made here', (t) => {
  t.is(readFileSync(dashboardFile, 'utf8'), dashboardJson(), 'run `npm run dashboard`');
});

test('every metric has its place', (t) => {
  const queries = dashboardQueries().map(({ expr }) => expr);
  const unused = Object.values(metric).filter((name) => !queries.some((expr) => expr.includes(name)));
  t.deepEqual(unused, [metric.loopMean], 'the mean is what the choice of programs asks for');
});

test('every query is of the chosen programs, and its legend has labels that it keeps', (t) => {
  for (const { expr, legend } of dashboardQueries()) {
    t.true(expr.includes('{job=~"$job", instance=~"$instance"}'), expr);
    const kept = /by \(([^)]*)\)/.exec(expr)?.[1]?.split(', ') ?? ['job', 'instance'];
    for (const [, name = ''] of legend.matchAll(/\{\{(\w+)\}\}/g)) t.true(kept.includes(name), `${name} of ${expr}`);
  }
});

test('panels do not overlap, and their ids differ', (t) => {
  const { panels } = JSON.parse(dashboardJson()) as {
    panels: { id: number; gridPos: { x: number; y: number; w: number; h: number } }[];
  };
  t.is(panels.length, rows.length + rows.flatMap((row) => row.panels).length);
  t.is(new Set(panels.map(({ id }) => id)).size, panels.length);
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`),
  );
  t.is(new Set(cells).size, cells.length);
});
