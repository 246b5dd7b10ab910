import { Metadata, status as Status, type StatusObject } from '@grpc/grpc-js';
import { createChannel, type WherryChannel } from '@wherry/client';
import { atDeadline } from '@wherry/endpoint/internal';
import type { OpenTelemetry } from '@wherry/otel';
import type { Command } from 'commander';
import { type CallOutput, JsonOutput, processLines, TextOutput } from '../call/call-output.js';
import { makeCall } from '../call/make-call.js';
import { addHeader, addMetadata } from '../call/metadata.js';
import { findMethod, type Method, type MethodName, parseMethodName, refuseService } from '../call/method.js';
import { readProtos } from '../call/proto-files.js';
import { observeRecords } from '../call/record-events.js';
import { openRequests, type Requests } from '../call/requests.js';
import { servedTypes } from '../call/served-types.js';
import { listOrDescribe } from '../call/show-types.js';
import { statusDetails } from '../call/status-details.js';
import { openWithOptions, UsageError } from '../errors.js';
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
  readonly list: boolean | undefined;
  readonly describe: boolean | undefined;
  readonly proto: string[] | undefined;
  readonly importPath: string[] | undefined;
  readonly header: Metadata | undefined;
  readonly metadata: Metadata | undefined;
  readonly deadline: number | undefined;
  readonly waitForReady: boolean | undefined;
  readonly discovery: boolean;
  readonly maxMessageBytes: number | undefined;
  readonly json: boolean | undefined;
  readonly verbose: boolean | undefined;
}

/** Added to a gRPC status code, it is the exit code: above those of failures that are not the call's. */
const STATUS_EXIT_CODE = 64;

const details = `
What the method takes and gives is known from its workers' descriptors, which the registry topic has; --proto is for workers
that register none. Messages are JSON, in and out. A stream of requests is several JSON objects one after another; a stream
of replies is a line each as it comes, read no faster than they are taken. Without -d a method that takes one message gets an
empty one, and a stream of requests is empty.

Exit code: 0 when the call ended OK, else 64 + its status code (UNAVAILABLE is 14: 78), with one line on stderr such as
"UNAVAILABLE: the inbox was deleted"; 2 for a wrong command line; 1 for what else keeps the call from being made, such as a
service that nobody serves. Ctrl-C cancels the call: 65.

Examples:
  $ wherry call routeguide.RouteGuide/GetFeature --brokers localhost:9092 \\
      -d '{"latitude":409146138,"longitude":-746188906}'
  $ cat notes.json | wherry call routeguide.RouteGuide/RouteChat --brokers localhost:9092 -H 'tenant: acme' -d @-
  $ wherry call --list --brokers localhost:9092
  $ wherry call --describe routeguide.RouteGuide --brokers localhost:9092`;

/** `wherry call`: one call from the command line. */
export function addCall(program: Command): void {
  const append = (value: string, before: string[] = []): string[] => [...before, value];
  const command = program
    .command('call')
    .summary('make one call, with JSON in and out')
    .description('Make one gRPC call over Kafka, with JSON in and out.')
    .argument('[method]', 'package.Service/Method; for --list and --describe a service, and for the latter any type');
  addOtlpOption(addKafkaOptions(command))
    .option('-d, --data <json>', 'the request: JSON, @FILE, or @- for standard input')
    .option('--list', 'list the services that are served, or the methods of the one that is given')
    .option('--describe', 'show a service, a method, or a type of theirs, as a .proto file has it')
    .option('--proto <file>', 'a .proto file that has the service; may be repeated', append)
    .option('--import-path <dir>', 'where .proto files and what they import are looked for; may be repeated', append)
    .option(
      '-H, --header <name: value>',
      'metadata sent with the call; base64 for a name in -bin; may be repeated',
      argument(addHeader),
    )
    .option('--metadata <key=value>', 'the same as key=value', argument(addMetadata))
    .addOption(
      durationOption('--timeout, --deadline <time>', 'how long the call may take, once connected (default: for ever)'),
    )
    .option('--wait-for-ready', 'wait for a worker where nobody serves the service yet')
    .addOption(noDiscoveryOption())
    .addOption(maxMessageBytesOption())
    .option('--json', 'headers, messages and status as JSON objects on stdout, one a line, with "type" and "elapsedMs"')
    .option(
      '-v, --verbose',
      'show metadata, status details, and which topics, partitions and offsets the records crossed, and when; on stderr',
    )
    .addHelpText('after', details)
    .action(runCall);
}

