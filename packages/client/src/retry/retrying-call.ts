import {
  type CallCredentials,
  type experimental,
  type InterceptingListener,
  Metadata,
  status as Status,
  type StatusObject,
} from '@grpc/grpc-js';
import { atDeadline } from '@wherry/endpoint/internal';
import { type Inheritance, onParentCancelled } from '../parent-call.js';
import { type Attempt, type AttemptCall, send } from './attempt.js';
import { Backoff } from './backoff.js';
import { addPreviousAttempts, pushbackOf } from './exposed-metadata.js';
import type { CallPolicy } from './policies.js';
import { type KeptMessage, type ReplayBudget, ReplayBuffer } from './replay-buffer.js';
import type { RetryThrottle } from './retry-throttle.js';

/** The parts of the channel that a call uses. */
export interface RetryHost {
  readonly budget: ReplayBudget;
  readonly throttle: RetryThrottle | undefined;
  /** From now on the call is under way, even while it has no attempt. */
  begun(call: RetryingCall): void;
  /** The call is over, or it is committed to one attempt. A committed call is over when its attempt is over. */
  settled(call: RetryingCall): void;
}

export interface RetryParameters extends Inheritance {
  readonly number: number;
  /** In milliseconds since the Unix epoch, or infinite. The attempts have the same deadline. */
  readonly deadline: number;
  /** In bytes; -1: any. */
  readonly maxSendMessageLength: number;
  readonly policy: CallPolicy;
  /** Makes the call for one attempt. The attempt must call `onReply` once headers or a message of the reply have come. */
  attempt(previousAttempts: number, onReply: () => void): AttemptCall;
}

/**
 * A call that may be made several times: one attempt after another (a retry policy), or several at once (hedging). Its stub sees one call.
 *
 * The call is **committed** to an attempt once that attempt has received a part of a reply, or if the request does not fit into the replay
 * buffer. From then on the call is that attempt, and no other is made. Until then the call keeps the messages that were sent, and its stub
 * does not see that an attempt failed. The call ends once: with the status of the attempt it is committed to, with the status of the last
 * attempt that failed, or with a status of its own (cancel, deadline).
 */
export class RetryingCall implements experimental.CallStream {
  readonly #host: RetryHost;
  readonly #parameters: RetryParameters;
  readonly #policy: CallPolicy;
  readonly #backoff: Backoff | undefined;
  readonly #buffer: ReplayBuffer;
  /** The attempts under way while the call is not committed. The call ignores events of attempts that were removed. */
  readonly #attempts = new Set<Attempt>();
  #metadata = new Metadata();
  #listener: InterceptingListener | undefined;
  #credentials: CallCredentials | undefined;
  #reads = 0;
  /** The stub read before it wrote, so each attempt does too. */
  #readFirst = false;
  #halfClosed = false;
  /** How many attempts have begun, of those that the policy counts. */
  #begun = 0;
  #latest: AttemptCall | undefined;
  /** The status of the latest attempt that failed. */
  #failure: StatusObject | undefined;
  /** No further attempt begins, whatever the policy says. */
  #stopped = false;
  /** A message that had no room in the buffer waits, so the call is committed to the next attempt. */
  #commitNext = false;
  #retriedUndelivered = false;
  #stopTimer: (() => void) | undefined;
  #stopParent: (() => void) | undefined;
  /** The attempt that the call is committed to. */
  #committed: Attempt | undefined;
  /** The status of a call that ended without being committed. */
  #status: StatusObject | undefined;

  constructor(host: RetryHost, parameters: RetryParameters) {
    const { policy } = parameters;
    this.#host = host;
    this.#parameters = parameters;
    this.#policy = policy;
    this.#backoff = policy.kind === 'retry' ? new Backoff(policy) : undefined;
    this.#buffer = new ReplayBuffer(host.budget);
  }

