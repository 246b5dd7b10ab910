import {
  type ClientOptions,
  type connectivityState,
  type Deadline,
  type experimental,
  propagate as Propagate,
  type ServerUnaryCall,
  status as Status,
} from '@grpc/grpc-js';
import { type EndpointCounters, requestTopic } from '@wherry/endpoint';
import {
  CallsUnderWay,
  type Endpoint,
  type EndpointNeeds,
  type OpenLog,
  openEndpoint,
  sameInbox,
  serviceOf,
} from '@wherry/endpoint/internal';
import type { Frame, InboxAddress } from '@wherry/wire';
import { CallIds } from './call-ids.js';
import { methodDeadline } from './call-opening.js';
import { type ChannelOptions, type CheckedChannelOptions, checkChannelOptions } from './channel-options.js';
import { type CallHost, type CallParameters, ClientCall } from './client-call.js';
import { ConnectivityWatch } from './connectivity-watch.js';
import type { ChannelObserver, InstrumentedChannel } from './instrumentation.js';
import { MethodSettingsTable } from './method-settings.js';
import { observeCall } from './observe-call.js';
import { observeChannel } from './observe-together.js';
import { inheritedDeadline } from './parent-call.js';
import type { CallPolicy } from './retry/policies.js';
import { type RetryHost, RetryingCall } from './retry/retrying-call.js';
import { Routes } from './routes.js';
import { ServedServices } from './served-services.js';
import { StrandedCalls } from './stranded-calls.js';

/**
 * Connects to Kafka and makes this caller's inbox. Any grpc-js stub takes the channel as `channelOverride`, and any number of stubs may
 * share it.
 *
 * @throws TypeError for a wrong option; LogError if Kafka cannot be reached or refuses the inbox.
 */
export function createChannel(options: ChannelOptions): Promise<WherryChannel> {
  return openChannel(options);
}

/**
 * As {@link createChannel}, on any log.
 *
 * @param neverServed the status of calls to services that were never served in the namespace.
 */
export async function openChannel(
  options: ChannelOptions,
  openLog?: OpenLog,
  neverServed = Status.UNAVAILABLE,
): Promise<WherryChannel> {
  const checked = checkChannelOptions(options);
  const observer = observeChannel(options.instrumentation);
  try {
    const observers = observer?.records === undefined ? [] : [observer.records];
    const needs: EndpointNeeds = {
      component: 'channel',
      acknowledgements: false,
      registry: checked.discovery,
      observers,
    };
    const channel = new WherryChannel(checked, await openEndpoint(options, needs, openLog), observer, neverServed);
    observer?.opened?.(channel);
    return channel;
  } catch (error) {
    observer?.closed?.();
    throw error;
  }
}

/** grpc-js exports a class under the name of this interface. */
type Channel = NonNullable<ClientOptions['channelOverride']>;
type ChannelzRef = ReturnType<Channel['getChannelzRef']>;

/** A grpc-js `Channel` whose calls cross Kafka. Made by {@link createChannel}. */
export class WherryChannel implements Channel, InstrumentedChannel, AsyncDisposable {
  readonly #target: string;
  readonly #methods: MethodSettingsTable;
  readonly #ids = new CallIds();
  readonly #endpoint: Endpoint;
  readonly #services: ServedServices;
  readonly #observer: ChannelObserver | undefined;
  readonly #connectivity = new ConnectivityWatch();
  /** Calls with one attempt, and the attempts of calls that may have several. */
  readonly #calls = new CallsUnderWay<ClientCall>();
  /** Calls that may have several attempts and are not committed to one yet. */
  readonly #retrying = new Set<RetryingCall>();
  readonly #stranded: StrandedCalls;
  readonly #callHost: CallHost;
  readonly #retryHost: RetryHost;
  #lastNumber = 0;
  #closing: Promise<void> | undefined;

