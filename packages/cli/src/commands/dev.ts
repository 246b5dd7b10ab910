import { createGateway } from '@wherry/gateway';
import { type Logger, startEmbeddedBroker } from '@wherry/kafka';
import type { OpenTelemetry } from '@wherry/otel';
import type { Command } from 'commander';
import { openWithOptions } from '../errors.js';
import { addGatewayOptions, type GatewayFlags, gatewayOptions } from '../gateway-options.js';
import { addCallLogOptions, type CallLogFlags, callLogOptions, createLogger, type LogFlags } from '../logging.js';
import { addNamespaceOption, type KafkaFlags } from '../options.js';
import { serveUntilStopped } from '../serve.js';
import { addTelemetryOptions, type TelemetryFlags, withTelemetry } from '../telemetry.js';

type DevFlags = GatewayFlags & TelemetryFlags & LogFlags & CallLogFlags & Pick<KafkaFlags, 'namespace'>;

/** `wherry dev`: what a laptop needs. */
export function addDev(program: Command): void {
  const command = program
    .command('dev')
    .summary('run an embedded broker and a gateway, for a laptop')
    .description(
      'Run an embedded broker and a gateway to it, for a laptop. The first line it prints is ' +
        'bootstrap.servers=HOST:PORT, which is what workers take as brokers; the second says where the gateway listens.',
    );
  addCallLogOptions(addTelemetryOptions(addGatewayOptions(addNamespaceOption(command))))
    .addHelpText('after', '\nExample:\n  $ wherry dev --listen 127.0.0.1:50051')
    .action(async (flags: DevFlags) => {
      const logger = await createLogger(flags);
      return serveUntilStopped(logger, () =>
        withTelemetry(flags, 'wherry-dev', callLogOptions(flags, logger), (instrumentation) =>
          runDev(flags, logger, instrumentation),
        ),
      );
    });
}

async function runDev(flags: DevFlags, logger: Logger, instrumentation: OpenTelemetry | undefined) {
  const options = { ...gatewayOptions(flags), logger, instrumentation };
  const broker = await startEmbeddedBroker();
  try {
    const brokers = broker.bootstrapServers;
    process.stdout.write(`bootstrap.servers=${brokers}\n`);
    const gateway = await openWithOptions(() => createGateway({ ...options, brokers, namespace: flags.namespace }));
    process.stdout.write(`gateway listens on ${gateway.address}\nCtrl-C stops both.\n`);
    return {
      drain: () => gateway.drain().then(() => broker.close()),
      close: () => gateway.close().then(() => broker.close()),
    };
  } catch (error) {
    await broker.close();
    throw error;
  }
}
