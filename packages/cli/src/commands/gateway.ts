import type { Command } from 'commander';
import type { GatewayCommandFlags } from '../actions/gateway.js';
import { addGatewayOptions } from '../options/gateway-options.js';
import { addEndpointOptions } from '../options/kafka-options.js';
import { addCallLogOptions } from '../options/log-options.js';
import { noDiscoveryOption } from '../options/option-parsers.js';
import { addTelemetryOptions } from '../options/telemetry-options.js';

/** Adds `wherry gateway`, which serves gRPC clients in any language. */
export function addGateway(program: Command): void {
  const command = program
    .command('gateway')
    .summary('accept gRPC calls from any client and carry them over Kafka')
    .description(
      'Accept gRPC calls from any client, in any language, and carry them over Kafka. It prints its address when it is ready. ' +
        'On SIGINT or SIGTERM it refuses new calls, finishes those under way and ends; on a second signal it ends at once.',
    );
  addCallLogOptions(addTelemetryOptions(addGatewayOptions(addEndpointOptions(command))))
    .addOption(noDiscoveryOption())
    .addHelpText('after', '\nExample:\n  $ wherry gateway --brokers localhost:9092 --listen 127.0.0.1:50051')
    .action(async (flags: GatewayCommandFlags) => (await import('../actions/gateway.js')).runGateway(flags));
}
