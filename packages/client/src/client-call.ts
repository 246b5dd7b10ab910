import {
  type CallCredentials,
  type Deadline,
  type InterceptingListener,
  Metadata,
  status as Status,
  type StatusObject,
} from '@grpc/grpc-js';
import {
  type DeadlineTimer,
  type Endpoint,
  Incoming,
  type Lane,
  Outgoing,
  type Parcel,
  peerName,
  sameInbox,
  serviceOf,
} from '@wherry/endpoint/internal';
import { LogError } from '@wherry/kafka';
import {
  addEntries,
  type Frame,
  type InboxAddress,
  OpeningObject,
  type MessagePart,
  type MetadataEntries,
  metadataToEntries,
} from '@wherry/wire';
import type { CallHooks } from './instrumentation.js';
import type { MethodSettings } from './method-settings.js';
import { type OrderingField, orderingFieldKey, orderingFieldOf, orderingKey } from './ordering.js';
import { type Inheritance, inheritedDeadline, onParentCancelled } from './parent-call.js';
import { ReplyDelivery } from './reply-delivery.js';
import type { AttemptCall, Progress } from './retry/attempt.js';
import type { RetryThrottle } from './retry/retry-throttle.js';
import type { Route, Routes } from './routes.js';
import type { ServedServices } from './served-services.js';

/** What a call needs of its channel. */
export interface CallHost {
  readonly endpoint: Endpoint;
  readonly routes: Routes;
  readonly services: ServedServices;
  /** Is told of calls that succeed, where there is one. */
  readonly throttle: RetryThrottle | undefined;
  /** Why new calls cannot be sent now; undefined where they can. */
  readonly unreachable: LogError | undefined;
  /** Frames with this id are for this call from now on. */
  register(call: ClientCall): void;
  unregister(call: ClientCall): void;
}

export interface CallParameters extends Inheritance {
  readonly id: string;
  readonly number: number;
  /** `/package.Service/Method`. */
  readonly method: string;
  readonly deadline: Deadline;
  /**
   * When the caller made the call without a deadline, in milliseconds since the Unix epoch: its method's own timeout counts then,
   * which is known once its route is. Undefined where there is a deadline.
   */
  readonly madeAt: number | undefined;
  readonly authority: string | undefined;
  readonly settings: MethodSettings;
  /** How many attempts of the same call were made before this one. */
  readonly previousAttempts: number;
  /** The first headers or message of the reply came, though perhaps not to the listener yet. */
  readonly onReply?: (() => void) | undefined;
  /** What follows the call, where something does. */
  readonly hooks?: CallHooks | undefined;
}

/** When a call ends by its method's own timeout; Infinity where that does not count, or is not known yet. */
export function methodDeadline(method: string, madeAt: number | undefined, services: ServedServices): number {
  if (madeAt === undefined) return Number.POSITIVE_INFINITY;
  return madeAt + (services.methodOptions(method)?.timeoutMs ?? Number.POSITIVE_INFINITY);
}

/** A class, as what calls are made of (docs/performance.md). */
class FinalStatus implements StatusObject {
  constructor(
    readonly code: Status,
    readonly details: string,
    readonly metadata: Metadata,
  ) {}
}

/**
 * A call at its caller, as grpc-js's stubs drive one.
 *
 * It is opened with one record to the request topic. When nothing but its answer comes back (a unary call), that is all.
 * When the worker accepts it instead, the worker becomes its `peer`, and from then on both sides write to each other's
 * inbox; messages that did not fit into the opening wait for that. It ends once: with the worker's status, behind every
 * message that came before it, or with one of our own.
 */
