export { dashboardQueries, type Query } from './panels.js';
