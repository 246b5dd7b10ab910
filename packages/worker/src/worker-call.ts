import { type Deadline, Metadata, type ServerInterceptingCallInterface, status as Status } from '@grpc/grpc-js';
import {
  type DeadlineTimer,
  type Endpoint,
  Incoming,
  type Lane,
  Outgoing,
  type Parcel,
  peerName,
  sameInbox,
} from '@wherry/endpoint/internal';
import type { LogError } from '@wherry/kafka';
import {
  addEntries,
  type Frame,
  type InboxAddress,
  WireStatusObject,
  type MessagePart,
  metadataToEntries,
  noEntries,
  type Opening,
} from '@wherry/wire';
import type { ServedCallHooks } from './instrumentation.js';
import type { PartialStatus } from './server-calls.js';
import type { Method } from './services.js';

/** grpc-js does not name this type in its public interface. */
type InterceptingServerListener = Parameters<ServerInterceptingCallInterface['start']>[0];
type MetricsRecorder = ReturnType<ServerInterceptingCallInterface['getMetricsRecorder']>;

/** What a call needs of its worker. */
export interface WorkerCallHost {
  readonly endpoint: Endpoint;
  readonly maxReceiveMessageLength: number;
  readonly maxSendMessageLength: number;
  /** The call is over: nothing more will be sent for it. */
  onOver(call: WorkerCall): void;
  /** Its request is answered, or needs no answer any more. */
  onAnswered(call: WorkerCall): void;
  /** The call was not begun, and is another worker's now. */
  onLeft(call: WorkerCall): void;
}

/**
 * A call at its worker, as grpc-js's interceptors and handlers see one.
 *
 * Its first frame answers the request: the record it came in may be committed once the broker has that frame. Where the
 * first frame is not also the last, it accepts the call: from then on the caller writes to our inbox, and each side
 * expects the other to be alive.
 */
export class WorkerCall implements ServerInterceptingCallInterface {
  readonly id: string;
  readonly caller: InboxAddress;
  /** What follows the call, where something does. */
  readonly hooks: ServedCallHooks | undefined;
  readonly readAt = Date.now();
  /** Of the message that came with the opening. */
  readonly openingBytes: number;
  readonly #host: WorkerCallHost;
  readonly #open: Opening;
  readonly #outgoing: Outgoing;
  readonly #incoming: Incoming;
  #whenAnswered: (() => void) | undefined;
  /** The way to the caller's inbox, kept where more than one frame takes it. */
  #lane: Lane | undefined;
  readonly #failed = (error: LogError, { frame, acknowledged }: Parcel): void =>
    this.#sendEnd(frame.sequence, error, acknowledged);
  #method: Method | undefined;
  #listener: InterceptingServerListener | undefined;
  #timer: DeadlineTimer | undefined;
  #requestEnded = false;
  #halfCloseDelivered = false;
  #reads = 0;
  #delivering = false;
  #headersSent = false;
  /** A first frame was made; `#accepted` once it went out without being the last. */
  #firstMade = false;
  #accepted = false;
  #answered = false;
  #statusGiven = false;
  #over = false;

