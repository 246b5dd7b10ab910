import { type ServerInterceptingCallInterface, type ServerInterceptor, status as Status } from '@grpc/grpc-js';
import { CallsUnderWay, type Endpoint, LiveMap } from '@wherry/endpoint/internal';
import type { Frame, InboxAddress } from '@wherry/wire';
import type { ServedCallObserver, WorkerObserver } from './instrumentation.js';
import { ObservedServerCall } from './observe-server-call.js';
import type { CallSource } from './owned-partitions.js';
import { runHandler } from './run-handler.js';
import type { Method, Services } from './services.js';
import { type ServiceShare, SlotShares } from './slot-shares.js';
import { type OpeningFrame, WorkerCall, type WorkerCallHost } from './worker-call.js';

/** The parts of the worker that its dispatcher uses. */
export interface DispatcherHost {
  readonly endpoint: Endpoint;
  readonly services: Services;
  readonly interceptors: readonly ServerInterceptor[];
  readonly observer: WorkerObserver | undefined;
  readonly maxReceiveMessageLength: number;
  readonly maxSendMessageLength: number;
  /** How many calls run at once. */
  readonly concurrency: number;
  /** A call that still runs this long after it was read, in milliseconds, is accepted. */
  readonly acceptAfterMs: number;
  /** How long a call may go on without a message of its request and without a reply, in milliseconds. */
  readonly firstMessageTimeoutMs: number;
  /** Enough calls of a request topic wait: no more should be read. */
  pauseReading(topic: string): void;
  resumeReading(topic: string): void;
}

/**
 * Runs the calls that were read. The calls of a service begin in the order they came. At most `concurrency` calls run at once. Calls begin
 * at the end of the turn in which they were read, after the cancels that were read in that turn have taken effect.
 *
 * A call that came without a message of its request is idle. Its handler begins at once, because it may speak first, but the call takes no
 * slot. When the first message comes, the call waits for a slot like any other, and the handler gets the message when the call has one.
 */
export class Dispatcher implements WorkerCallHost {
  readonly endpoint: Endpoint;
  readonly maxReceiveMessageLength: number;
  readonly maxSendMessageLength: number;
  /** Calls that are not over, or not answered yet. */
  readonly calls = new CallsUnderWay<WorkerCall>();
  readonly counts = { startedCalls: 0, expiredCalls: 0, cancelledCalls: 0 };
  readonly #host: DispatcherHost;
  readonly #slots: SlotShares<WorkerCall>;
  readonly #running = new LiveMap<WorkerCall>();
  /** Calls that came without a message, and have neither got one nor ended. */
  readonly #idle = new LiveMap<WorkerCall>();
  /** The idle calls that came in this turn. */
  #newIdle: WorkerCall[] = [];
  readonly #acceptTimer: NodeJS.Timeout;
  #dispatching: NodeJS.Immediate | undefined;
  /** Calls that began. Their callers are told so in the next turn. */
  #begun: WorkerCall[] = [];
  #closed = false;
  /** How many calls in a row had expired when they were read. */
  #expiredInARow = 0;
  #warnedOfClocks = false;

