import { type Deadline, Metadata, type ServerInterceptingCallInterface, status as Status } from '@grpc/grpc-js';
import {
  type DeadlineTimer,
  type Endpoint,
  Incoming,
  type Lane,
  Outgoing,
  type Parcel,
  type ProtocolFault,
  peerName,
  type RoutedCall,
  sameInbox,
} from '@wherry/endpoint/internal';
import type { LogError } from '@wherry/kafka';
import {
  addEntries,
  type Frame,
  type InboxAddress,
  metadataToEntries,
  noEntries,
  type Opening,
  WireStatusObject,
} from '@wherry/wire';
import type { ServedCallObserver } from './instrumentation.js';
import { type DeliveredCall, type InterceptingServerListener, RequestDelivery } from './request-delivery.js';
import type { PartialStatus } from './server-calls.js';
import type { Method } from './services.js';
import type { ServiceShare } from './slot-shares.js';

/** grpc-js does not name this type in its public interface. */
type MetricsRecorder = ReturnType<ServerInterceptingCallInterface['getMetricsRecorder']>;

/** A frame that opens a call. */
export type OpeningFrame = Frame & { open: Opening };

/** The parts of the worker that a call uses. */
export interface WorkerCallHost {
  readonly endpoint: Endpoint;
  readonly maxReceiveMessageLength: number;
  readonly maxSendMessageLength: number;
  /** The first message of the call's request has come after its opening, or the request's end. The call is {@link WorkerCall.held}. */
  onRequest(call: WorkerCall): void;
  /** The call is over: nothing more is sent for it. */
  onOver(call: WorkerCall): void;
  /** The call's request is answered, or needs no answer any more. */
  onAnswered(call: WorkerCall): void;
  /** The call was not begun, and now belongs to another worker. */
  onLeft(call: WorkerCall): void;
}

/**
 * The worker's side of a call. grpc-js's interceptors and handlers use it.
 *
 * Its first frame answers the request: the request's record may be committed once the broker has that frame. If the first frame is not also
 * the last, it accepts the call. From then on the caller writes to this worker's inbox, and each side expects the other to be alive.
 */
export class WorkerCall implements ServerInterceptingCallInterface, RoutedCall, DeliveredCall {
  readonly id: string;
  /** The caller. */
  readonly peer: InboxAddress;
  /** The calls of its service. */
  readonly share: ServiceShare<WorkerCall>;
  readonly observer: ServedCallObserver | undefined;
  readonly readAt = Date.now();
  /** The length of the message that came with the opening. */
  readonly openingBytes: number;
  readonly #host: WorkerCallHost;
  readonly #open: Opening;
  readonly #outgoing: Outgoing;
  readonly #incoming: Incoming;
  readonly #request: RequestDelivery;
  /** The fault of the opening's own frame. It ends the call once the handler listens. */
  readonly #openingFault: ProtocolFault | undefined;
  #whenAnswered: (() => void) | undefined;
  /** The lane to the caller's inbox, kept if more than one frame uses it. */
  #lane: Lane | undefined;
  readonly #failed = (error: LogError, { frame, acknowledged }: Parcel): void =>
    this.#sendEnd(frame.sequence, error, acknowledged);
  #method: Method | undefined;
  #requestCame: boolean;
  #held: boolean;
  #timer: DeadlineTimer | undefined;
  #headersSent = false;
  /** The first frame was made. It accepts the call (`#accepted`) if it leaves without being the last. */
  #firstMade = false;
  #accepted = false;
  #answered = false;
  #statusGiven = false;
  #over = false;

