import { createWorker, type WorkerInstrumentation } from '@wherry/worker';
import { BenchHandlers, benchService } from '../bench-service.js';
import type { BenchProcess, Setting } from './bench-process.js';

export async function startWorker(
  { brokers, namespace, compression, worker: options }: Setting,
  instrumentation?: WorkerInstrumentation,
): Promise<BenchProcess> {
  const worker = await createWorker({ brokers, namespace, compression, instrumentation, ...options });
  const handlers = new BenchHandlers();
  worker.addService(benchService, handlers.handlers);
  await worker.start();
  return { handlers, close: () => worker.drain() };
}
