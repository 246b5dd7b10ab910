import { credentials } from '@grpc/grpc-js';
import { createChannel } from '@wherry/client';
import { benchClient } from '../bench-service.js';
import type { BenchProcess, Setting } from './bench-process.js';

export async function startChannelCaller({ brokers, namespace, compression }: Setting): Promise<BenchProcess> {
  const channel = await createChannel({ brokers, namespace, compression });
  const { call } = benchClient('wherry', credentials.createInsecure(), { channelOverride: channel });
  return { call, close: () => channel.close() };
}
