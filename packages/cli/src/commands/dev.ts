import { createGateway } from '@wherry/gateway';
import { startEmbeddedBroker } from '@wherry/kafka';
import type { OpenTelemetry } from '@wherry/otel';
import type { Command } from 'commander';
import { openWithOptions } from '../errors.js';
import { addGatewayOptions, type GatewayFlags, gatewayOptions } from '../gateway-options.js';
import { addNamespaceOption, type KafkaFlags } from '../options.js';
import { serveUntilStopped } from '../serve.js';
import { addTelemetryOptions, type TelemetryFlags, withTelemetry } from '../telemetry.js';

type DevFlags = GatewayFlags & TelemetryFlags & Pick<KafkaFlags, 'namespace'>;

/** `wherry dev`: what a laptop needs. */
export function addDev(program: Command): void {
  const command = program
    .command('dev')
    .summary('run an embedded broker and a gateway, for a laptop')
    .description(
      'Run an embedded broker and a gateway to it, for a laptop. The first line it prints is ' +
        'bootstrap.servers=HOST:PORT, which is what workers take as brokers; the second says where the gateway listens.',
    );
  addTelemetryOptions(addGatewayOptions(addNamespaceOption(command)))
    .addHelpText('after', '\nExample:\n  $ wherry dev --listen 127.0.0.1:50051')
    .action((flags: DevFlags) =>
      serveUntilStopped(() => withTelemetry(flags, 'wherry-dev', (instrumentation) => runDev(flags, instrumentation))),
    );
}

async function runDev(flags: DevFlags, instrumentation: OpenTelemetry | undefined) {
  const options = { ...gatewayOptions(flags), instrumentation };
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
