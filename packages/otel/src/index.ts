export { type CallLogOptions, traceFields } from './call-log.js';
export { type OpenTelemetry, type OpenTelemetryOptions, openTelemetry } from './open-telemetry.js';
export { attribute, metric } from './semconv.js';
