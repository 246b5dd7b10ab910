import { Metadata, status as Status, type StatusObject } from '@grpc/grpc-js';
import { createChannel } from '@wherry/client';
import type { OpenTelemetry } from '@wherry/otel';
import type { Command } from 'commander';
import { makeCall } from '../call/make-call.js';
import { addMetadata, metadataLines } from '../call/metadata.js';
import { loadMethod, type Method, type MethodName, parseMethodName } from '../call/method.js';
import { RecordPrinter } from '../call/record-printer.js';
import { openRequests, type Requests } from '../call/requests.js';
import { oneLine, openWithOptions, UsageError } from '../errors.js';
import {
  addKafkaOptions,
  argument,
  durationOption,
  type KafkaFlags,
  kafkaOptions,
  maxMessageBytesOption,
  noDiscoveryOption,
} from '../options.js';
import { StopSignals } from '../stop-signals.js';
import { addOtlpOption, type TelemetryFlags, traced } from '../telemetry.js';

interface CallFlags extends KafkaFlags, Pick<TelemetryFlags, 'otlp'> {
  readonly data: string | undefined;
  readonly proto: string[] | undefined;
  readonly importPath: string[] | undefined;
  readonly metadata: Metadata | undefined;
  readonly deadline: number | undefined;
  readonly waitForReady: boolean | undefined;
  readonly discovery: boolean;
  readonly maxMessageBytes: number | undefined;
  readonly verbose: boolean | undefined;
}

/** Added to a gRPC status code, it is the exit code: above those of failures that are not the call's. */
const STATUS_EXIT_CODE = 64;

const details = `
Messages are JSON, in and out. A stream of requests is several JSON objects one after another; a stream of replies is
a line each as it comes. Without -d a method that takes one message gets an empty one, and a stream of requests is empty.

Exit code: 0 when the call ended OK, else 64 + its status code (UNAVAILABLE is 14: 78), with one line on stderr such as
"UNAVAILABLE: nobody serves pkg.Service"; 2 for a wrong command line; 1 for what else keeps the call from being made.

Examples:
  $ wherry call routeguide.RouteGuide/GetFeature --brokers localhost:9092 --proto route_guide.proto \\
      -d '{"latitude":409146138,"longitude":-746188906}'
  $ cat notes.json | wherry call routeguide.RouteGuide/RouteChat --brokers localhost:9092 --proto route_guide.proto -d @-`;

/** `wherry call`: one call from the command line. */
export function addCall(program: Command): void {
  const append = (value: string, before: string[] = []): string[] => [...before, value];
  const command = program
    .command('call')
    .summary('make one call, with JSON in and out')
    .description('Make one gRPC call over Kafka, with JSON in and out.')
    .argument('<method>', 'package.Service/Method', argument(parseMethodName));
  addOtlpOption(addKafkaOptions(command))
    .option('-d, --data <json>', 'the request: JSON, @FILE, or @- for standard input')
    .option('--proto <file>', 'a .proto file that has the service; may be repeated', append)
    .option('--import-path <dir>', 'where .proto files and what they import are looked for; may be repeated', append)
    .option(
      '--metadata <key=value>',
      'sent with the call; base64 for a key in -bin; may be repeated',
      argument(addMetadata),
    )
    .addOption(durationOption('--deadline <time>', 'how long the call may take, once connected (default: for ever)'))
    .option('--wait-for-ready', 'wait for a worker where nobody serves the service yet')
    .addOption(noDiscoveryOption())
    .addOption(maxMessageBytesOption())
    .option('-v, --verbose', 'show on stderr which topics and partitions the records crossed and when, and metadata')
    .addHelpText('after', details)
    .action(runCall);
}

async function runCall(name: MethodName, flags: CallFlags): Promise<void> {
  if (flags.proto === undefined) {
    throw new UsageError(`the .proto file that has ${name.service} is needed: --proto FILE`);
  }
  const method = loadMethod(name, flags.proto, flags.importPath ?? []);
  const requests = await openRequests(method, flags.data);
  try {
    const status = await traced(flags, 'wherry-call', (instrumentation) =>
      callOnce(method, requests, flags, instrumentation),
    );
    process.exitCode = status.code === Status.OK ? 0 : STATUS_EXIT_CODE + status.code;
  } finally {
    requests.close();
  }
}

async function callOnce(
  method: Method,
  { messages }: Requests,
  flags: CallFlags,
  instrumentation: OpenTelemetry | undefined,
): Promise<StatusObject> {
  using signals = new StopSignals();
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const printer = flags.verbose ? new RecordPrinter(say) : undefined;
  const metadata = flags.metadata ?? new Metadata();
  if (flags.waitForReady) metadata.setOptions({ waitForReady: true });
  const unread = new AbortController();
  process.stdout.once('error', () => unread.abort());
  const began = performance.now();
  const channel = await openWithOptions(() =>
    createChannel({
      ...kafkaOptions(flags),
      discovery: flags.discovery,
      maxReceiveMessageLength: flags.maxMessageBytes,
      observer: printer,
      instrumentation,
    }),
  );
  try {
    printer?.begin();
    printer?.print(`connected after ${(performance.now() - began).toFixed(0)} ms; inbox ${channel.inbox.topic}`);
    const status = await makeCall({
      channel,
      method,
      metadata,
      deadline: flags.deadline === undefined ? Number.POSITIVE_INFINITY : Date.now() + flags.deadline,
      messages,
      signal: AbortSignal.any([signals.stop, unread.signal]),
      onHeaders: (headers) => printMetadata(printer, 'header', headers),
      onReply: (reply) => void process.stdout.write(`${JSON.stringify(reply)}\n`),
    });
    printMetadata(printer, 'trailer', status.metadata);
    printer?.print(Status[status.code] ?? String(status.code));
    if (status.code !== Status.OK) say(oneLine(`${Status[status.code] ?? status.code}: ${status.details}`));
    return status;
  } finally {
    await channel.close();
  }
}

function printMetadata(printer: RecordPrinter | undefined, what: string, metadata: Metadata): void {
  if (printer !== undefined) for (const line of metadataLines(metadata)) printer.print(`${what} ${line}`);
}
