import { credentials } from '@grpc/grpc-js';
import { benchClient } from '../bench-service.js';
import type { BenchProcess, Setting } from './bench-process.js';

/** A stock grpc-js client: of the direct server, or of the gateway, and does not know which. */
export async function startGrpcCaller({ address }: Setting): Promise<BenchProcess> {
  if (address === undefined) throw new Error('nothing before it announced an address');
  const { client, call, openStream } = benchClient(address, credentials.createInsecure(), {});
  return { call, openStream, close: async () => client.close() };
}