  /** How many attempts are under way. 0 once the call is committed to one. */
  get attemptsUnderWay(): number {
    let count = 0;
    for (const { call } of this.#attempts) if (!call.ended) count++;
    return count;
  }

  // Called by the stub.

  start(metadata: Metadata, listener: InterceptingListener): void {
    this.#listener = listener;
    if (this.#status !== undefined) {
      this.#deliver(this.#status); // cancelled before it began
      return;
    }
    // A clone, because the caller may change its metadata later.
    this.#metadata = metadata.clone();
    this.#host.begun(this);
    this.#stopParent = onParentCancelled(this.#parameters, () =>
      this.cancelWithStatus(Status.CANCELLED, 'Cancelled by parent call'),
    );
    if (!this.#over) this.#begin();
  }

  sendMessageWithContext(context: { callback?: (error?: Error | null) => void }, message: Buffer): void {
    if (this.#committed !== undefined) {
      this.#committed.call.sendMessageWithContext(context, message);
      return;
    }
    const kept = { message, sent: onceInNextTick(context.callback) };
    const { maxSendMessageLength: max } = this.#parameters;
    if (this.#over || this.#halfClosed) {
      kept.sent();
    } else if (max >= 0 && message.length > max) {
      kept.sent();
      this.cancelWithStatus(Status.RESOURCE_EXHAUSTED, `Attempted to send message with a size larger than ${max}`);
    } else if (this.#buffer.reserve(message.length)) {
      this.#buffer.add(kept);
      for (const attempt of this.#attempts) send(attempt, kept);
    } else {
      this.#sendUnkept(kept);
    }
  }

  halfClose(): void {
    this.#halfClosed = true;
    for (const { call } of this.#current) call.halfClose();
  }

  startRead(): void {
    if (this.#reads++ === 0) {
      this.#readFirst = this.#listener !== undefined && this.#buffer.messages.length === 0 && !this.#halfClosed;
    }
    for (const { call } of this.#current) call.startRead();
  }

  cancelWithStatus(code: Status, details: string): void {
    if (this.#committed !== undefined) this.#committed.call.cancelWithStatus(code, details);
    else this.#end({ code, details, metadata: new Metadata() });
  }

  setCredentials(credentials: CallCredentials): void {
    this.#credentials = credentials;
  }

  getPeer(): string {
    return (this.#committed?.call ?? this.#latest)?.getPeer() ?? 'unknown';
  }

  getCallNumber(): number {
    return this.#parameters.number;
  }

  getAuthContext(): null {
    return null;
  }

  // Attempts.

  get #over(): boolean {
    return this.#status !== undefined;
  }

  /** The attempts that get the stub's requests. */
  get #current(): Iterable<Attempt> {
    return this.#committed === undefined ? this.#attempts : [this.#committed];
  }

  get #throttled(): boolean {
    return this.#host.throttle?.open === false;
  }

  get #attemptsLeft(): boolean {
    return !this.#stopped && this.#begun < this.#policy.maxAttempts;
  }

  #begin(): void {
    this.#begun++;
    this.#attempt(this.#begun - 1);
    if (this.#policy.kind === 'hedging' && this.#committed === undefined && this.#attemptsLeft) {
      this.#schedule(this.#policy.delayMs);
    }
  }

  /** Makes an attempt, and repeats everything that the stub has requested so far. */
  #attempt(previous: number): void {
    const call = this.#parameters.attempt(previous, () => this.#commit(attempt));
    const attempt: Attempt = { call, previous, taken: 0, headersDelivered: false };
    this.#attempts.add(attempt);
    this.#latest = call;
    let metadata = this.#metadata;
    if (previous > 0) {
      metadata = metadata.clone();
      addPreviousAttempts(metadata, previous);
    }
    if (this.#credentials !== undefined) call.setCredentials(this.#credentials);
    call.start(metadata, this.#listenTo(attempt));
    if (this.#readFirst) this.#readAgain(call);
    for (const kept of this.#buffer.messages) send(attempt, kept);
    if (this.#halfClosed) call.halfClose();
    if (!this.#readFirst) this.#readAgain(call);
    if (this.#commitNext) this.#commit(attempt);
  }

  #readAgain(call: AttemptCall): void {
    for (let read = 0; read < this.#reads; read++) call.startRead();
  }

  #listenTo(attempt: Attempt): InterceptingListener {
    return {
      onReceiveMetadata: (metadata) => {
        if (this.#committed !== attempt) return;
        attempt.headersDelivered = true;
        if (attempt.previous > 0) addPreviousAttempts(metadata, attempt.previous);
        this.#listener?.onReceiveMetadata(metadata);
      },
      onReceiveMessage: (message) => {
        if (this.#committed === attempt) this.#listener?.onReceiveMessage(message);
      },
      onReceiveStatus: (status) => {
        const { previous, headersDelivered } = attempt;
        if (previous > 0 && !headersDelivered) addPreviousAttempts(status.metadata, previous);
        if (status.code === Status.OK) this.#commit(attempt);
        if (this.#committed === attempt) {
          this.#stopParent?.();
          this.#listener?.onReceiveStatus(status);
        } else if (this.#attempts.delete(attempt)) {
          this.#failed(attempt, status);
        }
      },
    };
  }

  /** Sends a message for which the buffer has no room: the call is committed to the attempt that has sent the most messages. */
  #sendUnkept(kept: KeptMessage): void {
    let first: Attempt | undefined;
    for (const attempt of this.#attempts) if (first === undefined || attempt.taken > first.taken) first = attempt;
    if (first === undefined) {
      this.#buffer.add(kept);
      this.#commitNext = true;
    } else {
      this.#commit(first);
      send(first, kept);
    }
  }

  /** Commits the call to an attempt, if that attempt is under way. */
  #commit(attempt: Attempt): void {
    if (!this.#attempts.delete(attempt)) return;
    this.#committed = attempt;
    this.#settle('another attempt of this call was answered');
  }

  // After a failure.

  /** An attempt failed, and no part of its reply was delivered. */
  #failed({ call, previous }: Attempt, status: StatusObject): void {
    if (call.progress === 'undeliverable' && !this.#retriedUndelivered) {
      this.#retriedUndelivered = true;
      this.#attempt(previous);
      return;
    }
    this.#failure = status;
    const pushback = pushbackOf(status.metadata);
    const refused = pushback !== undefined && pushback < 0;
    const again = this.#mayFollow(call, status);
    if (again || refused) this.#host.throttle?.failed();
    if (refused) this.#stopped = true;
    if (!again) {
      this.#end(status);
    } else if (!this.#attemptsLeft || this.#throttled) {
      this.#noFurther();
    } else {
      if (pushback !== undefined) this.#backoff?.reset();
      this.#schedule(pushback ?? this.#backoff?.next() ?? 0);
    }
  }

  #mayFollow(call: AttemptCall, { code }: StatusObject): boolean {
    const { kind, codes } = this.#policy;
    return codes.has(code) && (kind === 'hedging' || this.#policy.unsentToo || call.progress === 'sent');
  }

  /** Begins the next attempt in `delayMs`. Replaces an earlier schedule. */
  #schedule(delayMs: number): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    const { deadline } = this.#parameters;
    const at = Date.now() + delayMs;
    if (at < deadline) {
      if (delayMs > 0) this.#stopTimer = atDeadline(at, () => this.#due());
      else this.#due();
    } else if (this.#attempts.size === 0) {
      // Each attempt watches the deadline itself. Between attempts this call must watch it.
      this.#stopTimer = atDeadline(deadline, () => this.#deadlineExceeded());
    }
  }

  #due(): void {
    this.#stopTimer = undefined;
    if (this.#throttled) this.#noFurther();
    else this.#begin();
  }

  /** No further attempt begins. If none is under way, the call ends now; otherwise the attempts under way decide how it ends. */
  #noFurther(): void {
    this.#stopped = true;
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    if (this.#attempts.size === 0 && this.#failure !== undefined) this.#end(this.#failure);
  }

  #deadlineExceeded(): void {
    const { code, details } = this.#failure ?? { code: Status.UNKNOWN, details: '' };
    this.#end({
      code: Status.DEADLINE_EXCEEDED,
      details: `Deadline exceeded before attempt ${this.#begun + 1}; the last ended with ${Status[code]}: ${details}`,
      metadata: new Metadata(),
    });
  }

  // Ending.

  /** Ends the call, unless it is committed. */
  #end(status: StatusObject): void {
    if (this.#over || this.#committed !== undefined) return;
    this.#status = status;
    this.#stopParent?.();
    for (const { sent } of this.#buffer.messages) sent();
    this.#settle('this call is over');
    this.#deliver(status);
  }

  /** No further attempt begins. Cancels the attempts under way, except the one that the call is committed to. */
  #settle(reason: string): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    this.#buffer.release();
    const others = [...this.#attempts];
    this.#attempts.clear();
    for (const { call } of others) call.cancelWithStatus(Status.CANCELLED, reason);
    this.#host.settled(this);
  }

  #deliver(status: StatusObject): void {
    // In a separate tick, because an error that the listener throws must not reach the code that called the stub.
    if (this.#listener !== undefined) process.nextTick(() => this.#listener?.onReceiveStatus(status));
  }
}

/** Wraps a callback so that several attempts may call it: it runs once, and never during the write. */
function onceInNextTick(callback: (() => void) | undefined): () => void {
  let waiting = callback;
  return () => {
    if (waiting !== undefined) process.nextTick(waiting);
    waiting = undefined;
  };
}
