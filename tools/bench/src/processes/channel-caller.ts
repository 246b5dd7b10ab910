import { credentials } from '@grpc/grpc-js';
import { type ClientInstrumentation, createChannel } from '@wherry/client';
import { benchClient } from '../bench-service.js';
import type { BenchProcess, Setting } from './bench-process.js';

export async function startChannelCaller(
  { brokers, namespace, compression }: Setting,
  instrumentation?: ClientInstrumentation,
): Promise<BenchProcess> {
  const channel = await createChannel({ brokers, namespace, compression, instrumentation });
  const { call, openStream } = benchClient('wherry', credentials.createInsecure(), { channelOverride: channel });
  return { call, openStream, close: () => channel.close() };
}
