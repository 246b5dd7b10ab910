import type { Metadata, StatusObject } from '@grpc/grpc-js';
import type { EndpointCounters, RecordObserver } from '@wherry/endpoint';
import type { MetadataEntries } from '@wherry/wire';

/**
 * Follows the calls of channels, for traces and metrics: @wherry/otel has one. Nothing in here may throw, and all of it
 * takes its time from the calls.
 */
export interface ClientInstrumentation {
  /** A channel is about to be opened. */
  channelMade(): ChannelHooks;
}

/** What may be asked of a channel while it is open. */
export interface InstrumentedChannel {
  /** How many calls are under way. */
  readonly callsUnderWay: number;
  /** What it met that it could not use; each only grows. */
  readonly counters: Readonly<EndpointCounters>;
  /** Records that wait for room in the client library's queue. */
  readonly recordsWaiting: number;
  /** Records in its inbox that were not read yet, as far as the last fetch told. */
  readonly inboxLag: number;
}

/** What a channel tells. */
export interface ChannelHooks {
  /** The channel is open. */
  opened?(channel: InstrumentedChannel): void;
  /** The channel is closed, or could not be opened. */
  closed?(): void;
  /** Sees each record that the channel sends or reads. */
  readonly records?: RecordObserver | undefined;
  /** A call is made. Called by whoever makes it, so in its async context; undefined: the call is not followed. */
  callMade(call: MadeCall): CallHooks | undefined;
}

/** A call that was made and has not started. */
export interface MadeCall {
  /** `/package.Service/Method`. */
  readonly method: string;
  /** Who answers: the request topic of the service, or the address of a gRPC server. */
  readonly target: string;
}

/** What a call tells, from its caller's side. */
export interface CallHooks {
  /** The call starts. Gives the metadata that it starts with in the place of these, which are the caller's own. */
  started(metadata: Metadata): Metadata;
  /** A message is sent, or delivered. */
  message(direction: 'sent' | 'received', message: unknown): void;
  /** The status is delivered, and nothing follows. */
  ended(status: StatusObject): void;
  /** Asked when the call has started: whether it need not be told of the messages that come, and of its end. */
  readonly quiet?: boolean | undefined;
  /** Runs what belongs to the caller (its listener) in the async context that the call was made in, if there was one. */
  readonly run?: ((callback: () => void) => void) | undefined;
  /**
   * A request is about to leave: frames with this id are this call's. A call that is retried or hedged has several, each
   * with as many attempts before it.
   *
   * @returns metadata that goes with it, in the place of what has the same keys.
   */
  opening?(callId: string, previousAttempts: number): MetadataEntries | undefined;
  /** Frames with this id mean nothing any more. */
  forgotten?(callId: string): void;
}
