import { type ServerInterceptingCallInterface, type ServerInterceptor, status as Status } from '@grpc/grpc-js';
import { CallsUnderWay, type Endpoint, LiveMap } from '@wherry/endpoint/internal';
import type { Frame, InboxAddress } from '@wherry/wire';
import { CallQueue } from './call-queue.js';
import type { ServedCallObserver, WorkerObserver } from './instrumentation.js';
import { ObservedServerCall } from './observe-server-call.js';
import type { CallSource } from './owned-partitions.js';
import { runHandler } from './run-handler.js';
import type { Method, Services } from './services.js';
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
  /** Enough calls wait: no more should be read. */
  pauseReading(): void;
  resumeReading(): void;
}

/**
 * Runs the calls that were read, in the order they came. At most `concurrency` calls run at once. Calls begin at the end of the turn in
 * which they were read, after the cancels that were read in that turn have taken effect.
 */
export class Dispatcher implements WorkerCallHost {
  readonly endpoint: Endpoint;
  readonly maxReceiveMessageLength: number;
  readonly maxSendMessageLength: number;
  /** Calls that are not over, or not answered yet. */
  readonly calls = new CallsUnderWay<WorkerCall>();
  readonly counts = { startedCalls: 0, expiredCalls: 0, cancelledCalls: 0 };
  readonly #host: DispatcherHost;
  readonly #queue = new CallQueue<WorkerCall>();
  readonly #running = new LiveMap<WorkerCall>();
  readonly #acceptTimer: NodeJS.Timeout;
  #paused = false;
  #dispatching: NodeJS.Immediate | undefined;
  /** Calls that began. Their callers are told so in the next turn. */
  #begun: WorkerCall[] = [];
  #closed = false;

  constructor(host: DispatcherHost) {
    this.#host = host;
    this.endpoint = host.endpoint;
    this.maxReceiveMessageLength = host.maxReceiveMessageLength;
    this.maxSendMessageLength = host.maxSendMessageLength;
    this.#acceptTimer = setInterval(() => this.#acceptLongCalls(), host.acceptAfterMs / 2);
  }

  get callsRunning(): number {
    return this.#running.size;
  }

  get callsWaiting(): number {
    return this.#queue.length;
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
      return undefined;
    }
    const call = new WorkerCall(this, frame, caller, observer);
    if (this.#closed) {
      // The call stays unanswered, so that its record is not committed and another worker gets the call.
      call.leave();
      return call;
    }
    this.calls.add(call);
    this.#queue.push(call);
    this.#dispatchSoon();
    return call;
  }

  /** Takes any other frame. */
  onFrame(frame: Frame, sender: InboxAddress): void {
    if (!this.calls.receive(frame, sender)) this.endpoint.counters.lateFrames++;
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
    this.#queue.clear();
    for (const call of this.calls.values()) call.abandon();
  }

  // The events of a call.

  onOver(call: WorkerCall): void {
    this.#forgetWhenDone(call);
    if (this.#running.delete(call.id) && this.#queue.length > 0) this.#dispatchSoon();
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
    const { concurrency } = this.#host;
    while (this.#running.size < concurrency) {
      const call = this.#queue.shift();
      if (call === undefined) break;
      // The call's own timer may be late, if the event loop is busy.
      if (deadlinePassed(call)) call.cancel(true);
      if (!call.over) this.#run(call);
      else if (call.answered) this.#countSkipped(call);
    }
    this.#pauseOrResume();
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

  #pauseOrResume(): void {
    if (!this.#paused && this.#queue.full) {
      this.#paused = true;
      this.#host.pauseReading();
    } else if (this.#paused && this.#queue.hasRoom) {
      this.#paused = false;
      this.#host.resumeReading();
    }
  }

  #acceptLongCalls(): void {
    const before = Date.now() - this.#host.acceptAfterMs;
    for (const call of this.#running.values()) {
      if (call.readAt > before) break; // Calls are in the order they began.
      call.accept();
    }
  }
}

const settled = Promise.resolve();

function deadlinePassed(call: WorkerCall): boolean {
  return Number(call.getDeadline()) <= Date.now();
}
