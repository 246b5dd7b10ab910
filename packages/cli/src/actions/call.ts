import { once } from 'node:events';
import type { FileRegistry } from '@bufbuild/protobuf';
import { Metadata, status as Status, type StatusObject } from '@grpc/grpc-js';
import { createChannel, type WherryChannel } from '@wherry/client';
import { ServedServices } from '@wherry/client/internal';
import { atDeadline, consoleLogger, readRegistry } from '@wherry/endpoint/internal';
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
import { openWithOptions, StoppedError, statusExitCode, UsageError } from '../errors.js';
import { logTo } from '../log-line.js';
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

const COMPONENT = 'call';
const log = logTo(COMPONENT);
/** The status message of a call that a signal ended before it was made. */
const STOPPED = 'stopped before the call was made';

export async function runCall(text: string | undefined, flags: CallFlags): Promise<void> {
  if (flags.list && flags.describe) throw new UsageError('--list and --describe do not go together');
  const protos = flags.proto === undefined ? undefined : readProtos(flags.proto, flags.importPath ?? []);
  if (flags.list || flags.describe) {
    await show(protos, text, flags);
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

/** Lists or describes. This only reads: it has no inbox, and makes no topic. */
async function show(protos: FileRegistry | undefined, symbol: string | undefined, flags: CallFlags): Promise<void> {
  if (!flags.discovery) {
    if (protos === undefined) throw new UsageError('with --no-discovery the services are not known: give --proto FILE');
    return listOrDescribe({ services: new ServedServices(undefined, log), exists: false }, protos, symbol, flags);
  }
  const { registry, close } = await openWithOptions(() =>
    readRegistry({ ...kafkaOptions(flags), logger: consoleLogger(COMPONENT) }),
  );
  try {
    const services = new ServedServices(registry, log);
    await listOrDescribe({ services, exists: registry !== undefined }, protos, symbol, flags);
  } finally {
    await close();
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
  using signals = new StopSignals(log);
  const verbose = flags.verbose ?? false;
  const output: CallOutput = flags.json ? new JsonOutput(processLines, verbose) : new TextOutput(processLines, verbose);
  const began = performance.now();
  const channel = await connect(flags, output, instrumentation, signals);
  const ended = await closing(channel, async (): Promise<Ended> => {
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
  const stopped = once(stop, 'abort');
  if (!stop.aborted) await Promise.race([services.ready(), stopped]);
  if (stop.aborted) return { code: Status.CANCELLED, details: STOPPED, metadata: new Metadata() };
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

/**
 * Connects.
 *
 * @throws StoppedError, and prints the status, if the command is stopped before it is connected.
 */
async function connect(
  flags: CallFlags,
  output: CallOutput,
  instrumentation: OpenTelemetry | undefined,
  signals: StopSignals,
): Promise<WherryChannel> {
  const observer = flags.verbose ? observeRecords((event) => output.record(event)) : undefined;
  const opening = openWithOptions(() =>
    createChannel({
      ...kafkaOptions(flags),
      discovery: flags.discovery,
      maxReceiveMessageLength: flags.maxMessageBytes,
      logger: consoleLogger(COMPONENT),
      observer,
      instrumentation,
    }),
  );
  try {
    return await signals.opened(opening, statusExitCode(Status.CANCELLED));
  } catch (error) {
    if (error instanceof StoppedError && !signals.unread) {
      const status = { code: Status.CANCELLED, details: STOPPED, metadata: new Metadata() };
      output.status(status, undefined, performance.now());
    }
    throw error;
  }
}

/** Calls `use`, and closes the channel. The output has all records of the call when this settles. */
async function closing<T>(channel: WherryChannel, use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } finally {
    await channel.close();
  }
}
