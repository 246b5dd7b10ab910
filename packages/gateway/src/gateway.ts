import { type ServerCredentials, status as Status } from '@grpc/grpc-js';
import type { ChannelOptions, WherryChannel } from '@wherry/client';
import { openChannel } from '@wherry/client/internal';
import type { Logger } from '@wherry/endpoint';
import { consoleLogger, defaultDrainTimeoutMs, listOf, notDrained, within } from '@wherry/endpoint/internal';
import { checkGatewayLimits, type GatewayLimits } from './gateway-limits.js';
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
  /** Limits of what clients can do, whoever they are. Each has a default. */
  readonly limits?: GatewayLimits | undefined;
  /** Follows the calls, over HTTP/2 and over Kafka: `openTelemetry()` of @wherry/otel. Default: no calls are followed. */
  readonly instrumentation?: GatewayInstrumentation | readonly GatewayInstrumentation[] | undefined;
}

/** Takes calls over HTTP/2 from gRPC clients in any language, and carries them over Kafka. Made by {@link createGateway}. */
export interface Gateway extends AsyncDisposable {
  /** The address that it listens at, with the port that it got: `127.0.0.1:50051`. */
  readonly address: string;
  /** The channel that its calls go through. */
  readonly channel: WherryChannel;
  /**
   * Takes no new calls, lets those under way end, and closes. After `drainTimeoutMs` it gives up the calls that have not ended.
   *
   * @returns how many calls it gave up.
   */
  drain(): Promise<number>;
  /** Ends the calls under way with UNAVAILABLE, and closes. Harmless when repeated. */
  close(): Promise<void>;
}

/**
 * Connects to Kafka and listens. If it fails, it leaves nothing open.
 *
 * @throws TypeError for a wrong option; Error if the certificate or the key of `credentials` is wrong; LogError if Kafka cannot be
 * reached; Error if `listen` cannot be listened at: its port is in use or not permitted, or its host is not this machine's.
 */
export async function createGateway(given: GatewayOptions): Promise<Gateway> {
  const logger = given.logger ?? consoleLogger('gateway');
  const options = { ...given, logger };
  const address = parseListenAddress(options.listen ?? '127.0.0.1:50051');
  const createServer = http2ServerFactory(options.credentials);
  const limits = checkGatewayLimits(options.limits);
  const channel = await openChannel(options, undefined, Status.UNIMPLEMENTED);
  let own: OwnServices | undefined;
  try {
    // So reflection and health give correct answers from the first call.
    await channel.services.ready();
    await channel.services.certain();
    own = new OwnServices(channel, options);
    const relay = followInbound(relayTo(channel, options), listOf(options.instrumentation));
    const server = await GrpcServer.listen(own.before(relay), {
      address,
      createServer,
      limits,
      messages: {
        maxReceiveMessageLength: options.maxReceiveMessageLength ?? 4 * 1024 * 1024,
        maxSendMessageLength: options.maxSendMessageLength ?? -1,
      },
    });
    return new RunningGateway(`${address.host}:${server.port}`, options, channel, server, own);
  } catch (error) {
    own?.drain();
    await channel.close();
    throw error;
  }
}

class RunningGateway implements Gateway {
  readonly #server: GrpcServer;
  readonly #own: OwnServices;
  readonly #logger: Logger;
  readonly #drainTimeoutMs: number;

  constructor(
    readonly address: string,
    {
      logger,
      drainTimeoutMs = defaultDrainTimeoutMs,
    }: Pick<GatewayOptions, 'drainTimeoutMs'> & { readonly logger: Logger },
    readonly channel: WherryChannel,
    server: GrpcServer,
    own: OwnServices,
  ) {
    this.#server = server;
    this.#own = own;
    this.#logger = logger;
    this.#drainTimeoutMs = drainTimeoutMs;
  }

  async drain(): Promise<number> {
    const drained = this.#server.drain();
    this.#own.drain();
    let givenUp = 0;
    if (!(await within(drained, this.#drainTimeoutMs))) {
      givenUp = this.#server.callsUnderWay;
      if (givenUp > 0) this.#logger.warn(notDrained(givenUp, this.#drainTimeoutMs));
    }
    await this.close();
    return givenUp;
  }

  async close(): Promise<void> {
    this.#own.drain();
    await this.channel.close();
    await this.#server.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.drain();
  }
}
