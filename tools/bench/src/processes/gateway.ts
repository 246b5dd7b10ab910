import { createGateway } from '@wherry/gateway';
import type { BenchProcess, Setting } from './bench-process.js';

export async function startGateway({ brokers, namespace, compression }: Setting): Promise<BenchProcess> {
  const gateway = await createGateway({ brokers, namespace, compression, listen: '127.0.0.1:0' });
  return { address: gateway.address, close: () => gateway.drain() };
}