  /** @internal Use {@link createChannel}. */
  constructor(
    options: CheckedChannelOptions,
    endpoint: Endpoint,
    observer: ChannelObserver | undefined,
    neverServed: Status,
  ) {
    const { limits, serviceConfig, retryIdempotent, replayBudget, throttle } = options;
    const { logger, registry } = endpoint;
    for (const warning of serviceConfig?.unused ?? []) logger.warn(warning);
    const services = new ServedServices(registry, (message) => logger.warn(message));
    const level = retryIdempotent ? (path: string) => services.methodOptions(path)?.idempotencyLevel : undefined;
    this.#target = options.target;
    this.#methods = new MethodSettingsTable(limits, serviceConfig, level);
    this.#endpoint = endpoint;
    this.#services = services;
    this.#observer = observer;
    this.#stranded = new StrandedCalls(endpoint.log, () => this.#calls.values());
    this.#callHost = {
      endpoint,
      services,
      throttle,
      routes: new Routes(endpoint),
      neverServed,
      connectivity: this.#connectivity,
      calls: this.#calls,
    };
    this.#retryHost = {
      budget: replayBudget,
      throttle,
      begun: (call) => this.#retryingBegun(call),
      settled: (call) => this.#retryingSettled(call),
    };
    endpoint.listen({
      onFrame: (frame, sender) => this.#receive(frame, sender),
      onPeerGone: (peer) => this.#calls.peerGone(peer),
      onUndelivered: (callId, error) => this.#calls.undelivered(callId, error),
      onInboxReplaced: () => this.#abortAll('the inbox of this channel was deleted'),
      onUnreachable: (error) => this.#connectivity.unreachable(error),
      onReachable: () => this.#connectivity.reachable(),
    });
  }

  /** Counts of records and frames that this channel could not use: malformed records, late replies, and so on. */
  get counters(): Readonly<EndpointCounters> {
    return this.#endpoint.counters;
  }

  /** The address to which workers write replies. */
  get inbox(): InboxAddress {
    return this.#endpoint.address;
  }

  /** How many records in the inbox were not read yet, as of the last fetch. */
  get inboxLag(): number {
    return this.#endpoint.inboxLag;
  }

  /** How many records wait for room in the client library's queue. */
  get recordsWaiting(): number {
    return this.#endpoint.recordsWaiting;
  }

  /** Whether the channel was closed, and takes no new calls. */
  get closed(): boolean {
    return this.#connectivity.closed;
  }

  /** Which services are served, as the registry topic says. */
  get services(): ServedServices {
    return this.#services;
  }

  /** How many calls are under way. */
  get callsUnderWay(): number {
    let count = this.#calls.size;
    for (const { attemptsUnderWay } of this.#retrying) count += 1 - attemptsUnderWay;
    return count;
  }

  createCall(
    method: string,
    deadline: Deadline,
    host: string | null | undefined,
    parentCall: ServerUnaryCall<unknown, unknown> | null,
    propagateFlags: number | null | undefined,
  ): experimental.CallStream {
    this.#throwIfClosed('createCall');
    if (!/^\/[^/]+\/[^/]+$/.test(method))
      throw new TypeError(`method is ${method}; it must be /package.Service/Method`);
    const settings = this.#methods.get(method);
    const policy = this.#methods.policy(method, settings);
    const { timeoutMs } = settings;
    const parameters: CallParameters = {
      id: this.#ids.next(),
      number: ++this.#lastNumber,
      method,
      deadline: timeoutMs === undefined ? deadline : Math.min(Number(deadline), Date.now() + timeoutMs),
      madeAt: deadline === Number.POSITIVE_INFINITY ? Date.now() : undefined,
      authority: host ?? undefined,
      parent: parentCall,
      propagate: propagateFlags ?? Propagate.DEFAULTS,
      settings,
      previousAttempts: 0,
      observer: this.#observer?.callMade({ method, target: this.#requestTopic(method) }),
    };
    const call =
      policy === undefined ? new ClientCall(this.#callHost, parameters) : this.#retryingCall(parameters, policy);
    return parameters.observer === undefined ? call : observeCall(call, parameters.observer);
  }

  getTarget(): string {
    return this.#target;
  }

  getConnectivityState(_tryToConnect: boolean): connectivityState {
    this.#throwIfClosed('getConnectivityState');
    return this.#connectivity.state;
  }

  watchConnectivityState(
    currentState: connectivityState,
    deadline: Date | number,
    callback: (error?: Error) => void,
  ): void {
    this.#throwIfClosed('watchConnectivityState');
    this.#connectivity.watch(currentState, Number(deadline), callback);
  }

  /** Not supported: Channelz only knows grpc-js's own channels. */
  getChannelzRef(): ChannelzRef {
    return { kind: 'channel' as ChannelzRef['kind'], id: 0, name: this.#target };
  }

  /** Deletes the inboxes of instances that are gone; see `sweepInboxes` of @wherry/endpoint. */
  sweepInboxes(olderThanMs?: number): Promise<string[]> {
    return this.#endpoint.sweep(olderThanMs);
  }

  /**
   * Waits until no call is under way, then closes. The channel does not refuse new calls meanwhile, so stop making them first. After
   * `drainTimeoutMs` it gives up the calls that have not ended.
   *
   * @returns how many calls it gave up.
   */
  async drain(): Promise<number> {
    const until = performance.now() + this.#endpoint.drainTimeoutMs;
    const givenUp = await this.#endpoint.drained(this.#calls, () => this.callsUnderWay, until);
    await this.close();
    return givenUp;
  }

  /**
   * Ends the calls under way with UNAVAILABLE, deletes the inbox, and disconnects. A stub's `close()` does this to the channel that it was
   * given. Harmless when repeated.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#connectivity.close();
    this.#stranded.close();
    const reason = 'the channel was closed';
    for (const call of [...this.#retrying]) call.cancelWithStatus(Status.UNAVAILABLE, reason);
    this.#abortAll(reason);
    await this.#endpoint.close();
    this.#observer?.closed?.();
  }

  /** The same as {@link drain}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.drain();
  }

  #requestTopic(method: string): string {
    return requestTopic(this.#endpoint.namespace, serviceOf(method));
  }

  /** A call with a retry policy. The retrying call, not its attempts, inherits from the parent. */
  #retryingCall(parameters: CallParameters, policy: CallPolicy): RetryingCall {
    const { number, method, madeAt, parent, propagate, settings } = parameters;
    const inherited = inheritedDeadline(parameters.deadline, parameters);
    const deadline = Math.min(inherited, methodDeadline(method, madeAt, this.#services));
    return new RetryingCall(this.#retryHost, {
      number,
      deadline,
      parent,
      propagate,
      maxSendMessageLength: settings.maxSendMessageLength,
      policy,
      attempt: (previousAttempts, onReply) =>
        new ClientCall(this.#callHost, {
          ...parameters,
          id: this.#ids.next(),
          deadline,
          parent: null,
          propagate: 0,
          previousAttempts,
          onReply,
        }),
    });
  }

  #retryingBegun(call: RetryingCall): void {
    this.#retrying.add(call);
    this.#calls.hold();
  }

  /** May be called for a call that never began. */
  #retryingSettled(call: RetryingCall): void {
    if (this.#retrying.delete(call)) this.#calls.release();
  }

  #receive(frame: Frame, sender: InboxAddress): void {
    const call = this.#calls.get(frame.callId);
    if (call?.receive(frame, sender)) return;
    // In a shared inbox, a frame for no call here is most likely for another instance.
    if (call === undefined && this.inbox.instance !== undefined) return;
    this.#endpoint.counters.lateFrames++;
    // A worker accepted a call that is over, or that another worker has accepted. This worker should not continue the call.
    const foreign = call === undefined || call.peer === undefined || !sameInbox(call.peer, sender);
    if (frame.accept && frame.status === undefined && foreign) {
      this.#endpoint.post(sender, { callId: frame.callId, sequence: 1, cancel: true });
    }
  }

  #abortAll(details: string): void {
    for (const call of this.#calls.values()) call.cancelWithStatus(Status.UNAVAILABLE, details);
  }

  #throwIfClosed(method: string): void {
    if (this.closed) {
      throw new Error(`${method}: this channel was closed; make another with createChannel`);
    }
  }
}
