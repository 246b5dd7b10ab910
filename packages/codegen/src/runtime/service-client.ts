import {
  Channel,
  type ChannelCredentials,
  type ChannelInterface,
  type ChannelOptions,
  credentials,
} from '@grpc/grpc-js';

/** What generated clients have in common. */
export class ServiceClient {
  protected readonly channel: ChannelInterface;
  readonly #owned: boolean;

  /**
   * @param channel a grpc-js channel, Wherry's or another, which stays its maker's to close; or the address of a gRPC
   *   server, for a channel of this client's own.
   * @param channelCredentials for an address. Default: none, in plain text.
   * @param options of grpc-js, for an address.
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

  /** Closes the channel, where this client made it for an address. Calls under way fail. */
  close(): void {
    if (this.#owned) this.channel.close();
  }
}
