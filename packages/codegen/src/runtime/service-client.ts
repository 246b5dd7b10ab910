import {
  Channel,
  type ChannelCredentials,
  type ChannelInterface,
  type ChannelOptions,
  credentials,
} from '@grpc/grpc-js';

/** The base class of generated clients. */
export class ServiceClient {
  protected readonly channel: ChannelInterface;
  readonly #owned: boolean;

  /**
   * @param channel a grpc-js channel, Wherry's or another, or the address of a gRPC server. If you pass a channel, you have to close it
   *   yourself. If you pass an address, the client opens its own channel.
   * @param channelCredentials credentials for an address. Default: insecure, in plain text.
   * @param options grpc-js's channel options, for an address.
   */
  constructor(
    channel: ChannelInterface | string,
    channelCredentials?: ChannelCredentials,
    options: ChannelOptions = {},
  ) {
    this.#owned = typeof channel === 'string';
    this.channel =
      typeof channel === 'string'
        ? new Channel(channel, channelCredentials ?? credentials.createInsecure(), options)
        : channel;
  }

  /** Closes the channel if this client opened it for an address. Calls under way then fail. */
  close(): void {
    if (this.#owned) this.channel.close();
  }
}
