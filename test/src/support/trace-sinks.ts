import type { ExecutionContext } from 'ava';
import { tracesOfService } from './jaeger-traces.js';
import { otlpReceiver } from './otlp-receiver.js';
import { Trace } from './traces.js';

/** Processes of one machine have clocks that part by so much. */
const CLOCKS_PART_US = 5000;

/** Where programs send their spans by OTLP, and where a whole trace is found again. */
export interface TraceSink {
  readonly url: string;
  /** The trace that begins at this service, once it has so many spans; and the services that are in it. */
  trace(service: string, spans: number): Promise<{ readonly trace: Trace; readonly services: readonly string[] }>;
}

/** A trace whose spans come from several processes of this machine. */
function traceOfProcesses(spans: Trace['spans']): Trace {
  return new Trace(spans, CLOCKS_PART_US, false);
}

/** A receiver in this process. */
export async function receiverSink(t: ExecutionContext): Promise<TraceSink> {
  const receiver = await otlpReceiver(t);
  return {
    url: receiver.url,
    trace: async (service, count) => {
      const of = (id: string) => receiver.spans.filter(({ traceId }) => traceId === id);
      const root = () =>
        receiver.spans.find(
          (span) => span.service === service && span.parent === '' && of(span.traceId).length >= count,
        );
      await receiver.until(() => root() !== undefined);
      const id = root()?.traceId ?? '';
      return {
        trace: traceOfProcesses(receiver.trace(id).spans),
        services: [...new Set(of(id).map((span) => span.service))].sort(),
      };
    },
  };
}

/** A Jaeger that runs. */
export function jaegerSink({ otlpHttpUrl, queryUrl }: { otlpHttpUrl: string; queryUrl: string }): TraceSink {
  return {
    url: otlpHttpUrl,
    trace: async (service, count) => {
      const { spans, services } = await tracesOfService(queryUrl, service, count);
      return { trace: traceOfProcesses(spans), services };
    },
  };
}
