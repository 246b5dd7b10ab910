import type { ClientOptions, ServerInterceptingCallInterface } from '@grpc/grpc-js';

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
export type InboundListener = Parameters<InboundCall['start']>[0];

/** Takes a call to `path` (`/package.Service/Method`), with messages as bytes. */
export type CallHandler = (path: string, call: InboundCall) => void;
