import {
  type ClientOptions,
  connectivityState,
  type Deadline,
  type experimental,
  propagate as Propagate,
  type ServerUnaryCall,
  status as Status,
} from '@grpc/grpc-js';
import { type EndpointCounters, requestTopic } from '@wherry/endpoint';
import { Endpoint, LiveMap, sameInbox, serviceOf } from '@wherry/endpoint/internal';
import type { LogError } from '@wherry/kafka';
import type { Frame, InboxAddress } from '@wherry/wire';
import { CallIds } from './call-ids.js';
import { type ChannelOptions, checkLimits, checkReplayBudget } from './channel-options.js';
import { checkServiceConfig } from './check-service-config.js';
import { type CallHost, type CallParameters, ClientCall, methodDeadline } from './client-call.js';
import { ConnectivityWatch } from './connectivity-watch.js';
import type { ChannelHooks } from './instrumentation.js';
import { MethodSettingsTable } from './method-settings.js';
import { observeCall } from './observe-call.js';
import { inheritedDeadline } from './parent-call.js';
import type { CallPolicy } from './retry/policies.js';
import { RetryThrottle } from './retry/retry-throttle.js';
import { type RetryHost, RetryingCall } from './retry/retrying-call.js';
import { Routes } from './routes.js';
import { ServedServices } from './served-services.js';

/**
 * Connects to Kafka and makes this caller's inbox. The channel goes into any grpc-js stub as `channelOverride`, and may
 * be shared by as many stubs as there are.
 *
 * @throws TypeError for a wrong option; LogError where Kafka cannot be reached or refuses the inbox.
 */
export async function createChannel(options: ChannelOptions): Promise<WherryChannel> {
  const channel = new WherryChannel(options);
  await channel.open(options);
  return channel;
}

/** grpc-js exports a class under the name of this interface. */
type Channel = NonNullable<ClientOptions['channelOverride']>;
type ChannelzRef = ReturnType<Channel['getChannelzRef']>;

/** A grpc-js `Channel` whose calls cross Kafka. Made by {@link createChannel}. */
export class WherryChannel implements Channel, AsyncDisposable {
  readonly #target: string;
  readonly #methods: MethodSettingsTable;
  readonly #ids = new CallIds();
  /** Calls, and attempts of calls that may have several. */
  readonly #calls = new LiveMap<ClientCall>();
  /** Calls that may have several attempts and are committed to none yet. */
  readonly #retrying = new Set<RetryingCall>();
  readonly #retryHost: RetryHost;
  readonly #connectivity = new ConnectivityWatch();
  #endpoint!: Endpoint;
  #host!: CallHost;
  #services!: ServedServices;
  #hooks: ChannelHooks | undefined;
  #unreachable: LogError | undefined;
  #lastNumber = 0;
  #drained: (() => void)[] = [];