async function runCall(text: string | undefined, flags: CallFlags): Promise<void> {
  if (flags.list && flags.describe) throw new UsageError('--list and --describe do not go together');
  const protos = flags.proto === undefined ? undefined : readProtos(flags.proto, flags.importPath ?? []);
  if (flags.list || flags.describe) {
    await withChannel(flags, {}, (channel) => listOrDescribe(channel.services, protos, text, flags));
    return;
  }
  const name = methodName(text);
  if (protos === undefined && !flags.discovery) {
    throw new UsageError(`with --no-discovery the .proto file that has ${name.service} is needed: --proto FILE`);
  }
  // What is wrong with what is here is said before anything is connected.
  const method = protos === undefined ? undefined : findMethod(protos, name);
  const requests = method === undefined ? undefined : await openRequests(method, flags.data);
  try {
    const status = await traced(flags, 'wherry-call', (instrumentation) =>
      callOnce(name, method, requests, flags, instrumentation),
    );
    process.exitCode = status.code === Status.OK ? 0 : STATUS_EXIT_CODE + status.code;
  } finally {
    requests?.close();
  }
}

function methodName(text: string | undefined): MethodName {
  if (text === undefined) throw new UsageError("missing required argument 'method': package.Service/Method");
  try {
    return parseMethodName(text);
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

async function callOnce(
  name: MethodName,
  known: Method | undefined,
  opened: Requests | undefined,
  flags: CallFlags,
  instrumentation: OpenTelemetry | undefined,
): Promise<StatusObject> {
  using signals = new StopSignals();
  const verbose = flags.verbose ?? false;
  const output: CallOutput = flags.json ? new JsonOutput(processLines, verbose) : new TextOutput(processLines, verbose);
  const unread = new AbortController();
  process.stdout.once('error', () => unread.abort());
  const began = performance.now();
  const ended = await withChannel(flags, { output, instrumentation }, async (channel) => {
    output.begin(channel.inbox.topic, performance.now() - began);
    const deadline = flags.deadline === undefined ? Number.POSITIVE_INFINITY : Date.now() + flags.deadline;
    const method = known ?? (await servedMethod(name, channel, flags, deadline, signals.stop));
    if (method === undefined)
      return { status: neverServed(name, signals.stop.aborted), types: undefined, at: performance.now() };
    const requests = opened ?? (await openRequests(method, flags.data));
    try {
      const status = await makeCall({
        channel,
        method,
        metadata: callMetadata(flags),
        deadline,
        messages: requests.messages,
        signal: AbortSignal.any([signals.stop, unread.signal]),
        onHeaders: (headers) => output.headers(headers),
        onReply: (reply) => output.message(reply),
      });
      return { status, types: method.types, at: performance.now() };
    } finally {
      requests.close();
    }
  });
  const { status, types, at } = ended;
  output.status(status, types && statusDetails(status.metadata, types), at);
  return status;
}

/** Its types as its workers registered them; undefined where they were waited for until the deadline or `stop`. */
async function servedMethod(
  name: MethodName,
  { services }: WherryChannel,
  { waitForReady }: CallFlags,
  deadline: number,
  stop: AbortSignal,
): Promise<Method | undefined> {
  const expired = new AbortController();
  const stopTimer = atDeadline(deadline, () => expired.abort());
  try {
    const patience = AbortSignal.any([stop, expired.signal]);
    await services.ready();
    refuseService(name, services.names);
    const types = await servedTypes(services, name.service, waitForReady ? patience : undefined);
    return types && findMethod(types, name);
  } finally {
    stopTimer();
  }
}

function neverServed({ service }: MethodName, cancelled: boolean): StatusObject {
  const code = cancelled ? Status.CANCELLED : Status.DEADLINE_EXCEEDED;
  return { code, details: `nobody serves ${service} yet`, metadata: new Metadata() };
}

function callMetadata({ header, metadata, waitForReady }: CallFlags): Metadata {
  const all = new Metadata(waitForReady ? { waitForReady: true } : {});
  for (const given of [header, metadata]) if (given !== undefined) all.merge(given);
  return all;
}

/** Connects, and closes behind `use`. What is still to be told of records is told before this settles. */
async function withChannel<T>(
  flags: CallFlags,
  { output, instrumentation }: { output?: CallOutput; instrumentation?: OpenTelemetry | undefined },
  use: (channel: WherryChannel) => Promise<T>,
): Promise<T> {
  const observer = output && flags.verbose ? observeRecords((event) => output.record(event)) : undefined;
  const channel = await openWithOptions(() =>
    createChannel({
      ...kafkaOptions(flags),
      discovery: flags.discovery,
      maxReceiveMessageLength: flags.maxMessageBytes,
      observer,
      instrumentation,
    }),
  );
  try {
    return await use(channel);
  } finally {
    await channel.close();
  }
}
