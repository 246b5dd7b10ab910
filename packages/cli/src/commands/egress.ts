import { type Command, Option } from 'commander';
import type { EgressFlags } from '../actions/egress.js';
import { addEndpointOptions } from '../options/kafka-options.js';
import { addCallLogOptions } from '../options/log-options.js';
import {
  addRequiredOption,
  append,
  countOption,
  drainTimeoutOption,
  durationOption,
  maxMessageBytesOption,
} from '../options/option-parsers.js';
import { addTargetTlsOptions } from '../options/target-options.js';
import { addTelemetryOptions } from '../options/telemetry-options.js';

/** Adds `wherry egress`, which puts Kafka in front of an existing gRPC server. */
export function addEgress(program: Command): void {
  const command = program
    .command('egress')
    .summary('take calls from Kafka and make them on an existing gRPC server')
    .description(
      'Take calls from Kafka and make them on an existing gRPC server, in any language. When it is ready, it prints the ' +
        'services that it carries. On SIGINT or SIGTERM it takes no new calls, finishes those under way and ends; ' +
        'on a second signal it ends at once.',
    );
  addRequiredOption(
    addEndpointOptions(command),
    new Option('--target <host:port>', 'address of the gRPC server that answers the calls'),
  )
    .option(
      '--service <name>',
      "a service to carry, package.Service; may be repeated (default: all that the target's reflection lists, except reflection and health)",
      append,
    )
    .addOption(
      countOption(
        '--concurrency <n>',
        'how many calls may run at once; others wait in memory or in Kafka (default: 1024)',
      ),
    )
    .option('--wait-for-ready', 'let calls wait for a target that does not answer, unless the call says otherwise')
    .addOption(
      durationOption('--target-timeout <time>', 'how long to wait for the reflection of the target (default: 60s)'),
    )
    .addOption(maxMessageBytesOption())
    .addOption(drainTimeoutOption());
  addCallLogOptions(addTelemetryOptions(addTargetTlsOptions(command)))
    .addHelpText(
      'after',
      '\nExample:\n  $ wherry egress --brokers localhost:9092 --target 127.0.0.1:9000 --service routeguide.RouteGuide',
    )
    .action(async (flags: EgressFlags) => (await import('../actions/egress.js')).runEgress(flags));
}
