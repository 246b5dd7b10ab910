import { Metadata, status as Status, type StatusObject } from '@grpc/grpc-js';
import { createChannel, type WherryChannel } from '@wherry/client';
import { atDeadline } from '@wherry/endpoint/internal';
import type { OpenTelemetry } from '@wherry/otel';
import { type CallOutput, JsonOutput, processLines, TextOutput } from '../call/call-output.js';
import { makeCall } from '../call/make-call.js';
import { findMethod, type Method, type MethodName, parseMethodName, refuseService } from '../call/method.js';
import { readProtos } from '../call/proto-files.js';
import { observeRecords } from '../call/record-events.js';
import { openRequests, type Requests } from '../call/requests.js';
import { nobodyServes, servedTypes, untilServed } from '../call/served-types.js';
import { listOrDescribe } from '../call/show-types.js';
import { statusDetails } from '../call/status-details.js';
import { openWithOptions, statusExitCode, UsageError } from '../errors.js';
import { type KafkaFlags, kafkaOptions } from '../options/kafka-options.js';
import type { TelemetryFlags } from '../options/telemetry-options.js';
import { StopSignals } from '../stop-signals.js';
import { traced } from '../telemetry.js';

/** The flags of `wherry call`. */
export interface CallFlags extends KafkaFlags, Pick<TelemetryFlags, 'otlp'> {
  readonly data: string | undefined;
  readonly list: boolean | undefined;
  readonly describe: boolean | undefined;
  readonly proto: readonly string[] | undefined;
  readonly importPath: readonly string[] | undefined;
  readonly header: Metadata | undefined;
  readonly metadata: Metadata | undefined;
  readonly deadline: number | undefined;
  readonly waitForReady: boolean | undefined;
  readonly discovery: boolean;
  readonly maxMessageBytes: number | undefined;
  readonly json: boolean | undefined;
  readonly verbose: boolean | undefined;
}

export async function runCall(text: string | undefined, flags: CallFlags): Promise<void> {
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
  // Errors in local files and in the request are reported before anything connects.
  const method = protos === undefined ? undefined : findMethod(protos, name);
  const requests = method === undefined ? undefined : await openRequests(method, flags.data);
  try {
    const status = await traced(flags, 'wherry-call', (instrumentation) =>
      callOnce(name, method, requests, flags, instrumentation),
    );
    process.exitCode = statusExitCode(status.code);
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

/** How a call ended. */
interface Ended {
  readonly status: StatusObject;
  /** The method that was called; undefined if nobody serves it. */
  readonly method: Method | undefined;
  /** When the status came, by `performance.now()`. */
  readonly at: number;
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
  const began = performance.now();
  const ended = await withChannel(flags, { output, instrumentation }, async (channel): Promise<Ended> => {
    output.begin(channel.inbox.topic, performance.now() - began);
    const deadline = flags.deadline === undefined ? Number.POSITIVE_INFINITY : Date.now() + flags.deadline;
    const unserved = await findWorker(name, channel, flags, deadline, signals.stop);
    if (unserved !== undefined) return { status: unserved, method: undefined, at: performance.now() };
    const method = known ?? findMethod(servedTypes(channel.services, name.service), name);
    const requests = opened ?? (await openRequests(method, flags.data));
    try {
      const status = await makeCall({
        channel,
        method,
        metadata: callMetadata(flags),
        deadline,
        messages: requests.messages,
        signal: signals.stop,
        onHeaders: (headers) => output.headers(headers),
        onReply: (reply) => output.message(reply),
      });
      return { status, method, at: performance.now() };
    } finally {
      requests.close();
    }
  });
  const { status, method, at } = ended;
  if (!signals.unread) output.status(status, method && statusDetails(status.metadata, method.types), at);
  return status;
}

/**
 * Asks the registry whether anybody serves the service. With --wait-for-ready it waits for a worker, until the deadline or `stop`.
 *
 * @returns the status of the call if nobody serves the service; undefined if somebody does, or the registry does not tell.
 */
async function findWorker(
  name: MethodName,
  { services }: WherryChannel,
  { waitForReady }: CallFlags,
  deadline: number,
  stop: AbortSignal,
): Promise<StatusObject | undefined> {
  await services.ready();
  refuseService(name, services.names);
  const expired = new AbortController();
  const stopTimer = atDeadline(deadline, () => expired.abort());
  const ended = AbortSignal.any([stop, expired.signal]);
  await services.certain(name.service, ended);
  if (waitForReady && services.known) await untilServed(services, name.service, ended);
  stopTimer();
  if (!services.known || services.instances(name.service) > 0) return undefined;
  const code = stop.aborted ? Status.CANCELLED : expired.signal.aborted ? Status.DEADLINE_EXCEEDED : Status.UNAVAILABLE;
  return { code, details: nobodyServes(name.service, services), metadata: new Metadata() };
}

function callMetadata({ header, metadata, waitForReady }: CallFlags): Metadata {
  const all = new Metadata(waitForReady ? { waitForReady: true } : {});
  for (const given of [header, metadata]) if (given !== undefined) all.merge(given);
  return all;
}

/** Connects, calls `use`, and closes. The output has all records of the call when this settles. */
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