  constructor(host: DispatcherHost) {
    this.#host = host;
    this.endpoint = host.endpoint;
    this.#slots = new SlotShares(host.concurrency, { pause: host.pauseReading, resume: host.resumeReading });
    this.maxReceiveMessageLength = host.maxReceiveMessageLength;
    this.maxSendMessageLength = host.maxSendMessageLength;
    this.#acceptTimer = setInterval(() => {
      this.#acceptLongCalls();
      this.#endIdleCalls();
    }, host.acceptAfterMs / 2);
  }

  /** Divides the slots among the services, before their calls are read. `topics` are the request topics, one for each service. */
  divideSlots(topics: readonly string[]): readonly ServiceShare<WorkerCall>[] {
    return this.#slots.divide(topics);
  }

  get callsRunning(): number {
    return this.#running.size;
  }

  get callsWaiting(): number {
    return this.#slots.waiting;
  }

  /** Takes a call that was read. @returns undefined if the call needs no answer: it has expired, or was cancelled. */
  onOpening(frame: OpeningFrame, caller: InboxAddress, source: CallSource): WorkerCall | undefined {
    const known = this.calls.get(frame.callId);
    if (known !== undefined) return known; // This worker got the record again while the call is under way.
    const observer = this.#observerOf(frame, source);
    if (frame.cancel) {
      this.counts.cancelledCalls++;
      observer?.skipped('cancelled');
      return undefined;
    }
    if (frame.open.deadline !== undefined && frame.open.deadline <= Date.now()) {
      this.counts.expiredCalls++;
      observer?.skipped('expired');
      this.#expiredInARow++;
      if (this.#expiredInARow === SUSPICIOUS_EXPIRED) this.#warnOfClocks(source);
      return undefined;
    }
    this.#expiredInARow = 0;
    const call = new WorkerCall(this, frame, caller, source.owned.share, observer);
    if (this.#closed) {
      // The call stays unanswered, so that its record is not committed and another worker gets the call.
      call.leave();
      return call;
    }
    this.calls.add(call);
    if (call.held) this.#addIdle(call);
    else this.#slots.push(call);
    this.#dispatchSoon();
    return call;
  }

  /** Takes any other frame. */
  onFrame(frame: Frame, sender: InboxAddress): void {
    if (this.calls.receive(frame, sender)) return;
    this.endpoint.counters.lateFrames++;
    // A worker makes no calls, so somebody has forged the opening of this one in its name. Without a cancel, the other worker would keep
    // the call for as long as it hears from this worker.
    if (frame.accept && this.calls.get(frame.callId) === undefined)
      this.endpoint.post(sender, { callId: frame.callId, sequence: 0, cancel: true });
  }

  /**
   * The worker's inbox was replaced. The callers of accepted calls cannot reach the worker any more, and count it as gone once its lease
   * ends.
   */
  cancelAccepted(): void {
    for (const call of this.calls.values()) if (call.answered) call.cancel();
  }

  /** Begins no more calls. Calls that were accepted end with UNAVAILABLE. Every other call stays unanswered, and another worker gets it. */
  close(): void {
    this.#closed = true;
    clearInterval(this.#acceptTimer);
    if (this.#dispatching !== undefined) clearImmediate(this.#dispatching);
    this.#slots.clear();
    for (const call of this.calls.values()) call.abandon();
  }

  // The events of a call.

  onRequest(call: WorkerCall): void {
    this.#idle.delete(call.id);
    this.#slots.push(call);
    this.#dispatchSoon();
  }

  onOver(call: WorkerCall): void {
    this.#forgetWhenDone(call);
    this.#idle.delete(call.id);
    if (!this.#running.delete(call.id)) return;
    this.#slots.ended(call);
    if (this.#slots.waiting > 0) this.#dispatchSoon();
  }

  onAnswered(call: WorkerCall): void {
    this.#forgetWhenDone(call);
  }

  onLeft(call: WorkerCall): void {
    this.calls.delete(call);
  }

  #forgetWhenDone(call: WorkerCall): void {
    if (call.over && call.answered) this.calls.delete(call);
  }

  #warnOfClocks({ record: { topic, timestamp } }: CallSource): void {
    if (this.#warnedOfClocks) return;
    this.#warnedOfClocks = true;
    const age =
      timestamp === undefined
        ? ''
        : ` The newest was written ${(Date.now() - timestamp) / 1000} s ago, if clocks agree.`;
    this.endpoint.logger.warn(
      `${topic}: the deadlines of ${SUSPICIOUS_EXPIRED} calls in a row had passed when this worker read them.${age} If calls do not wait that ` +
        'long in the topic, the clock of this machine differs from the clocks of its callers: set it (logged once)',
    );
  }

  #observerOf({ callId, open }: OpeningFrame, source: CallSource): ServedCallObserver | undefined {
    const { record, calls, group, assignedAt } = source;
    return this.#host.observer?.callRead({
      callId,
      method: open.method,
      metadata: open.metadata,
      record,
      callsInRecord: calls,
      group,
      mayBeRedelivered: record.timestamp !== undefined && record.timestamp < assignedAt,
    });
  }

  // Running calls.

  #dispatchSoon(): void {
    if (this.#closed) return;
    this.#dispatching ??= setImmediate(() => {
      this.#dispatching = undefined;
      this.#dispatch();
    });
  }

  #dispatch(): void {
    for (let call = this.#slots.take(); call !== undefined; call = this.#slots.take()) {
      // The call's own timer may be late, if the event loop is busy.
      if (deadlinePassed(call)) call.cancel(true);
      if (!call.over) this.#run(call);
      else if (call.answered && !call.begun) this.#countSkipped(call);
    }
    for (const call of this.#newIdle.splice(0)) if (!call.over && !call.begun) this.#begin(call);
    this.#slots.adjustReading();
    void settled.then(this.#sendAnswers);
  }

  /**
   * In this turn, sends the answers that exist already. They would otherwise leave at the end of the next turn. A tick that is scheduled
   * during a microtask runs once no microtask is left. So this also sends the answers of async handlers that wait for nothing.
   */
  readonly #sendAnswers = (): void => process.nextTick(() => this.endpoint.sendNow());

  #countSkipped(call: WorkerCall): void {
    if (deadlinePassed(call)) this.counts.expiredCalls++;
    else this.counts.cancelledCalls++;
  }

  #run(call: WorkerCall): void {
    this.#running.set(call.id, call);
    this.#slots.begun(call);
    if (!call.begun) this.#begin(call);
    if (call.held) call.release();
  }

  #addIdle(call: WorkerCall): void {
    this.#idle.set(call.id, call);
    this.#newIdle.push(call);
    if (this.#idle.size <= MAX_IDLE) return;
    const [oldest] = this.#idle.values();
    oldest?.fail(Status.RESOURCE_EXHAUSTED, `the worker has more than ${MAX_IDLE} calls without a message`);
  }

  #endIdleCalls(): void {
    const { firstMessageTimeoutMs } = this.#host;
    const before = Date.now() - firstMessageTimeoutMs;
    const details = `no message came within ${firstMessageTimeoutMs} ms (option firstMessageTimeoutMs of the worker)`;
    for (const call of [...this.#idle.values()])
      if (call.idle && call.readAt <= before) call.fail(Status.DEADLINE_EXCEEDED, details);
  }

  #begin(call: WorkerCall): void {
    this.counts.startedCalls++;
    call.observer?.begun();
    const method = this.#host.services.method(call.path);
    if (method === undefined) {
      call.sendStatus({ code: Status.UNIMPLEMENTED, details: `The server does not implement the method ${call.path}` });
      return;
    }
    call.begin(method);
    const failed = (path: string, error: unknown): void => {
      if (call.over) return; // The caller wants no answer any more.
      const fields = { ...call.observer?.propagator?.logFields, method: call.path, err: error };
      this.endpoint.logger.error(fields, `the handler of ${path} threw: ${error}`);
      call.sendStatus({ code: Status.UNKNOWN, details: 'Unknown error' });
    };
    if (call.observer?.propagator?.attempt !== undefined) this.#tellBegun(call);
    try {
      runHandler(method, this.#intercepted(call, method), failed);
    } catch (error) {
      failed(`an interceptor or ${method.path}`, error);
    }
  }

  /** Informs callers in the next turn, because most quick handlers have answered by then. */
  #tellBegun(call: WorkerCall): void {
    this.#begun.push(call);
    if (this.#begun.length > 1) return;
    setImmediate(() => {
      for (const begun of this.#begun.splice(0)) if (!this.#closed) begun.tellBegun();
    });
  }

  #intercepted(call: WorkerCall, method: Method): ServerInterceptingCallInterface {
    let intercepted: ServerInterceptingCallInterface = call;
    if (call.observer !== undefined) intercepted = new ObservedServerCall(call, () => call.observer);
    for (const interceptor of this.#host.interceptors) intercepted = interceptor(method, intercepted) ?? intercepted;
    return intercepted;
  }

  #acceptLongCalls(): void {
    const before = Date.now() - this.#host.acceptAfterMs;
    for (const call of this.#running.values()) {
      if (call.readAt <= before) call.accept();
    }
  }
}

/** So many calls in a row whose deadlines have passed are a sign of clocks that differ, or of a worker that is far behind. */
const SUSPICIOUS_EXPIRED = 20;

/** How many calls may be idle at once. If one more comes, the oldest of them ends. */
const MAX_IDLE = 20_000;

const settled = Promise.resolve();

function deadlinePassed(call: WorkerCall): boolean {
  return Number(call.getDeadline()) <= Date.now();
}
