import type { Logger } from '@wherry/endpoint';
import { createGateway } from '@wherry/gateway';
import { traceFields } from '@wherry/otel';
import { openWithOptions } from '../errors.js';
import { callLogOptions, createLogger } from '../logging.js';
import { type GatewayFlags, gatewayOptions } from '../options/gateway-options.js';
import { type KafkaFlags, kafkaOptions } from '../options/kafka-options.js';
import type { CallLogFlags, LogFlags } from '../options/log-options.js';
import type { TelemetryFlags } from '../options/telemetry-options.js';
import { type Service, serveUntilStopped } from '../serve.js';
import { withTelemetry } from '../telemetry.js';

/** The flags of `wherry gateway`. */
export type GatewayCommandFlags = KafkaFlags &
  GatewayFlags &
  TelemetryFlags &
  LogFlags &
  CallLogFlags & { readonly discovery: boolean };

export async function runGateway(flags: GatewayCommandFlags): Promise<void> {
  const logger = await createLogger(flags, 'gateway', traceFields);
  await serveUntilStopped(
    (line) => logger.info?.(line),
    () => startGateway(flags, logger),
  );
}

function startGateway(flags: GatewayCommandFlags, logger: Logger): Promise<Service> {
  return withTelemetry(flags, 'wherry-gateway', callLogOptions(flags, logger), async (instrumentation) => {
    const { discovery } = flags;
    const options = { ...kafkaOptions(flags), ...gatewayOptions(flags), discovery, logger, instrumentation };
    const gateway = await openWithOptions(() => createGateway(options));
    process.stdout.write(`gateway listens on ${gateway.address}\n`);
    return gateway;
  });
}
