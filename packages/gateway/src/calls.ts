import type { ClientOptions, Metadata } from '@grpc/grpc-js';
import type { EndOfCall } from '@wherry/worker';
import type { BasicServerCall } from '@wherry/worker/internal';

/** The interface of a channel: what grpc-js exports as `Channel` is a class. */
export type Channel = NonNullable<ClientOptions['channelOverride']>;

/** The part of a channel that a relay needs. */
export type CallMaker = Pick<Channel, 'createCall'>;

/** A server's call with the members that a relay needs. grpc-js's server interceptors get calls with these and more members. */
export type InboundCall = BasicServerCall;

/** grpc-js does not name this type in its public interface. */
export type PartialStatus = Parameters<InboundCall['sendStatus']>[0];

/** Gets the events of an inbound call. */
export type InboundListener = Parameters<InboundCall['start']>[0] & {
  /**
   * The call ends itself with this status: its request is wrong, or its reply cannot be sent. If the listener has the call's
   * metadata already, `onCancel` follows. If not, no other event follows.
   */
  onRefused?(status: EndOfCall, metadata: Metadata): void;
};

/** Takes a call to `path` (`/package.Service/Method`), with messages as bytes. */
export type CallHandler = (path: string, call: InboundCall) => void;
