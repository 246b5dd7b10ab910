import { ChannelCredentials, type ChannelOptions } from '@grpc/grpc-js';
import { consoleLogger, listOf } from '@wherry/endpoint/internal';
import { createWorker, type Worker, type WorkerOptions } from '@wherry/worker';
import type { Channel } from './calls.js';
import { findServices, type ServiceSource } from './find-services.js';
import { type EgressInstrumentation, followOutbound } from './instrumentation.js';
import { type RelayOptions, relayTo } from './relay.js';
import { TargetChannel } from './target-channel.js';

/** The options of {@link createEgress}. Only `brokers` and `target` are needed. */
export interface EgressOptions extends WorkerOptions, RelayOptions, ServiceSource {
  /** TLS between the egress and the server: `credentials.createSsl(…)` of grpc-js. Default: without TLS. */
  readonly credentials?: ChannelCredentials | undefined;
  /** More options of grpc-js's channel to the server, such as `grpc.ssl_target_name_override` or keepalive. */
  readonly channelOptions?: ChannelOptions | undefined;
  /** Follows the calls, over Kafka and over HTTP/2: `openTelemetry()` of @wherry/otel. Default: no calls are followed. */
  readonly instrumentation?: EgressInstrumentation | readonly EgressInstrumentation[] | undefined;
}

/** Kafka in front of an existing gRPC server: a worker whose handlers call the server. Made by {@link createEgress}. */
export interface Egress extends AsyncDisposable {
  /** The server that answers. */
  readonly target: string;
  /** The services whose calls are carried. */
  readonly services: readonly string[];
  /** The worker that takes the calls. */
  readonly worker: Worker;
  /** The channel to the server. */
  readonly channel: Channel;
  /** Takes no new calls, finishes those under way, and closes. See {@link Worker.drain}. @returns how many calls it gave up. */
  drain(): Promise<number>;
  /** Closes at once, as a worker does: see {@link Worker.close}. Harmless when repeated. */
  close(): Promise<void>;
}

/**
 * Connects to Kafka and takes calls for a gRPC server. An egress is the counterpart of a gateway. At most `concurrency` calls run at
 * once, so calls wait in Kafka while the server is slow. Each call ends with the server's status. If the server refuses connections,
 * calls end with UNAVAILABLE, but calls with wait-for-ready wait, within their deadlines. If `createEgress` fails, it leaves nothing open.
 *
 * @throws TypeError for a wrong option; LogError if Kafka cannot be reached; Error if the services are to come from the server's
 * reflection, and the server cannot be reached or does not list them.
 */
export async function createEgress(given: EgressOptions): Promise<Egress> {
  checkEgressOptions(given);
  const options = { ...given, logger: given.logger ?? consoleLogger('egress') };
  const { target } = options;
  const channel = new TargetChannel(target, options.credentials ?? ChannelCredentials.createInsecure(), {
    'grpc.max_receive_message_length': options.maxReceiveMessageLength ?? 4 * 1024 * 1024,
    'grpc.max_send_message_length': options.maxSendMessageLength ?? -1,
    // So the egress notices within seconds that the server is back. gRPC's default is two minutes.
    'grpc.max_reconnect_backoff_ms': 5000,
    ...options.channelOptions,
  });
  try {
    return await openEgress(channel, options);
  } catch (error) {
    channel.close();
    throw error;
  }
}

async function openEgress(channel: TargetChannel, options: EgressOptions): Promise<Egress> {
  const { target } = options;
  const worker = await createWorker(options);
  try {
    const services = await findServices(channel, options);
    const relay = relayTo(followOutbound(channel, target, listOf(options.instrumentation)), options);
    for (const { name, fileDescriptors } of services) worker.addGenericService(name, relay, { fileDescriptors });
    await worker.start();
    const names = services.map(({ name }) => name);
    return new RunningEgress(target, names, worker, channel);
  } catch (error) {
    await worker.close();
    throw error;
  }
}

class RunningEgress implements Egress {
  constructor(
    readonly target: string,
    readonly services: readonly string[],
    readonly worker: Worker,
    readonly channel: Channel,
  ) {}

  async drain(): Promise<number> {
    const givenUp = await this.worker.drain();
    this.channel.close();
    return givenUp;
  }

  async close(): Promise<void> {
    await this.worker.close();
    this.channel.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.drain();
  }
}

function checkEgressOptions({ target, credentials, services, targetTimeoutMs = 1 }: EgressOptions): void {
  if (typeof target !== 'string' || target === '') {
    throw new TypeError(`target is ${JSON.stringify(target)}; it must be the HOST:PORT of a gRPC server`);
  }
  if (credentials !== undefined && !(credentials instanceof ChannelCredentials)) {
    throw new TypeError('credentials must be ChannelCredentials of the same @grpc/grpc-js that the egress uses');
  }
  for (const service of services ?? []) {
    if (!/^\w+(\.\w+)*$/.test(service)) {
      throw new TypeError(`services has ${JSON.stringify(service)}; each must be package.Service`);
    }
  }
  if (services?.length === 0) throw new TypeError('services is empty; leave it out to take all that the server lists');
  if (!(Number.isInteger(targetTimeoutMs) && targetTimeoutMs > 0 && targetTimeoutMs < 2 ** 31)) {
    throw new TypeError(`targetTimeoutMs is ${targetTimeoutMs}; it must be a whole number of milliseconds above 0`);
  }
}
