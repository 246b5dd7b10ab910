export { buildPrometheus, type Prometheus, type PrometheusOptions, startPrometheus } from './prometheus.js';
