import {
  type CallCredentials,
  type InterceptingListener,
  Metadata,
  status as Status,
  type StatusObject,
} from '@grpc/grpc-js';
import {
  type CallsUnderWay,
  Incoming,
  type Lane,
  Outgoing,
  type Parcel,
  peerName,
  type RoutedCall,
  sameInbox,
} from '@wherry/endpoint/internal';
import type { LogError, TopicPartition } from '@wherry/kafka';
import { addEntries, type Frame, type InboxAddress, type Opening } from '@wherry/wire';
import { CallOpening, type OpeningCall, type OpeningHost, type OpeningParameters } from './call-opening.js';
import type { CallObserver } from './instrumentation.js';
import type { MethodSettings } from './method-settings.js';
import { ReplyDelivery } from './reply-delivery.js';
import type { AttemptCall, Progress } from './retry/attempt.js';
import type { RetryThrottle } from './retry/retry-throttle.js';
import type { Route } from './routes.js';
import type { WaitingCall } from './stranded-calls.js';

/** The parts of the channel that a call uses. */
export interface CallHost extends OpeningHost {
  readonly calls: CallsUnderWay<ClientCall>;
  /** Is told of calls that succeed. Undefined if the service config throttles no retries. */
  readonly throttle: RetryThrottle | undefined;
}

export interface CallParameters extends OpeningParameters {
  readonly id: string;
  readonly number: number;
  readonly settings: MethodSettings;
  /** Called when the first headers or message of the reply has come, perhaps before the listener gets it. */
  readonly onReply?: (() => void) | undefined;
}

/** A class, like every object that belongs to a call (docs/performance-notes.md). */
class FinalStatus implements StatusObject {
  constructor(
    readonly code: Status,
    readonly details: string,
    readonly metadata: Metadata,
  ) {}
}

/**
 * The caller's side of a call. A grpc-js stub drives it.
 *
 * {@link CallOpening} opens the call with one record to the request topic. For most unary calls only the answer comes back, and the call is
 * over. If the worker accepts the call instead, the worker becomes its `peer`. From then on both sides write to each other's inbox, and the
 * messages that did not fit into the opening are sent. The call ends once: with the worker's status after every message that came before
 * it, or with a status of this side.
 */
export class ClientCall implements AttemptCall, RoutedCall, OpeningCall, WaitingCall {
  readonly id: string;
  readonly #host: CallHost;
  readonly #number: number;
  readonly #settings: MethodSettings;
  readonly #onReply: CallParameters['onReply'];
  readonly #observer: CallObserver | undefined;
  readonly #opening: CallOpening;
  readonly #outgoing: Outgoing;
  readonly #incoming: Incoming;
  readonly #reply: ReplyDelivery;
  /** The lane of the call's frames: first to the request topic, then to the inbox of the worker that accepted the call. */
  #lane: Lane | undefined;
  #route: Route | undefined;
  /** The partition that the opening went to. A cancel must follow it there. */
  #partition: number | undefined;
  /**
   * Undefined once the call is over. grpc-js's stub makes an `Error` for its next call, and the Error's stack keeps this call in memory.
   */
  #openingParcel: Parcel | undefined;
  #opened = false;
  #peer: InboxAddress | undefined;
  /** The status is known: nothing more is sent or taken. */
  #ended = false;
  #halfClosed = false;
  /** The opening is in no topic, and never will be. */
  #undeliverable = false;
  readonly #failed = (error: LogError): void => this.undelivered(error);

