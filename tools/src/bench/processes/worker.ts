import type { OpenTelemetry } from '@wherry/otel';
import { createWorker } from '@wherry/worker';
import { benchHandlers, benchService } from '../bench-service.js';
import type { BenchProcess, Setting } from './bench-process.js';

export async function startWorker(
  { brokers, namespace, compression }: Setting,
  instrumentation?: OpenTelemetry,
): Promise<BenchProcess> {
  const worker = await createWorker({ brokers, namespace, compression, instrumentation });
  worker.addService(benchService, benchHandlers);
  await worker.start();
  return { close: () => worker.drain() };
}
