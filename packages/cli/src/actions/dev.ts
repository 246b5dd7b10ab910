import type { Logger } from '@wherry/endpoint';
import { createGateway } from '@wherry/gateway';
import { startEmbeddedBroker } from '@wherry/kafka';
import { type OpenTelemetry, traceFields } from '@wherry/otel';
import { DevService } from '../dev/dev-service.js';
import { findProjects, type Project } from '../dev/projects.js';
import { openWithOptions } from '../errors.js';
import { callLogOptions, createLogger } from '../logging.js';
import { type GatewayFlags, gatewayOptions } from '../options/gateway-options.js';
import type { KafkaFlags } from '../options/kafka-options.js';
import type { CallLogFlags, LogFlags } from '../options/log-options.js';
import type { TelemetryFlags } from '../options/telemetry-options.js';
import { serveUntilStopped } from '../serve.js';
import { withTelemetry } from '../telemetry.js';

/** The flags of `wherry dev`. */
export type DevFlags = GatewayFlags &
  TelemetryFlags &
  LogFlags &
  CallLogFlags &
  Pick<KafkaFlags, 'namespace'> & { readonly workers: boolean };

export async function runDev(paths: readonly string[], flags: DevFlags): Promise<void> {
  const [log, logger] = await Promise.all([createLogger(flags, 'dev'), createLogger(flags, 'gateway', traceFields)]);
  const projects = flags.workers ? findProjects(paths) : [];
  await serveUntilStopped(
    (line) => log.info?.(line),
    () =>
      withTelemetry(flags, 'wherry-dev', callLogOptions(flags, logger), (instrumentation) =>
        startDev(projects, flags, logger, instrumentation),
      ),
  );
}

async function startDev(
  projects: readonly Project[],
  flags: DevFlags,
  logger: Logger,
  instrumentation: OpenTelemetry | undefined,
): Promise<DevService> {
  const service = await openDev(projects, flags, logger, instrumentation);
  try {
    service.start();
    return service;
  } catch (error) {
    await service.close();
    throw error;
  }
}

async function openDev(
  projects: readonly Project[],
  flags: DevFlags,
  logger: Logger,
  instrumentation: OpenTelemetry | undefined,
): Promise<DevService> {
  const options = { ...gatewayOptions(flags), logger, instrumentation };
  const broker = await startEmbeddedBroker();
  try {
    const brokers = broker.bootstrapServers;
    if (!process.stdout.isTTY) process.stdout.write(`bootstrap.servers=${brokers}\n`);
    const gateway = await openWithOptions(() => createGateway({ ...options, brokers, namespace: flags.namespace }));
    if (!process.stdout.isTTY) process.stdout.write(`gateway listens on ${gateway.address}\nCtrl-C stops all of it.\n`);
    return new DevService(broker, gateway, projects);
  } catch (error) {
    await broker.close();
    throw error;
  }
}