export class ClientCall implements AttemptCall {
  readonly id: string;
  readonly #host: CallHost;
  // Its parameters one by one: what they came in dies at once (docs/performance.md tells why that matters).
  readonly #number: number;
  readonly #method: string;
  readonly #madeAt: number | undefined;
  readonly #authority: string | undefined;
  readonly #parent: CallParameters['parent'];
  readonly #propagate: number;
  readonly #settings: MethodSettings;
  readonly #previousAttempts: number;
  readonly #onReply: CallParameters['onReply'];
  readonly #hooks: CallHooks | undefined;
  #deadline: number;
  readonly #outgoing: Outgoing;
  readonly #incoming: Incoming;
  readonly #reply: ReplyDelivery;
  /** Ends what the call may be waiting for: a route, credentials. Made only where something is waited for. */
  #waiting: AbortController | undefined;
  #timer: DeadlineTimer | undefined;
  #stopWatchingParent: (() => void) | undefined;
  #credentials: CallCredentials | undefined;
  #route: Route | undefined;
  /** Opens a call that is ordered by its first message, once that is there. */
  #openOrdered: (() => void) | undefined;
  /** The way of what is sent: first to the request topic, then to the inbox of the worker that accepted. */
  #lane: Lane | undefined;
  /** The partition that the opening went to; its cancel must follow it there. */
  #partition: number | undefined;
  /** Until the call is over: an over call may be kept for a while, by grpc-js's stub in the stack of the next. */
  #opening: Parcel | undefined;
  #opened = false;
  #peer: InboxAddress | undefined;
  /** The status is known: nothing more is sent or taken. */
  #ended = false;
  #halfClosed = false;
  /** The opening is in no topic, and will not be. */
  #undeliverable = false;
  readonly #failed = (error: LogError): void => this.undelivered(error);

