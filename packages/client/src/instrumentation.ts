import type { Metadata, StatusObject } from '@grpc/grpc-js';
import type { EndpointCounters, RecordObserver } from '@wherry/endpoint';
import type { MetadataEntries } from '@wherry/wire';

/**
 * Watches the calls of channels, for traces and metrics. The result of `openTelemetry()` of @wherry/otel is one example. The methods must
 * not throw. They delay the calls, so they must be fast.
 */
export interface ClientInstrumentation {
  /** A channel is about to be opened. */
  channelMade(): ChannelObserver;
}

/** The state of an open channel, for metrics. */
export interface InstrumentedChannel {
  /** How many calls are under way. */
  readonly callsUnderWay: number;
  /** Counts of records and frames that the channel could not use. Each count only grows. */
  readonly counters: Readonly<EndpointCounters>;
  /** How many records wait for room in the client library's queue. */
  readonly recordsWaiting: number;
  /** How many records in the channel's inbox were not read yet, as of the last fetch. */
  readonly inboxLag: number;
}

/** Watches one channel. A channel has any number of observers. */
export interface ChannelObserver {
  /** The channel is open. */
  opened?(channel: InstrumentedChannel): void;
  /** The channel is closed, or could not be opened. */
  closed?(): void;
  /** Sees each record that the channel sends or reads. */
  readonly records?: RecordObserver | undefined;
  /**
   * Whether the observers of the channel's calls have a {@link CallObserver.propagator}. Only one observer of a channel may propagate: two
   * trace contexts would overwrite each other. Default false.
   */
  readonly propagates?: boolean | undefined;
  /**
   * A call is made. Runs in the async context of the code that makes the call. @returns undefined if the observer does not watch this call.
   */
  callMade(call: MadeCall): CallObserver | undefined;
}

/** A call that was made and has not started. */
export interface MadeCall {
  /** `/package.Service/Method`. */
  readonly method: string;
  /** The request topic of the service, or the address of a gRPC server. */
  readonly target: string;
}

/** Watches one call, at its caller. */
export interface CallObserver {
  /** The call starts, with the metadata that its caller gave. */
  started(metadata: Metadata): void;
  /** A message is sent, or delivered. */
  message(direction: 'sent' | 'received', message: unknown): void;
  /** The status is delivered. Nothing follows it. */
  ended(status: StatusObject): void;
  /** True if the observer needs neither the received messages nor the end. Read after {@link started}. Default false. */
  readonly quiet?: boolean | undefined;
  /**
   * A request is about to leave: from now on, frames with this id belong to this call. A call that is retried or hedged has several
   * requests, each with the number of attempts before it.
   */
  opening?(callId: string, previousAttempts: number): void;
  /** From now on, frames with this id belong to no call. */
  forgotten?(callId: string): void;
  /** Carries the context of the call. Present if the {@link ChannelObserver} propagates. */
  readonly propagator?: CallPropagator | undefined;
}

/** Carries the context of a call, such as its trace, to the worker and through the caller's own code. */
export interface CallPropagator {
  /** @returns the metadata that the call starts with, instead of the caller's metadata. Called after {@link CallObserver.started}. */
  inject(metadata: Metadata): Metadata;
  /**
   * Metadata that travels with each request of the call and replaces entries with the same keys. Read after {@link CallObserver.opening}.
   */
  readonly entries?: MetadataEntries | undefined;
  /** Runs the caller's listener in the async context in which the call was made. Absent if that is the root context. */
  readonly run?: ((callback: () => void) => void) | undefined;
}
