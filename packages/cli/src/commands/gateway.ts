import type { Logger } from '@wherry/endpoint';
import { createGateway } from '@wherry/gateway';
import type { Command } from 'commander';
import { openWithOptions } from '../errors.js';
import { addGatewayOptions, type GatewayFlags, gatewayOptions } from '../gateway-options.js';
import { addCallLogOptions, type CallLogFlags, callLogOptions, createLogger, type LogFlags } from '../logging.js';
import { addKafkaOptions, type KafkaFlags, kafkaOptions, noDiscoveryOption } from '../options.js';
import { serveUntilStopped } from '../serve.js';
import { addTelemetryOptions, type TelemetryFlags, withTelemetry } from '../telemetry.js';

type Flags = KafkaFlags & GatewayFlags & TelemetryFlags & LogFlags & CallLogFlags & { readonly discovery: boolean };

/** `wherry gateway`: a door for gRPC clients in any language. */
export function addGateway(program: Command): void {
  const command = program
    .command('gateway')
    .summary('take gRPC calls from any client and carry them over Kafka')
    .description(
      'Take gRPC calls from any client, in any language, and carry them over Kafka. It prints where it listens once it ' +
        'is ready. SIGINT or SIGTERM: it takes no new calls and ends when those under way have; a second one: at once.',
    );
  addCallLogOptions(addTelemetryOptions(addGatewayOptions(addKafkaOptions(command))))
    .addOption(noDiscoveryOption())
    .addHelpText('after', '\nExample:\n  $ wherry gateway --brokers localhost:9092 --listen 127.0.0.1:50051')
    .action(async (flags: Flags) => {
      const logger = await createLogger(flags);
      return serveUntilStopped(logger, () => runGateway(flags, logger));
    });
}

function runGateway(flags: Flags, logger: Logger) {
  return withTelemetry(flags, 'wherry-gateway', callLogOptions(flags, logger), async (instrumentation) => {
    const { discovery } = flags;
    const options = { ...kafkaOptions(flags), ...gatewayOptions(flags), discovery, logger, instrumentation };
    const gateway = await openWithOptions(() => createGateway(options));
    process.stdout.write(`gateway listens on ${gateway.address}\n`);
    return gateway;
  });
}