  constructor(host: CallHost, parameters: CallParameters) {
    this.id = parameters.id;
    this.#host = host;
    this.#number = parameters.number;
    this.#method = parameters.method;
    this.#madeAt = parameters.madeAt;
    this.#authority = parameters.authority;
    this.#parent = parameters.parent;
    this.#propagate = parameters.propagate;
    this.#settings = parameters.settings;
    this.#previousAttempts = parameters.previousAttempts;
    this.#onReply = parameters.onReply;
    this.#hooks = parameters.hooks;
    this.#deadline = inheritedDeadline(parameters.deadline, parameters);
    this.#outgoing = new Outgoing(this.id, host.endpoint.maxWholeMessage, (parcel) => this.#post(parcel));
    this.#outgoing.hold();
    this.#incoming = new Incoming((credit) => {
      if (this.#peer !== undefined && !this.#ended) this.#outgoing.add({ credit });
    });
    this.#reply = new ReplyDelivery(this.#incoming, () => {
      this.#timer?.stop();
      this.#timer = undefined;
      this.#stopWatchingParent?.();
    });
  }

  /** The worker that accepted the call, if one did. */
  get peer(): InboxAddress | undefined {
    return this.#peer;
  }

  /** Its status is known, though perhaps not delivered. */
  get ended(): boolean {
    return this.#ended;
  }

  /** How far the request came. */
  get progress(): Progress {
    if (this.#undeliverable) return 'undeliverable';
    return this.#opened ? 'sent' : 'unsent';
  }

  // What the stub calls.

  start(metadata: Metadata, listener: InterceptingListener): void {
    this.#reply.listen(listener);
    if (this.#ended) return; // cancelled before it began
    this.#host.register(this);
    if (!this.#watchDeadline() || !this.#watchParent()) return;
    const { waitForReady = this.#settings.waitForReady } = metadata.getOptions();
    const ready = this.#host.unreachable === undefined || waitForReady;
    if (!ready) {
      this.#end(Status.UNAVAILABLE, `no Kafka broker can be reached: ${this.#host.unreachable?.message}`);
      return;
    }
    const route = this.#host.routes.get(this.#service);
    if (route !== undefined && this.#credentials === undefined) this.#open(route, metadata);
    // clone: what the caller does to its metadata later is not for this call.
    else void this.#prepare(metadata.clone(), waitForReady);
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
      // Later it is called in a tick of its own, as what it throws is its own.
      else this.#outgoing.write(message, callback && (() => process.nextTick(callback)));
      this.#openOrdered?.();
    }
  }

  halfClose(): void {
    this.#reply.written();
    if (this.#ended || this.#halfClosed) return;
    this.#halfClosed = true;
    this.#outgoing.end({ halfClose: true });
    this.#openOrdered?.();
  }

  startRead(): void {
    this.#reply.read();
  }

  cancelWithStatus(code: Status, details: string): void {
    if (this.#reply.over) return;
    this.#sendCancel();
    this.#end(code, details);
  }

  setCredentials(credentials: CallCredentials): void {
    this.#credentials = credentials;
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

  // Opening.

  get #service(): string {
    return serviceOf(this.#method);
  }

  /** @returns whether there is time left. */
  #watchDeadline(): boolean {
    if (!Number.isFinite(this.#deadline)) return true;
    if (this.#deadline <= Date.now()) {
      this.#end(Status.DEADLINE_EXCEEDED, 'the deadline had passed before the call began');
      return false;
    }
    // The worker keeps the deadline for itself, so it needs no cancel.
    this.#timer?.stop();
    this.#timer = this.#host.endpoint.deadlines.at(this.#deadline, () =>
      this.#end(Status.DEADLINE_EXCEEDED, 'Deadline exceeded'),
    );
    return true;
  }

  /** @returns whether there is time left by the method's own timeout, where that counts. */
  #watchOwnTimeout(): boolean {
    const deadline = methodDeadline(this.#method, this.#madeAt, this.#host.services);
    if (deadline >= this.#deadline) return true;
    this.#deadline = deadline;
    return this.#watchDeadline();
  }

  /** @returns whether the parent still runs. */
  #watchParent(): boolean {
    const parent = this.#parent;
    if (parent === null) return true;
    this.#stopWatchingParent = onParentCancelled({ parent, propagate: this.#propagate }, () =>
      this.cancelWithStatus(Status.CANCELLED, 'Cancelled by parent call'),
    );
    return !this.#ended;
  }

  /** Opens the call once its credentials and its route are there. */
  async #prepare(metadata: Metadata, waitForReady: boolean): Promise<void> {
    let doing: Status = Status.UNAUTHENTICATED;
    try {
      if (this.#credentials !== undefined) metadata.merge(await this.#callMetadata(this.#credentials));
      doing = Status.UNAVAILABLE;
      const route = this.#ended ? undefined : await this.#findRoute(waitForReady);
      if (this.#ended) return;
      if (route !== undefined) this.#open(route, metadata);
      else this.#end(Status.UNAVAILABLE, this.#host.routes.whyNot(this.#service));
    } catch (error) {
      this.#end(
        error instanceof LogError ? error.status : doing,
        error instanceof Error ? error.message : String(error),
      );
    }
  }

  #findRoute(waitForReady: boolean): Promise<Route | undefined> {
    const { routes } = this.#host;
    if (!waitForReady) return routes.find(this.#service);
    this.#waiting = new AbortController();
    return routes.waitFor(this.#service, this.#waiting.signal);
  }

  #callMetadata(credentials: CallCredentials): Promise<Metadata> {
    const method = this.#method;
    return credentials.generateMetadata({
      service_url: `https://${this.#authority ?? 'wherry'}/${this.#service}`,
      method_name: method.slice(method.lastIndexOf('/') + 1),
    });
  }

  #open(route: Route, metadata: Metadata): void {
    const method = this.#method;
    if (!this.#watchOwnTimeout()) return;
    let field: OrderingField | undefined;
    try {
      field = orderingFieldOf(method, metadata, this.#host.services);
    } catch (error) {
      this.#end(Status.INVALID_ARGUMENT, (error as Error).message);
      return;
    }
    if (field !== undefined && this.#outgoing.next === undefined && !this.#halfClosed) {
      const kept = metadata.clone();
      this.#openOrdered = () => this.#open(route, kept);
      return;
    }
    this.#openOrdered = undefined;
    this.#route = route;
    this.#lane = this.#laneOf(route, field);
    const deadline = Number.isFinite(this.#deadline) ? this.#deadline : undefined;
    const { waitForReady } = metadata.getOptions();
    const open = new OpeningObject(method, deadline, this.#entriesOf(metadata), this.#authority, waitForReady);
    this.#outgoing.add({ open });
    // What was written before this was held; what of it fits goes with the opening.
    this.#outgoing.pump();
  }

  /** The metadata that travels: without what is for the channel alone, and with what follows the call. */
  #entriesOf(metadata: Metadata): MetadataEntries {
    const all = metadataToEntries(metadata);
    const entries = all.length === 0 ? all : all.filter(([key]) => key !== orderingFieldKey);
    const more = this.#hooks?.opening?.(this.id, this.#previousAttempts);
    if (more === undefined || more.length === 0) return entries;
    if (entries.length === 0) return more;
    const replaced = new Set(more.map(([key]) => key));
    return [...entries.filter(([key]) => !replaced.has(key)), ...more];
  }

  #laneOf(route: Route, field: OrderingField | undefined): Lane {
    const first = this.#outgoing.next;
    const key = field && first && orderingKey(field, first);
    if (key !== undefined) return route.forKey(key);
    return this.#previousAttempts === 0 ? route : route.forAttempt(this.#previousAttempts);
  }

  /** Sends a frame where it belongs: the opening to the request topic, all else to the worker's inbox. */
  #post(parcel: Parcel): void {
    if (this.#lane === undefined) return;
    parcel.failed = this.#failed;
    if (this.#peer === undefined) {
      this.#opening = parcel;
      this.#opened = true;
      parcel.placed = (partition) => {
        this.#partition = partition;
      };
    }
    this.#host.endpoint.send(this.#lane, parcel);
  }

  // What comes from the worker.

  /** A frame of this call came; false where it is of no use: repeated, or from a worker that is not the call's. */
  receive(frame: Frame, sender: InboxAddress): boolean {
    if (this.#ended) return false;
    if (this.#peer === undefined ? !(frame.accept || frame.status) : !sameInbox(this.#peer, sender)) return false;
    const order = this.#incoming.check(frame);
    if (order === 'repeated') return false;
    if (order === 'gap') {
      this.cancelWithStatus(Status.DATA_LOSS, `a part of the reply is missing before frame ${frame.sequence}`);
      return true;
    }
    if (frame.accept) this.#accepted(sender);
    if (frame.headers !== undefined || frame.message !== undefined) this.#onReply?.();
    if (frame.headers !== undefined) this.#reply.headers(addEntries(new Metadata(), frame.headers));
    if (frame.message !== undefined && !this.#takeMessage(frame.message, frame.part)) return true;
    if (frame.credit) this.#outgoing.grant(frame.credit);
    if (frame.status?.code === Status.OK && this.#incoming.partial) {
      this.cancelWithStatus(Status.DATA_LOSS, 'the reply ended within a message');
    } else if (frame.status !== undefined) {
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

  /** @returns whether the call can go on. */
  #takeMessage(message: Uint8Array, part: MessagePart | undefined): boolean {
    const { maxReceiveMessageLength: max } = this.#settings;
    const length = part?.total ?? message.length;
    if (max >= 0 && length > max) {
      this.cancelWithStatus(
        Status.RESOURCE_EXHAUSTED,
        `Received message larger than max (${length} vs. ${max}); raise maxReceiveMessageLength`,
      );
      return false;
    }
    if (this.#incoming.push(message, part)) return true;
    this.cancelWithStatus(Status.DATA_LOSS, 'the parts of a reply message do not fit together');
    return false;
  }

  /** The worker was not heard from any more: the call ends behind what had come. */
  peerGone(): void {
    // It may only have been held up, and should not go on with what nobody waits for.
    this.#sendCancel();
    this.#finish(
      new FinalStatus(
        Status.UNAVAILABLE,
        `the worker ${this.getPeer()} is gone: it was not heard from in time`,
        new Metadata(),
      ),
    );
  }

  /** A frame of this call could not be delivered, so the call cannot go on. */
  undelivered(error: LogError): void {
    if (error.topicUnknown) {
      this.#host.routes.forget(this.#service);
      this.#undeliverable = this.#peer === undefined;
    }
    this.#sendCancel();
    this.#end(error.status, error.message);
  }

  // Ending.

  /** Tells the worker, wherever the call is: in the request topic, or accepted. */
  #sendCancel(): void {
    if (this.#ended) return;
    this.#outgoing.abandon();
    if (this.#peer !== undefined) {
      this.#outgoing.add({ cancel: true });
    } else if (this.#opening !== undefined && !this.#opening.sealed) {
      this.#opening.frame.cancel = true;
    } else if (this.#route !== undefined && this.#partition !== undefined) {
      const frame = { callId: this.id, sequence: 1, cancel: true };
      this.#host.endpoint.send(this.#route.toPartition(this.#partition), { frame, sealed: false });
    }
  }

  /** Ends the call now, without what has not been read. */
  #end(code: Status, details: string): void {
    if (this.#reply.over) return;
    const status = new FinalStatus(code, details, new Metadata());
    this.#reply.endNow(status);
    this.#finish(status);
  }

  /** The call is over as far as the log is concerned; its status is delivered behind what is unread. */
  #finish(status: StatusObject): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#waiting?.abort();
    this.#outgoing.abandon();
    this.#outgoing.close();
    this.#opening = undefined;
    if (status.code === Status.OK) this.#host.throttle?.succeeded();
    this.#host.unregister(this);
    this.#hooks?.forgotten?.(this.id);
    if (this.#peer !== undefined) this.#host.endpoint.release(this.#peer);
    this.#reply.end(status);
  }
}
