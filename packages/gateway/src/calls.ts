import type { ClientOptions, Metadata, ServerInterceptingCallInterface } from '@grpc/grpc-js';
import type { EndOfCall } from '@wherry/worker';

/** grpc-js exports a class under the name of this interface. */
export type Channel = NonNullable<ClientOptions['channelOverride']>;

/** What a relay needs of a channel. */
export type CallMaker = Pick<Channel, 'createCall'>;

/** What a relay needs of a call that is made to it: the server's side of one, as grpc-js's interceptors see it. */
export type InboundCall = Pick<
  ServerInterceptingCallInterface,
  'start' | 'startRead' | 'sendMetadata' | 'sendMessage' | 'sendStatus' | 'getDeadline'
>;

/** What such a call tells whoever takes it. */
export type InboundListener = Parameters<InboundCall['start']>[0] & {
  /**
   * The call ends with this of its own accord, as what came of the request, or what it was to send, cannot be. A call that was
   * begun is cancelled then; one that was not comes to nothing else.
   */
  onRefused?(status: EndOfCall, metadata: Metadata): void;
};

/** Takes a call to `path` (`/package.Service/Method`), with messages as bytes. */
export type CallHandler = (path: string, call: InboundCall) => void;
