import {
  type ClientOptions,
  connectivityState,
  type Deadline,
  type experimental,
  propagate as Propagate,
  type ServerUnaryCall,
  status as Status,
} from '@grpc/grpc-js';
import type { EndpointCounters, LogError } from '@wherry/kafka';
import { Endpoint, sameInbox } from '@wherry/kafka/internal';
import type { Frame, InboxAddress } from '@wherry/wire';
import { CallIds } from './call-ids.js';
import { type ChannelOptions, checkLimits } from './channel-options.js';
import { type CallHost, ClientCall } from './client-call.js';
import { ConnectivityWatch } from './connectivity-watch.js';
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
  readonly #limits: Pick<CallHost, 'maxReceiveMessageLength' | 'maxSendMessageLength'>;
  readonly #ids = new CallIds();
  readonly #calls = new Map<string, ClientCall>();
  readonly #connectivity = new ConnectivityWatch();
  #endpoint!: Endpoint;
  #host!: CallHost;
  #services!: ServedServices;
  #unreachable: LogError | undefined;
  #lastNumber = 0;
  #drained: (() => void)[] = [];

  /** @internal Use {@link createChannel}. */
  constructor(options: ChannelOptions) {
    this.#target = `kafka:${options.brokers}`;
    this.#limits = checkLimits(options);
  }

  /** @internal */
  async open(options: ChannelOptions): Promise<void> {
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
      { acknowledgements: false, registry: options.discovery ?? true },
    );
    this.#services = new ServedServices(this.#endpoint.registry, (message) => this.#endpoint.logger.warn(message));
    const channel = this;
    this.#host = {
      ...this.#limits,
      endpoint: this.#endpoint,
      routes: new Routes(this.#endpoint),
      get unreachable() {
        return channel.#unreachable;
      },
      register: (call) => this.#calls.set(call.id, call),
      unregister: (call) => this.#unregister(call),
    };
    this.#connectivity.set(connectivityState.READY);
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
    return this.#calls.size;
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
    return new ClientCall(this.#host, {
      id: this.#ids.next(),
      number: ++this.#lastNumber,
      method,
      deadline,
      authority: host ?? undefined,
      parent: parentCall,
      propagate: propagateFlags ?? Propagate.DEFAULTS,
    });
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
    if (this.#calls.size > 0) await new Promise<void>((resolve) => this.#drained.push(resolve));
    await this.close();
  }

  /**
   * Ends the calls under way with UNAVAILABLE, deletes the inbox, and disconnects. A stub's `close()` does this to the
   * channel it was given. Harmless when repeated.
   */
  async close(): Promise<void> {
    this.#connectivity.close();
    this.#abortAll('the channel was closed');
    await this.#endpoint.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.drain();
  }

  #receive(frame: Frame, sender: InboxAddress): void {
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
    if (this.#calls.size === 0) for (const drained of this.#drained.splice(0)) drained();
  }

  #peerGone(peer: InboxAddress): void {
    for (const call of [...this.#calls.values()]) {
      if (call.peer !== undefined && sameInbox(call.peer, peer)) call.peerGone();
    }
  }

  #abortAll(details: string): void {
    for (const call of [...this.#calls.values()]) call.cancelWithStatus(Status.UNAVAILABLE, details);
  }

  #throwIfClosed(method: string): void {
    if (this.closed) {
      throw new Error(`${method}: this channel was closed; make another with createChannel`);
    }
  }
}