  /** @param caller sent `frame`, the opening. */
  constructor(
    host: WorkerCallHost,
    frame: OpeningFrame,
    caller: InboxAddress,
    share: ServiceShare<WorkerCall>,
    observer?: ServedCallObserver,
  ) {
    this.id = frame.callId;
    this.peer = caller;
    this.share = share;
    this.observer = observer;
    this.openingBytes = frame.message?.length ?? 0;
    this.#host = host;
    this.#open = frame.open;
    this.#outgoing = new Outgoing(frame.callId, host.endpoint.maxWholeMessage, (parcel) => this.#post(parcel));
    this.#incoming = new Incoming('request', host.maxReceiveMessageLength, (credit) => {
      if (!this.#incoming.ended && !this.#statusGiven) this.#outgoing.add({ credit });
    });
    this.#request = new RequestDelivery(this, this.#incoming);
    this.#openingFault = this.#incoming.receive(frame);
    this.#requestCame = this.#openingFault !== undefined || this.#hasRequest;
    this.#held = !this.#requestCame;
    if (frame.credit) this.#outgoing.grant(frame.credit);
    if (frame.open.deadline !== undefined) {
      this.#timer = host.endpoint.deadlines.at(frame.open.deadline, () => this.#expire());
    }
  }

  get path(): string {
    return this.#open.method;
  }

  get over(): boolean {
    return this.#over;
  }

  get answered(): boolean {
    return this.#answered;
  }

  /**
   * Whether the handler gets nothing of the request. This begins if the opening came without a message, and ends with {@link release}.
   */
  get held(): boolean {
    return this.#held;
  }

  /** Whether neither the request nor the reply has begun. */
  get idle(): boolean {
    return !this.#requestCame && !this.#headersSent && !this.#statusGiven && !this.#over;
  }

  get #hasRequest(): boolean {
    return this.#incoming.ended || !this.#incoming.empty || this.#incoming.partial;
  }

  /** Whether a handler knows of the call, or is about to. */
  get begun(): boolean {
    return this.#method !== undefined;
  }

  /** Calls back once the request is answered, or needs no answer any more. */
  whenAnswered(callback: () => void): void {
    if (this.#answered) callback();
    else this.#whenAnswered = both(this.#whenAnswered, callback);
  }

  /**
   * Accepts the call, if it has no answer yet. The acceptance counts as the request's answer. From now on the call depends on this worker
   * alone.
   */
  accept(): void {
    if (!this.#firstMade && !this.#over) this.#outgoing.add({ accept: true });
  }

  /** Begins the work. From now on the caller may be asked for the rest of its request. */
  begin(method: Method): void {
    this.#method = method;
    if (!this.#incoming.ended) this.accept();
  }

  /** The handler gets the request from now on. */
  release(): void {
    this.#held = false;
    this.#request.deliver();
  }

  /** Informs the caller of this attempt, if the call is traced and the handler has not answered. */
  tellBegun(): void {
    if (this.#firstMade || this.#over) return;
    const context = this.observer?.propagator?.attempt?.();
    if (context !== undefined) this.#host.endpoint.tell(this.peer, { kind: 'begun', callId: this.id, context });
  }

  // Called by interceptors and the handler.

  start(listener: InterceptingServerListener): void {
    if (this.#over) return;
    this.#request.listen(listener);
    const { metadata, waitForReady } = this.#open;
    // `waitForReady` is for handlers that pass the call on. The other options of the caller's call are for the caller's own channel.
    const options = waitForReady === undefined ? noOptions : { waitForReady };
    listener.onReceiveMetadata(addEntries(new Metadata(options), metadata));
    if (this.#openingFault !== undefined) this.fail(this.#openingFault.code, this.#openingFault.details);
    this.#request.deliver();
  }

  startRead(): void {
    this.#request.read();
  }

  sendMetadata(metadata: Metadata): void {
    if (this.#over || this.#headersSent) return;
    this.#headersSent = true;
    this.#outgoing.add({ headers: metadataToEntries(metadata) });
  }

  sendMessage(message: unknown, callback: () => void): void {
    if (this.#over || this.#statusGiven) {
      callback();
      return;
    }
    const bytes = this.#serialize(message);
    if (bytes === undefined) return;
    if (!this.#headersSent) {
      this.#headersSent = true;
      this.#outgoing.add({ headers: noEntries });
    }
    if (this.#outgoing.offer(bytes)) callback();
    else this.#outgoing.write(bytes, callback);
  }

  sendStatus({ code, details, metadata }: PartialStatus): void {
    if (this.#over || this.#statusGiven) return;
    this.#statusGiven = true;
    this.observer?.ended({ code, details: String(details ?? '') });
    const trailers = metadata ? metadataToEntries(metadata) : noEntries;
    // A handler in JavaScript may give any value.
    const message = code === Status.OK && details === 'OK' ? '' : String(details ?? '');
    this.#outgoing.end({ status: new WireStatusObject(code, message, trailers) }, () => this.#end(true));
  }

  getPeer(): string {
    return `kafka:${peerName(this.peer)}`;
  }

  getDeadline(): Deadline {
    return this.#open.deadline ?? Number.POSITIVE_INFINITY;
  }

  getHost(): string {
    return this.#open.authority ?? '';
  }

  getAuthContext(): Record<string, never> {
    return {};
  }

  getConnectionInfo(): Record<string, never> {
    return {};
  }

  /** Not supported. A client would balance load by these reports, and no client balances load over Kafka. */
  getMetricsRecorder(): MetricsRecorder {
    return ignoringRecorder as unknown as MetricsRecorder;
  }

  // Received from the caller.

  receive(frame: Frame, sender: InboxAddress): boolean {
    if (this.#over || !sameInbox(sender, this.peer)) return false;
    if (frame.cancel) {
      this.cancel();
      return true;
    }
    if (this.#incoming.repeats(frame)) return false;
    const fault = this.#incoming.receive(frame);
    if (fault !== undefined) {
      this.fail(fault.code, fault.details);
      return true;
    }
    if (frame.credit) this.#outgoing.grant(frame.credit);
    if (!this.#requestCame && this.#hasRequest) {
      this.#requestCame = true;
      this.#host.onRequest(this);
    }
    this.#request.deliver();
    return true;
  }

  #expire(): void {
    if (this.#over) this.#markAnswered();
    else this.cancel(true);
  }

  /** The caller no longer wants the call, is gone, or the deadline passed. The handler is told, and nothing is sent. */
  cancel(expired = false): void {
    if (this.#over) return;
    this.#tellCancelled(expired);
    this.#end();
    this.#outgoing.abandon();
    this.#markAnswered();
    this.#request.listener?.onCancel();
  }

  /** Gives up a call that was not begun. Another worker gets its request. */
  leave(): void {
    if (this.#over) return;
    this.#over = true;
    this.#timer?.stop();
    this.observer?.skipped('left');
    this.#host.onLeft(this);
  }

  /**
   * This worker stops. A call that it accepted ends, because no other worker can continue it. Any other call stays unanswered, and another
   * worker gets it.
   */
  abandon(): void {
    if (this.#over) return;
    if (this.#firstMade) {
      this.fail(Status.UNAVAILABLE, 'the worker was closed');
    } else {
      if (this.begun) {
        this.tellBegun();
        this.observer?.ended({ code: Status.UNAVAILABLE, details: 'the worker was closed' });
      } else this.observer?.skipped('left');
      this.#end();
      this.#request.listener?.onCancel();
    }
  }

  /** The caller was not heard from in time. It may only have been held up, so it is told that the call is over. */
  peerGone(): void {
    if (this.#over) return;
    if (this.#firstMade) this.fail(Status.UNAVAILABLE, 'the caller was not heard from in time');
    else this.cancel();
  }

  /**
   * A frame of this call could not be delivered. If the caller's inbox is gone, so is the caller. Otherwise the caller still waits, so the
   * end of the call is sent instead of the lost frame.
   */
  undelivered(error: LogError): void {
    if (error.topicUnknown || (error.status !== Status.UNAVAILABLE && error.status !== Status.RESOURCE_EXHAUSTED)) {
      this.cancel();
      this.#markAnswered();
    } else if (!this.#answered) {
      this.#sendEnd(0, error, () => this.#markAnswered());
    } else {
      this.fail(error.status, error.message);
    }
  }

  // Sending.

  #post(parcel: Parcel): void {
    if (!this.#firstMade) {
      this.#firstMade = true;
      this.observer?.replying();
      parcel.sealing = (frame) => this.#firstFrame(frame);
      parcel.acknowledged = () => this.#markAnswered();
    }
    parcel.failed = this.#failed;
    const { endpoint } = this.#host;
    endpoint.send(this.#lane ?? endpoint.laneTo(this.peer), parcel);
  }

  /** Sends the end of the call as the frame of this number, instead of a frame that could not be sent. */
  #sendEnd(sequence: number, error: LogError, acknowledged: (() => void) | undefined): void {
    const status = { code: error.status, message: error.message, trailers: [] };
    const listener = this.#over ? undefined : this.#request.listener;
    this.#statusGiven = true;
    this.observer?.ended({ code: error.status, details: error.message });
    this.#outgoing.abandon();
    this.#host.endpoint.send(this.#host.endpoint.laneTo(this.peer), {
      frame: { callId: this.id, sequence, status },
      sealed: false,
      acknowledged,
      // The end cannot be sent either, so this worker can do nothing more.
      failed: () => this.#markAnswered(),
    });
    this.#end(true);
    listener?.onCancel();
  }

  /** The first frame leaves. It is a complete reply if it has the status; otherwise it accepts the call. */
  #firstFrame(frame: Frame): void {
    if (frame.status !== undefined) return;
    frame.accept = true;
    this.#accepted = true;
    this.#lane = this.#host.endpoint.laneTo(this.peer);
    if (!this.#over) this.#host.endpoint.retain(this.peer);
  }

  deserialize(bytes: Uint8Array): unknown {
    return this.#method?.requestDeserialize(bytes as Buffer);
  }

  #serialize(message: unknown): Buffer | undefined {
    const { maxSendMessageLength: max } = this.#host;
    try {
      const bytes = this.#method?.responseSerialize(message) as Buffer;
      if (max < 0 || bytes.length <= max) return bytes;
      this.fail(Status.RESOURCE_EXHAUSTED, `Sent message larger than max (${bytes.length} vs. ${max})`);
    } catch (error) {
      this.fail(Status.INTERNAL, `Error serializing response: ${(error as Error).message}`);
    }
    return undefined;
  }

  /** Ends the call with an error of this side, instead of the messages that were not sent yet, and tells the handler. */
  fail(code: Status, details: string): void {
    if (this.#over) return;
    this.#statusGiven = true;
    this.observer?.ended({ code, details });
    this.#outgoing.abandon();
    this.#outgoing.end({ status: { code, message: details, trailers: [] } }, () => this.#end(true));
    this.#request.listener?.onCancel();
  }

  /** @param replied the call's status is on its way. */
  #end(replied = false): void {
    if (this.#over) return;
    this.#over = true;
    // A reply that the broker does not take is given up at the deadline.
    if (!replied || this.#answered) this.#stopTimer();
    this.#outgoing.close();
    this.#incoming.clear();
    if (this.#accepted) this.#host.endpoint.release(this.peer);
    this.observer?.over(replied);
    this.#host.onOver(this);
  }

  #tellCancelled(expired: boolean): void {
    if (!this.begun) this.observer?.skipped(expired ? 'expired' : 'cancelled');
    else this.observer?.ended({ code: expired ? Status.DEADLINE_EXCEEDED : Status.CANCELLED });
  }

  #stopTimer(): void {
    this.#timer?.stop();
    this.#timer = undefined;
  }

  #markAnswered(): void {
    if (this.#answered) return;
    this.#answered = true;
    if (this.#over) this.#stopTimer();
    this.#host.onAnswered(this);
    const callback = this.#whenAnswered;
    this.#whenAnswered = undefined;
    callback?.();
  }
}

function both(first: (() => void) | undefined, second: () => void): () => void {
  if (first === undefined) return second;
  return () => {
    first();
    second();
  };
}

/** Shared by all calls, because nobody changes the options of metadata in place. */
const noOptions = {};

const ignoringRecorder = {
  recordRequestCostMetric() {},
  recordUtilizationMetric() {},
  recordNamedMetric() {},
  recordCPUUtilizationMetric() {},
  recordMemoryUtilizationMetric() {},
  recordApplicationUtilizationMetric() {},
  recordQpsMetric() {},
  recordEpsMetric() {},
  serialize: () => Buffer.alloc(0),
};
