import type { Command } from 'commander';
import type { CallFlags } from '../actions/call.js';
import { addHeader, addMetadata } from '../call/metadata.js';
import { addEndpointOptions } from '../options/kafka-options.js';
import {
  append,
  argument,
  durationOption,
  maxMessageBytesOption,
  noDiscoveryOption,
} from '../options/option-parsers.js';
import { addOtlpOption } from '../options/telemetry-options.js';

const details = `
The types of a method come from the descriptors that its workers have written to the registry topic. For workers that register
none, give the .proto file with --proto. Messages are JSON, in and out. A stream of requests is several JSON objects one after
another. Each message of a stream of replies is one line, printed when it arrives. If the reader of stdout is slow, so is the
stream. Without -d, a method that takes one message gets an empty one, and a stream of requests is empty.

Exit code: 0 if the call ended OK; otherwise 64 + its status code, with one line on stderr (unless --json is set), such as
"UNAVAILABLE: the inbox was deleted". UNAVAILABLE is 14, so its exit code is 78. If nobody serves the service, the exit code
is 78 too. Ctrl-C cancels the call, and the exit code is 65. A wrong command line gives 2, and any other failure to make the
call gives 1. --list and --describe only read: they make no topic.

Examples:
  $ wherry call routeguide.RouteGuide/GetFeature --brokers localhost:9092 \\
      -d '{"latitude":409146138,"longitude":-746188906}'
  $ cat notes.json | wherry call routeguide.RouteGuide/RouteChat --brokers localhost:9092 -H 'tenant: acme' -d @-
  $ wherry call --list --brokers localhost:9092
  $ wherry call --describe routeguide.RouteGuide --brokers localhost:9092`;

/** Adds `wherry call`, which makes one call from the command line. */
export function addCall(program: Command): void {
  const command = program
    .command('call')
    .summary('make one call, with JSON in and out')
    .description('Make one gRPC call over Kafka, with JSON in and out.')
    .argument(
      '[method]',
      'the method, as package.Service/Method; --list takes a service here, --describe a service, method or type',
    );
  addOtlpOption(addEndpointOptions(command))
    .option('-d, --data <json>', 'the request: JSON, @FILE, or @- for standard input')
    .option(
      '--list',
      'list the services that have workers (with --proto: those of the .proto files), or the methods of one service',
    )
    .option('--describe', 'show a service, a method or one of their types, as in a .proto file')
    .option('--proto <file>', 'a .proto file that has the service; may be repeated', append)
    .option('--import-path <dir>', 'a folder to search for .proto files and their imports; may be repeated', append)
    .option(
      '-H, --header <name: value>',
      'metadata to send with the call; base64 if the name ends in -bin; may be repeated',
      argument(addHeader),
    )
    .option('--metadata <key=value>', 'the same in the form key=value', argument(addMetadata))
    .addOption(
      durationOption(
        '--timeout, --deadline <time>',
        'how long the call may take after Kafka is connected, including the wait for a worker (default: no limit)',
      ),
    )
    .option('--wait-for-ready', 'wait for a worker if nobody serves the service yet')
    .addOption(noDiscoveryOption())
    .addOption(maxMessageBytesOption())
    .option(
      '--json',
      'print headers, messages and status on stdout, one JSON object a line, with "type" and "elapsedMs"',
    )
    .option(
      '-v, --verbose',
      'print on stderr (with --json, on stdout): metadata, status details, and the topic, partition, offset and time of each record',
    )
    .addHelpText('after', details)
    .action(async (method: string | undefined, flags: CallFlags) =>
      (await import('../actions/call.js')).runCall(method, flags),
    );
}