  constructor(host: CallHost, parameters: CallParameters) {
    this.id = parameters.id;
    this.#host = host;
    this.#number = parameters.number;
    this.#settings = parameters.settings;
    this.#onReply = parameters.onReply;
    this.#observer = parameters.observer;
    this.#opening = new CallOpening(host, this, parameters);
    this.#outgoing = new Outgoing(this.id, host.endpoint.maxWholeMessage, (parcel) => this.#post(parcel));
    this.#outgoing.hold();
    this.#incoming = new Incoming('reply', parameters.settings.maxReceiveMessageLength, (credit) => {
      if (this.#peer !== undefined && !this.#ended) this.#outgoing.add({ credit });
    });
    this.#reply = new ReplyDelivery(this.#incoming, () => this.#opening.stop());
  }

  /** The worker that accepted the call; undefined if none has. */
  get peer(): InboxAddress | undefined {
    return this.#peer;
  }

  /** See {@link WaitingCall}. */
  get waitsIn(): TopicPartition | undefined {
    const [route, partition] = [this.#route, this.#partition];
    if (this.#ended || this.#peer !== undefined || this.#opening.hasDeadline) return undefined;
    return route === undefined || partition === undefined ? undefined : { topic: route.topic, partition };
  }

  /** The call's status is known, though perhaps not delivered. */
  get ended(): boolean {
    return this.#ended;
  }

  get halfClosed(): boolean {
    return this.#halfClosed;
  }

  get firstMessage(): Uint8Array | undefined {
    return this.#outgoing.next;
  }

  get progress(): Progress {
    if (this.#undeliverable) return 'undeliverable';
    return this.#opened ? 'sent' : 'unsent';
  }

  // Called by the stub.

  start(metadata: Metadata, listener: InterceptingListener): void {
    this.#reply.listen(listener);
    if (this.#ended) return; // cancelled before it began
    this.#host.calls.add(this);
    const { waitForReady = this.#settings.waitForReady } = metadata.getOptions();
    this.#opening.start(metadata, waitForReady);
  }

  sendMessageWithContext(context: { callback?: (error?: Error | null) => void }, message: Buffer): void {
    const { callback } = context;
    const { maxSendMessageLength: max } = this.#settings;
    this.#reply.written();
    if (this.#ended || this.#halfClosed) {
      callback?.();
    } else if (max >= 0 && message.length > max) {
      callback?.();
      this.cancelWithStatus(Status.RESOURCE_EXHAUSTED, `Attempted to send message with a size larger than ${max}`);
    } else {
      if (this.#outgoing.offer(message)) callback?.();
      // A later callback runs in a separate tick, so that its errors affect nothing else.
      else this.#outgoing.write(message, callback && (() => process.nextTick(callback)));
      this.#opening.requestWritten();
    }
  }

  halfClose(): void {
    this.#reply.written();
    if (this.#ended || this.#halfClosed) return;
    this.#halfClosed = true;
    this.#outgoing.end({ halfClose: true });
    this.#opening.requestWritten();
  }

  startRead(): void {
    this.#reply.read();
  }

  cancelWithStatus(code: Status, details: string): void {
    if (this.#reply.over) return;
    this.#sendCancel();
    this.end(code, details);
  }

  setCredentials(credentials: CallCredentials): void {
    this.#opening.setCredentials(credentials);
  }

  getPeer(): string {
    return this.#peer === undefined ? 'unknown' : `kafka:${peerName(this.#peer)}`;
  }

  getCallNumber(): number {
    return this.#number;
  }

  getAuthContext(): null {
    return null;
  }

  // Sending.

  open(opening: Opening, lane: Lane, route: Route): void {
    this.#lane = lane;
    this.#route = route;
    this.#outgoing.add({ open: opening });
    // Messages that were written before the opening were held. Those that fit go with it.
    this.#outgoing.pump();
  }

  /** Sends a frame: the opening to the request topic, every other frame to the worker's inbox. */
  #post(parcel: Parcel): void {
    if (this.#lane === undefined) return;
    parcel.failed = this.#failed;
    if (this.#peer === undefined) {
      this.#openingParcel = parcel;
      this.#opened = true;
      parcel.placed = (partition) => {
        this.#partition = partition;
      };
    }
    this.#host.endpoint.send(this.#lane, parcel);
  }

  /** Sends the cancel to the worker: through the request topic, or to the inbox of the worker that accepted the call. */
  #sendCancel(): void {
    if (this.#ended) return;
    this.#outgoing.abandon();
    if (this.#peer !== undefined) {
      this.#outgoing.add({ cancel: true });
    } else if (this.#openingParcel !== undefined && !this.#openingParcel.sealed) {
      this.#openingParcel.frame.cancel = true;
    } else if (this.#route !== undefined && this.#partition !== undefined) {
      const frame = { callId: this.id, sequence: 1, cancel: true };
      this.#host.endpoint.send(this.#route.toPartition(this.#partition), { frame, sealed: false });
    }
  }

  // Received from the worker.

  receive(frame: Frame, sender: InboxAddress): boolean {
    if (this.#ended) return false;
    if (this.#peer === undefined ? !(frame.accept || frame.status) : !sameInbox(this.#peer, sender)) return false;
    if (this.#incoming.repeats(frame)) return false;
    if (frame.accept) this.#accepted(sender);
    if (frame.headers !== undefined || frame.message !== undefined) this.#onReply?.();
    if (frame.headers !== undefined) this.#reply.headers(addEntries(new Metadata(), frame.headers));
    const fault = this.#incoming.receive(frame);
    if (fault !== undefined) {
      const hint = fault.code === Status.RESOURCE_EXHAUSTED ? '; raise maxReceiveMessageLength' : '';
      // A frame with a status ends the call at its worker too, which then needs no cancel.
      if (frame.status === undefined) this.cancelWithStatus(fault.code, fault.details + hint);
      else this.end(fault.code, fault.details + hint);
      return true;
    }
    if (frame.credit) this.#outgoing.grant(frame.credit);
    if (frame.status !== undefined) {
      const { code, message, trailers } = frame.status;
      this.#finish(new FinalStatus(code, message, addEntries(new Metadata(), trailers)));
    }
    this.#reply.deliver();
    return true;
  }

  #accepted(sender: InboxAddress): void {
    this.#peer = sender;
    this.#lane = this.#host.endpoint.laneTo(sender);
    this.#host.endpoint.retain(sender);
    this.#outgoing.release();
  }

  /** Ends the call after the messages that had come. */
  peerGone(): void {
    // The worker may only have been held up. It should not continue a call that nobody waits for.
    this.#sendCancel();
    const details = `the worker ${this.getPeer()} is gone: it was not heard from in time`;
    this.#finish(new FinalStatus(Status.UNAVAILABLE, details, new Metadata()));
  }

  undelivered(error: LogError): void {
    if (error.topicUnknown) {
      this.#host.routes.forget(this.#opening.service);
      this.#undeliverable = this.#peer === undefined;
    }
    this.#sendCancel();
    this.end(error.status, error.message);
  }

  // Ending.

  /** Ends the call now. Messages that were not read are dropped. */
  end(code: Status, details: string): void {
    if (this.#reply.over) return;
    const status = new FinalStatus(code, details, new Metadata());
    this.#reply.endNow(status);
    this.#finish(status);
  }

  /** The call is over as far as the log is concerned. Its status is delivered after the messages that are not read yet. */
  #finish(status: StatusObject): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#opening.abort();
    this.#outgoing.abandon();
    this.#outgoing.close();
    this.#openingParcel = undefined;
    if (status.code === Status.OK) this.#host.throttle?.succeeded();
    this.#host.calls.delete(this);
    this.#observer?.forgotten?.(this.id);
    if (this.#peer !== undefined) this.#host.endpoint.release(this.#peer);
    this.#reply.end(status);
  }
}
