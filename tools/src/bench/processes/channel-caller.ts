import { credentials } from '@grpc/grpc-js';
import { createChannel } from '@wherry/client';
import type { OpenTelemetry } from '@wherry/otel';
import { benchClient } from '../bench-service.js';
import type { BenchProcess, Setting } from './bench-process.js';

export async function startChannelCaller(
  { brokers, namespace, compression }: Setting,
  instrumentation?: OpenTelemetry,
): Promise<BenchProcess> {
  const channel = await createChannel({ brokers, namespace, compression, instrumentation });
  const { call } = benchClient('wherry', credentials.createInsecure(), { channelOverride: channel });
  return { call, close: () => channel.close() };
}
