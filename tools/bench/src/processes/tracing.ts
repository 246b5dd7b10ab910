import {
  BatchSpanProcessor,
  NodeTracerProvider,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-node';
import { type OpenTelemetry, openTelemetry } from '@wherry/otel';

/** Tracing where no SDK is registered. */
export const tracedByNobody = (): OpenTelemetry => openTelemetry();

/** Tracing of one call in a hundred. */
export function tracedAtOnePercent(): OpenTelemetry {
  registerSdkAtOnePercent();
  return openTelemetry();
}

/** An SDK that samples one trace in a hundred. Spans are made and gathered; sending them is left out, as that is not ours. */
export function registerSdkAtOnePercent(): void {
  const exporter = {
    export: (_spans: unknown, done: (result: { code: number }) => void) => done({ code: 0 }),
    shutdown: async () => undefined,
  };
  const sampler = new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(0.01) });
  const spanProcessors = [new BatchSpanProcessor(exporter)];
  new NodeTracerProvider({ sampler, spanProcessors }).register();
}
