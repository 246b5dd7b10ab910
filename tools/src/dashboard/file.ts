import { fileURLToPath } from 'node:url';

// src/dashboard and dist/dashboard are equally deep, so this holds for both.

/** Where Grafana finds the dashboard. */
export const dashboardFile = fileURLToPath(new URL('../../../ops/grafana/dashboards/wherry.json', import.meta.url));