  /** @param frame the opening, which `caller` sent. */
  constructor(
    host: WorkerCallHost,
    frame: Frame & { callId: string; open: Opening },
    caller: InboxAddress,
    hooks?: ServedCallHooks,
  ) {
    this.id = frame.callId;
    this.caller = caller;
    this.hooks = hooks;
    this.openingBytes = frame.message?.length ?? 0;
    this.#host = host;
    this.#open = frame.open;
    this.#outgoing = new Outgoing(frame.callId, host.endpoint.maxWholeMessage, (parcel) => this.#post(parcel));
    this.#incoming = new Incoming((credit) => {
      if (!this.#requestEnded && !this.#statusGiven) this.#outgoing.add({ credit });
    });
    this.#incoming.check(frame);
    if (frame.message !== undefined) this.#incoming.push(frame.message);
    if (frame.credit) this.#outgoing.grant(frame.credit);
    this.#requestEnded = frame.halfClose === true;
    if (frame.open.deadline !== undefined) {
      this.#timer = host.endpoint.deadlines.at(frame.open.deadline, () => this.cancel(true));
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

  /** Whether a handler was, or is about to be, told of the call. */
  get begun(): boolean {
    return this.#method !== undefined;
  }

  /** Calls back once the request is answered, or needs no answer any more. */
  whenAnswered(callback: () => void): void {
    if (this.#answered) callback();
    else this.#whenAnswered = both(this.#whenAnswered, callback);
  }

  /** Makes the call one that goes on: its request is answered by that, and it depends on this worker alone. */
  accept(): void {
    if (!this.#firstMade && !this.#over) this.#outgoing.add({ accept: true });
  }

  /** Begins the work: from here on there is a method, and the caller may be asked for the rest of its request. */
  begin(method: Method): void {
    this.#method = method;
    if (!this.#requestEnded) this.accept();
  }

  /** Tells the caller of this attempt, where it is traced, and the handler has not answered. */
  tellBegun(): void {
    if (this.#firstMade || this.#over) return;
    const begun = this.hooks?.attempt?.();
    if (begun !== undefined) this.#host.endpoint.post(this.caller, { callId: this.id, sequence: 0, begun });
  }

  // What interceptors and the handler call.

  start(listener: InterceptingServerListener): void {
    if (this.#over) return;
    this.#listener = listener;
    const { metadata, waitForReady } = this.#open;
    // The wish is for handlers that call on, as a caller's options are for its channel.
    const options = waitForReady === undefined ? noOptions : { waitForReady };
    listener.onReceiveMetadata(addEntries(new Metadata(options), metadata));
    this.#deliver();
  }

  startRead(): void {
    this.#reads++;
    this.#deliver();
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
    this.hooks?.ended({ code, details: String(details ?? '') });
    const trailers = metadata ? metadataToEntries(metadata) : noEntries;
    // Handlers in JavaScript put all kinds of things there.
    const message = code === Status.OK && details === 'OK' ? '' : String(details ?? '');
    this.#outgoing.end({ status: new WireStatusObject(code, message, trailers) }, () => this.#end(true));
  }

  getPeer(): string {
    return `kafka:${peerName(this.caller)}`;
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

  /** Load reports are for clients that balance by them; over a log there are none. */
  getMetricsRecorder(): MetricsRecorder {
    return ignoringRecorder as unknown as MetricsRecorder;
  }

  // What comes from the caller.

  /** A frame of this call came; false where it is of no use. */
  receive(frame: Frame, sender: InboxAddress): boolean {
    if (this.#over || !sameInbox(sender, this.caller)) return false;
    if (frame.cancel) {
      this.cancel();
      return true;
    }
    const order = this.#incoming.check(frame);
    if (order === 'repeated') return false;
    if (order === 'gap') {
      this.#fail(Status.DATA_LOSS, `a part of the request is missing before frame ${frame.sequence}`);
      return true;
    }
    if (this.#requestEnded && (frame.message !== undefined || frame.halfClose)) {
      this.#fail(Status.INTERNAL, 'the request goes on behind its end');
      return true;
    }
    if (frame.credit) this.#outgoing.grant(frame.credit);
    if (frame.message !== undefined && !this.#takeMessage(frame.message, frame.part)) return true;
    if (frame.halfClose) {
      if (this.#incoming.partial) this.#fail(Status.DATA_LOSS, 'the request ended within a message');
      this.#requestEnded = true;
    }
    this.#deliver();
    return true;
  }

  /** @returns whether the call can go on. */
  #takeMessage(message: Uint8Array, part: MessagePart | undefined): boolean {
    const { maxReceiveMessageLength: max } = this.#host;
    // One that is too large is refused with its first part, not gathered first.
    if (part !== undefined && max >= 0 && part.total > max) {
      this.#fail(Status.RESOURCE_EXHAUSTED, `Received message larger than max (${part.total} vs. ${max})`);
      return false;
    }
    if (this.#incoming.push(message, part)) return true;
    this.#fail(Status.DATA_LOSS, 'the parts of a request message do not fit together');
    return false;
  }

  /** The caller no longer wants the call, is gone, or its deadline passed: the handler is told, and nothing is sent. */
  cancel(expired = false): void {
    if (this.#over) return;
    this.#tellCancelled(expired);
    this.#end();
    this.#outgoing.abandon();
    this.#markAnswered();
    this.#listener?.onCancel();
  }

  /** Gives up a call that was not begun: its request is given to another worker. */
  leave(): void {
    if (this.#over) return;
    this.#over = true;
    this.#timer?.stop();
    this.hooks?.skipped('left');
    this.#host.onLeft(this);
  }

  /**
   * This worker stops. A call that it accepted ends, as nobody else can go on with it; any other is left unanswered, for
   * another worker to be given.
   */
  abandon(): void {
    if (this.#over) return;
    if (this.#firstMade) {
      this.#fail(Status.UNAVAILABLE, 'the worker was closed');
    } else {
      if (this.begun) {
        this.tellBegun();
        this.hooks?.ended({ code: Status.UNAVAILABLE, details: 'the worker was closed' });
      } else this.hooks?.skipped('left');
      this.#end();
      this.#listener?.onCancel();
    }
  }

  /** The caller was not heard from in time. It may only have been held up, so it is told that the call is over. */
  peerGone(): void {
    if (this.#over) return;
    if (this.#firstMade) this.#fail(Status.UNAVAILABLE, 'the caller was not heard from in time');
    else this.cancel();
  }

  /**
   * A frame of this call could not be delivered. Where the caller's inbox is gone, so is the caller. Otherwise the caller
   * waits: the end of the call is sent in the place of what was lost.
   */
  undelivered(error: LogError): void {
    if (error.topicUnknown || (error.status !== Status.UNAVAILABLE && error.status !== Status.RESOURCE_EXHAUSTED)) {
      this.cancel();
      this.#markAnswered();
    } else if (!this.#answered) {
      this.#sendEnd(0, error, () => this.#markAnswered());
    } else {
      this.#fail(error.status, error.message);
    }
  }

  // Sending.

  #post(parcel: Parcel): void {
    if (!this.#firstMade) {
      this.#firstMade = true;
      this.hooks?.replying();
      parcel.sealing = (frame) => this.#firstFrame(frame);
      parcel.acknowledged = () => this.#markAnswered();
    }
    parcel.failed = this.#failed;
    const { endpoint } = this.#host;
    endpoint.send(this.#lane ?? endpoint.laneTo(this.caller), parcel);
  }

  /** Sends the end of the call as the frame of this number, as the one that was made could not be sent. */
  #sendEnd(sequence: number, error: LogError, acknowledged: (() => void) | undefined): void {
    const status = { code: error.status, message: error.message, trailers: [] };
    const listener = this.#over ? undefined : this.#listener;
    this.#statusGiven = true;
    this.hooks?.ended({ code: error.status, details: error.message });
    this.#outgoing.abandon();
    this.#host.endpoint.send(this.#host.endpoint.laneTo(this.caller), {
      frame: { callId: this.id, sequence, status },
      sealed: false,
      acknowledged,
      // Not even that: nothing more can be done from here.
      failed: () => this.#markAnswered(),
    });
    this.#end(true);
    listener?.onCancel();
  }

  /** The first frame goes out: a complete reply, or the acceptance of a call that goes on. */
  #firstFrame(frame: Frame): void {
    if (frame.status !== undefined) return;
    frame.accept = true;
    this.#accepted = true;
    this.#lane = this.#host.endpoint.laneTo(this.caller);
    if (!this.#over) this.#host.endpoint.retain(this.caller);
  }

  #serialize(message: unknown): Buffer | undefined {
    const { maxSendMessageLength: max } = this.#host;
    try {
      const bytes = this.#method?.responseSerialize(message) as Buffer;
      if (max < 0 || bytes.length <= max) return bytes;
      this.#fail(Status.RESOURCE_EXHAUSTED, `Sent message larger than max (${bytes.length} vs. ${max})`);
    } catch (error) {
      this.#fail(Status.INTERNAL, `Error serializing response: ${(error as Error).message}`);
    }
    return undefined;
  }

  /** Ends the call with an error of ours, in the place of what was not sent yet, and tells the handler that it is over. */
  #fail(code: Status, details: string): void {
    if (this.#over) return;
    this.#statusGiven = true;
    this.hooks?.ended({ code, details });
    this.#outgoing.abandon();
    this.#outgoing.end({ status: { code, message: details, trailers: [] } }, () => this.#end(true));
    this.#listener?.onCancel();
  }

  /** @param replied its status is on its way. */
  #end(replied = false): void {
    if (this.#over) return;
    this.#over = true;
    this.#timer?.stop();
    this.#timer = undefined;
    this.#outgoing.close();
    this.#incoming.clear();
    if (this.#accepted) this.#host.endpoint.release(this.caller);
    this.hooks?.over(replied);
    this.#host.onOver(this);
  }

  #tellCancelled(expired: boolean): void {
    if (!this.begun) this.hooks?.skipped(expired ? 'expired' : 'cancelled');
    else this.hooks?.ended({ code: expired ? Status.DEADLINE_EXCEEDED : Status.CANCELLED });
  }

  #markAnswered(): void {
    if (this.#answered) return;
    this.#answered = true;
    this.#host.onAnswered(this);
    const callback = this.#whenAnswered;
    this.#whenAnswered = undefined;
    callback?.();
  }

  // Towards the handler.

  #deliver(): void {
    if (this.#delivering) return;
    this.#delivering = true;
    try {
      while (this.#reads > 0 && !this.#over && this.#listener !== undefined) {
        const bytes = this.#incoming.take();
        if (bytes !== undefined) {
          this.#reads--;
          this.#deliverMessage(bytes);
        } else {
          this.#deliverHalfClose(this.#listener);
          break;
        }
      }
    } finally {
      // Handlers may throw here; the call must not be stuck for that.
      this.#delivering = false;
    }
  }

  #deliverHalfClose(listener: InterceptingServerListener): void {
    if (!this.#requestEnded || this.#halfCloseDelivered) return;
    this.#halfCloseDelivered = true;
    listener.onReceiveHalfClose();
  }

  #deliverMessage(bytes: Uint8Array): void {
    const { maxReceiveMessageLength: max } = this.#host;
    if (max >= 0 && bytes.length > max) {
      this.#fail(Status.RESOURCE_EXHAUSTED, `Received message larger than max (${bytes.length} vs. ${max})`);
      return;
    }
    let message: unknown;
    try {
      message = this.#method?.requestDeserialize(bytes as Buffer);
    } catch (error) {
      this.#fail(Status.INTERNAL, `Error deserializing request: ${(error as Error).message}`);
      return;
    }
    this.#listener?.onReceiveMessage(message);
  }
}

function both(first: (() => void) | undefined, second: () => void): () => void {
  if (first === undefined) return second;
  return () => {
    first();
    second();
  };
}

/** Shared, as nobody changes the options of metadata in place. */
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
