export { metric } from './metric-names.js';
export { dashboardQueries, type Query } from './panels.js';
