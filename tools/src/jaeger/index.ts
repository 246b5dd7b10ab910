export { buildJaeger, type Jaeger, type JaegerOptions, startJaeger } from './jaeger.js';
