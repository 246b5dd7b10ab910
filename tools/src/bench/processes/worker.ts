import { createWorker } from '@wherry/worker';
import { benchHandlers, benchService } from '../bench-service.js';
import type { BenchProcess, Setting } from './bench-process.js';

export async function startWorker({ brokers, namespace, compression }: Setting): Promise<BenchProcess> {
  const worker = await createWorker({ brokers, namespace, compression });
  worker.addService(benchService, benchHandlers);
  await worker.start();
  return { close: () => worker.drain() };
}
