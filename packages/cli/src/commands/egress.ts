import type { Logger } from '@wherry/endpoint';
import { createEgress } from '@wherry/gateway';
import type { Command } from 'commander';
import { openWithOptions } from '../errors.js';
import { addCallLogOptions, type CallLogFlags, callLogOptions, createLogger, type LogFlags } from '../logging.js';
import {
  addKafkaOptions,
  countOption,
  durationOption,
  type KafkaFlags,
  kafkaOptions,
  maxMessageBytesOption,
} from '../options.js';
import { serveUntilStopped } from '../serve.js';
import { addTargetTlsOptions, type TargetTlsFlags, targetCredentials } from '../target-credentials.js';
import { addTelemetryOptions, type TelemetryFlags, withTelemetry } from '../telemetry.js';

interface EgressFlags extends KafkaFlags, TargetTlsFlags, TelemetryFlags, LogFlags, CallLogFlags {
  readonly target: string;
  readonly service: readonly string[] | undefined;
  readonly targetTimeout: number | undefined;
  readonly concurrency: number | undefined;
  readonly waitForReady: boolean | undefined;
  readonly maxMessageBytes: number | undefined;
}

/** `wherry egress`: Kafka in front of an existing gRPC server. */
export function addEgress(program: Command): void {
  const command = program
    .command('egress')
    .summary('take calls from Kafka and make them on an existing gRPC server')
    .description(
      'Take calls from Kafka and make them on an existing gRPC server, in any language. It prints the services it ' +
        'carries once it is ready. SIGINT or SIGTERM: it takes no new calls and ends when those under way have; ' +
        'a second one: at once.',
    );
  addKafkaOptions(command)
    .requiredOption('--target <host:port>', 'the gRPC server that answers')
    .option(
      '--service <name>',
      "a service that is carried, package.Service; may be repeated (default: all that the target's reflection lists)",
      (name: string, before: readonly string[] = []) => [...before, name],
    )
    .addOption(countOption('--concurrency <n>', 'how many calls run at once; more wait in Kafka (default: 1024)'))
    .option('--wait-for-ready', 'let calls wait for a target that is not there, where they do not say themselves')
    .addOption(
      durationOption(
        '--target-timeout <time>',
        'how long a target is waited for whose reflection is asked (default: 60s)',
      ),
    )
    .addOption(maxMessageBytesOption());
  addCallLogOptions(addTelemetryOptions(addTargetTlsOptions(command)))
    .addHelpText(
      'after',
      '\nExample:\n  $ wherry egress --brokers localhost:9092 --target 127.0.0.1:9000 --service routeguide.RouteGuide',
    )
    .action(async (flags: EgressFlags) => {
      const logger = await createLogger(flags);
      return serveUntilStopped(logger, () => runEgress(flags, logger));
    });
}

function runEgress(flags: EgressFlags, logger: Logger) {
  const { target, service, targetTimeout, concurrency, waitForReady, maxMessageBytes } = flags;
  return withTelemetry(flags, 'wherry-egress', callLogOptions(flags, logger), async (instrumentation) => {
    const egress = await openWithOptions(() =>
      createEgress({
        ...kafkaOptions(flags),
        ...targetCredentials(flags),
        target,
        services: service,
        targetTimeoutMs: targetTimeout,
        concurrency,
        waitForReady,
        maxReceiveMessageLength: maxMessageBytes,
        logger,
        instrumentation,
      }),
    );
    process.stdout.write(`egress carries ${egress.services.join(', ')} to ${egress.target}\n`);
    return egress;
  });
}
