import type { ServerCredentials } from '@grpc/grpc-js';
import { type ChannelOptions, createChannel, type WherryChannel } from '@wherry/client';
import { listOf } from '@wherry/endpoint/internal';
import { GrpcServer } from './grpc-server.js';
import { followInbound, type GatewayInstrumentation } from './instrumentation.js';
import { parseListenAddress } from './listen.js';
import { OwnServices, type OwnServicesOptions } from './own-services.js';
import { type RelayOptions, relayTo } from './relay.js';
import { http2ServerFactory } from './server-credentials.js';

/** The options of {@link createGateway}. Only `brokers` is needed. */
export interface GatewayOptions extends ChannelOptions, RelayOptions, OwnServicesOptions {
  /**
   * The address that the gateway listens at for gRPC over HTTP/2: `HOST:PORT`, with port 0 for any free port. An IPv6 address stands in
   * brackets. Default `127.0.0.1:50051`.
   */
  readonly listen?: string | undefined;
  /** TLS between clients and the gateway: `ServerCredentials.createSsl(…)` of grpc-js. Default: without TLS. */
  readonly credentials?: ServerCredentials | undefined;
  /** Follows the calls, over HTTP/2 and over Kafka: `openTelemetry()` of @wherry/otel. Default: no calls are followed. */
  readonly instrumentation?: GatewayInstrumentation | readonly GatewayInstrumentation[] | undefined;
}

/** Takes calls over HTTP/2 from gRPC clients in any language, and carries them over Kafka. Made by {@link createGateway}. */
export interface Gateway extends AsyncDisposable {
  /** The address that it listens at, with the port that it got: `127.0.0.1:50051`. */
  readonly address: string;
  /** The channel that its calls go through. */
  readonly channel: WherryChannel;
  /** Takes no new calls, lets those under way end, and closes. */
  drain(): Promise<void>;
  /** Ends the calls under way with UNAVAILABLE, and closes. Harmless when repeated. */
  close(): Promise<void>;
}

/**
 * Connects to Kafka and listens. If it fails, it leaves nothing open.
 *
 * @throws TypeError for a wrong option; Error if the certificate or the key of `credentials` is wrong; LogError if Kafka cannot be
 * reached; Error if `listen` cannot be listened at: its port is in use or not permitted, or its host is not this machine's.
 */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const address = parseListenAddress(options.listen ?? '127.0.0.1:50051');
  const createServer = http2ServerFactory(options.credentials);
  const channel = await createChannel(options);
  let own: OwnServices | undefined;
  try {
    // So reflection and health give correct answers from the first call.
    await channel.services.ready();
    own = new OwnServices(channel, options);
    const relay = followInbound(relayTo(channel, options), listOf(options.instrumentation));
    const server = await GrpcServer.listen(own.before(relay), {
      address,
      createServer,
      limits: {
        maxReceiveMessageLength: options.maxReceiveMessageLength ?? 4 * 1024 * 1024,
        maxSendMessageLength: options.maxSendMessageLength ?? -1,
      },
    });
    return new RunningGateway(`${address.host}:${server.port}`, channel, server, own);
  } catch (error) {
    own?.drain();
    await channel.close();
    throw error;
  }
}

class RunningGateway implements Gateway {
  readonly #server: GrpcServer;
  readonly #own: OwnServices;

  constructor(
    readonly address: string,
    readonly channel: WherryChannel,
    server: GrpcServer,
    own: OwnServices,
  ) {
    this.#server = server;
    this.#own = own;
  }

  async drain(): Promise<void> {
    const drained = this.#server.drain();
    this.#own.drain();
    await drained;
    await this.channel.close();
  }

  async close(): Promise<void> {
    this.#own.drain();
    await this.channel.close();
    await this.#server.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.drain();
  }
}
