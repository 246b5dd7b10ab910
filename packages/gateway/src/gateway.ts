import { type Server, ServerCredentials } from '@grpc/grpc-js';
import { type ChannelOptions, createChannel, type WherryChannel } from '@wherry/client';
import { listOf } from '@wherry/endpoint/internal';
import { serverForAnyMethod } from './any-method-server.js';
import { followInbound, type GatewayInstrumentation } from './instrumentation.js';
import { addOwnServices, type OwnServices, type OwnServicesOptions } from './own-services.js';
import { type RelayOptions, relayTo } from './relay.js';

/** What {@link createGateway} takes. Only `brokers` is needed. */
export interface GatewayOptions extends ChannelOptions, RelayOptions, OwnServicesOptions {
  /** Where it listens for gRPC over HTTP/2: `HOST:PORT`, port 0 for any free one. Default `127.0.0.1:50051`. */
  readonly listen?: string | undefined;
  /** TLS for those who call the gateway. Default: none. */
  readonly credentials?: ServerCredentials | undefined;
  /** What follows the calls, over HTTP/2 and over Kafka: `openTelemetry()` of @wherry/otel. Default: nothing does. */
  readonly instrumentation?: GatewayInstrumentation | readonly GatewayInstrumentation[] | undefined;
}

/** A door for gRPC clients in any language: what they call over HTTP/2 crosses Kafka. Made by {@link createGateway}. */
export interface Gateway extends AsyncDisposable {
  /** Where it listens, with the port it got: `127.0.0.1:50051`. */
  readonly address: string;
  /** The channel its calls go through. */
  readonly channel: WherryChannel;
  /** Takes no new calls, lets those under way end, and closes. */
  drain(): Promise<void>;
  /** Ends the calls under way with UNAVAILABLE, and closes. Harmless when repeated. */
  close(): Promise<void>;
}

/**
 * Connects to Kafka and listens.
 *
 * @throws TypeError for a wrong option; LogError where Kafka cannot be reached; Error where `listen` cannot be bound.
 */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const listen = options.listen ?? '127.0.0.1:50051';
  const host = /^(.+):(\d+)$/.exec(listen)?.[1];
  if (host === undefined) throw new TypeError(`listen is ${JSON.stringify(listen)}; it must be HOST:PORT`);
  const channel = await createChannel(options);
  try {
    const server = serverForAnyMethod(followInbound(relayTo(channel, options), listOf(options.instrumentation)), {
      maxReceiveMessageLength: options.maxReceiveMessageLength ?? 4 * 1024 * 1024,
      maxSendMessageLength: options.maxSendMessageLength ?? -1,
    });
    // Reflection and health are right from the first call on.
    await channel.services.ready();
    const own = addOwnServices(server, channel, options);
    const port = await bind(server, listen, options.credentials ?? ServerCredentials.createInsecure());
    return new RunningGateway(`${host}:${port}`, channel, server, own);
  } catch (error) {
    await channel.close();
    throw new Error(`the gateway cannot listen on ${listen}: ${(error as Error).message}`, { cause: error });
  }
}

class RunningGateway implements Gateway {
  readonly #server: Server;
  readonly #own: OwnServices;

  constructor(
    readonly address: string,
    readonly channel: WherryChannel,
    server: Server,
    own: OwnServices,
  ) {
    this.#server = server;
    this.#own = own;
  }

  async drain(): Promise<void> {
    const shut = new Promise<void>((resolve) => this.#server.tryShutdown(() => resolve()));
    this.#own.drain();
    await shut;
    await this.channel.close();
  }

  async close(): Promise<void> {
    await this.channel.close();
    this.#server.forceShutdown();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.drain();
  }
}

function bind(server: Server, address: string, credentials: ServerCredentials): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error, port) => (error ? reject(bindError(error)) : resolve(port)));
  });
}

/** grpc-js lists what became of each address: `No address added out of total 1 resolved errors: [listen EADDRINUSE: …]`. */
function bindError(error: Error): Error {
  const [, reasons] = /errors: \[(.+)\]$/.exec(error.message) ?? [];
  return reasons === undefined ? error : new Error(reasons, { cause: error });
}