  /** @internal Use {@link createChannel}. */
  constructor(options: ChannelOptions) {
    const { serviceConfig, retryIdempotent = true } = options;
    this.#target = `kafka:${options.brokers}`;
    const config = serviceConfig === undefined ? undefined : checkServiceConfig(serviceConfig);
    for (const warning of config?.unused ?? []) (options.logger ?? console).warn(warning);
    const level = retryIdempotent ? (path: string) => this.#services.methodOptions(path)?.idempotencyLevel : undefined;
    this.#methods = new MethodSettingsTable(checkLimits(options), config, level);
    this.#retryHost = {
      budget: checkReplayBudget(options),
      throttle: config?.throttling === undefined ? undefined : new RetryThrottle(config.throttling),
      begun: (call) => this.#retrying.add(call),
      settled: (call) => {
        this.#retrying.delete(call);
        this.#resolveDrained();
      },
    };
  }

  /** @internal */
  async open(options: ChannelOptions): Promise<void> {
    this.#hooks = options.instrumentation?.channelMade();
    this.#endpoint = await Endpoint.open(
      options,
      {
        onFrame: (frame, sender) => this.#receive(frame, sender),
        onPeerGone: (peer) => this.#peerGone(peer),
        onUndelivered: (callId, error) => this.#calls.get(callId)?.undelivered(error),
        onInboxReplaced: () => this.#abortAll('the inbox of this channel was deleted'),
        onUnreachable: (error) => {
          this.#unreachable = error;
          this.#connectivity.set(connectivityState.TRANSIENT_FAILURE);
        },
        onReachable: () => {
          this.#unreachable = undefined;
          this.#connectivity.set(connectivityState.READY);
        },
      },
      { acknowledgements: false, registry: options.discovery ?? true, observer: this.#hooks?.records },
    ).catch((error: unknown) => {
      this.#hooks?.closed?.();
      throw error;
    });
    this.#services = new ServedServices(this.#endpoint.registry, (message) => this.#endpoint.logger.warn(message));
    const channel = this;
    this.#host = {
      endpoint: this.#endpoint,
      throttle: this.#retryHost.throttle,
      routes: new Routes(this.#endpoint),
      services: this.#services,
      get unreachable() {
        return channel.#unreachable;
      },
      register: (call) => this.#calls.set(call.id, call),
      unregister: (call) => this.#unregister(call),
    };
    this.#connectivity.set(connectivityState.READY);
    this.#hooks?.opened?.({
      get callsUnderWay() {
        return channel.callsUnderWay;
      },
      get counters() {
        return channel.counters;
      },
      get recordsWaiting() {
        return channel.#endpoint.recordsWaiting;
      },
      get inboxLag() {
        return channel.#endpoint.inboxLag;
      },
    });
  }

  /** What this channel met that it could not use: malformed records, late replies, and so on. */
  get counters(): Readonly<EndpointCounters> {
    return this.#endpoint.counters;
  }

  /** The topic that replies come to. */
  get inbox(): InboxAddress {
    return this.#endpoint.address;
  }

  /** Whether it was closed, and takes no new calls. */
  get closed(): boolean {
    return this.#connectivity.state === connectivityState.SHUTDOWN;
  }

  /** Who serves what, as the registry topic says. */
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
      hooks: this.#hooks?.callMade({ method, target: this.#requestTopic(method) }),
    };
    const call = policy === undefined ? new ClientCall(this.#host, parameters) : this.#retryingCall(parameters, policy);
    return parameters.hooks === undefined ? call : observeCall(call, parameters.hooks);
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

  /** Channelz knows nothing of channels that are not grpc-js's own. */
  getChannelzRef(): ChannelzRef {
    return { kind: 'channel' as ChannelzRef['kind'], id: 0, name: this.#target };
  }

  /** Deletes the inboxes of instances that are gone; see `sweepInboxes` of @wherry/kafka. */
  sweepInboxes(olderThanMs?: number): Promise<string[]> {
    return this.#endpoint.sweep(olderThanMs);
  }

  /** Waits until no call is under way, then closes. New calls may still begin; it is for the caller to stop. */
  async drain(): Promise<void> {
    if (!this.#idle) await new Promise<void>((resolve) => this.#drained.push(resolve));
    await this.close();
  }

  /**
   * Ends the calls under way with UNAVAILABLE, deletes the inbox, and disconnects. A stub's `close()` does this to the
   * channel it was given. Harmless when repeated.
   */
  async close(): Promise<void> {
    this.#connectivity.close();
    const reason = 'the channel was closed';
    for (const call of [...this.#retrying]) call.cancelWithStatus(Status.UNAVAILABLE, reason);
    this.#abortAll(reason);
    await this.#endpoint.close();
    this.#hooks?.closed?.();
  }

  /** The same as {@link drain}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.drain();
  }

  #requestTopic(method: string): string {
    return requestTopic(this.#endpoint.namespace, serviceOf(method));
  }

  /** A call with a policy. What it has of its parent is its own affair, and not that of its attempts. */
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
        new ClientCall(this.#host, {
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

  #receive(frame: Frame, sender: InboxAddress): void {
    if (frame.begun !== undefined) return; // told to who traces, by the records
    const call = this.#calls.get(frame.callId ?? '');
    if (call?.receive(frame, sender)) return;
    // In a shared inbox, what is for nobody here is most likely a neighbour's.
    if (call === undefined && this.inbox.instance !== undefined) return;
    this.#endpoint.counters.lateFrames++;
    // A worker took a call that is over, or that another worker has: it should not go on with it.
    const foreign = call === undefined || call.peer === undefined || !sameInbox(call.peer, sender);
    if (frame.accept && frame.status === undefined && foreign) {
      this.#endpoint.post(sender, { callId: frame.callId, sequence: 1, cancel: true });
    }
  }

  #unregister(call: ClientCall): void {
    this.#calls.delete(call.id);
    this.#resolveDrained();
  }

  get #idle(): boolean {
    return this.#calls.size === 0 && this.#retrying.size === 0;
  }

  #resolveDrained(): void {
    if (this.#idle) for (const drained of this.#drained.splice(0)) drained();
  }

  #peerGone(peer: InboxAddress): void {
    for (const call of this.#calls.values()) {
      if (call.peer !== undefined && sameInbox(call.peer, peer)) call.peerGone();
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
