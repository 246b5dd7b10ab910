import {
  type ServerInterceptingCallInterface,
  type ServiceDefinition,
  status as Status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { requestTopic } from '@wherry/endpoint';
import { Endpoint, LiveMap, RegistryPublisher, sameInbox } from '@wherry/endpoint/internal';
import type { Frame, InboxAddress } from '@wherry/wire';
import { CallQueue } from './call-queue.js';
import type { WorkerCounters } from './counters.js';
import type { InstrumentedWorker, ServedCallHooks, WorkerHooks } from './instrumentation.js';
import { observeServerCall } from './observe-server-call.js';
import { type OpeningFrame, type RequestHost, RequestReader, type Source } from './request-reader.js';
import { runHandler } from './run-handler.js';
import { type GenericHandler, type Method, type ServiceOptions, Services } from './services.js';
import { WorkerCall, type WorkerCallHost } from './worker-call.js';
import { type CheckedWorkerOptions, checkWorkerOptions, type WorkerOptions } from './worker-options.js';

/**
 * Connects to Kafka and makes this worker's inbox. Add services, then `start()`.
 *
 * @throws TypeError for a wrong option; LogError where Kafka cannot be reached or refuses the inbox.
 */
export async function createWorker(options: WorkerOptions): Promise<Worker> {
  const worker = new Worker(checkWorkerOptions(options));
  await worker.open();
  return worker;
}

/** Of a request topic that neither the worker's options nor the .proto say anything of. */
const DEFAULT_PARTITIONS = 8;

/** Answers calls from Kafka with grpc-js handlers. Made by {@link createWorker}. */
export class Worker implements AsyncDisposable {
  readonly #options: CheckedWorkerOptions;
  readonly #services = new Services();
  /** Calls that are not over, or not answered yet. */
  readonly #calls = new LiveMap<WorkerCall>();
  readonly #queue = new CallQueue<WorkerCall>();
  readonly #running = new LiveMap<WorkerCall>();
  readonly #counts = { startedCalls: 0, expiredCalls: 0, cancelledCalls: 0 };
  #endpoint!: Endpoint;
  #hooks: WorkerHooks | undefined;
  #callHost!: WorkerCallHost;
  #readers: RequestReader[] = [];
  #publisher: RegistryPublisher | undefined;
  #paused = false;
  #dispatching: NodeJS.Immediate | undefined;
  #acceptTimer: NodeJS.Timeout | undefined;
  /** Calls whose callers are told of their beginning in the next turn. */
  #begun: WorkerCall[] = [];
  #state: 'new' | 'started' | 'draining' | 'closed' = 'new';
  #starting: Promise<void> | undefined;
  #idle: (() => void)[] = [];

  /** @internal Use {@link createWorker}. */
  constructor(options: CheckedWorkerOptions) {
    this.#options = options;
  }

  /** @internal */
  async open(): Promise<void> {
    this.#hooks = this.#options.instrumentation?.workerMade();
    this.#endpoint = await Endpoint.open(
      this.#options,
      {
        onFrame: (frame, sender) => this.#onFrame(frame, sender),
        onPeerGone: (peer) => this.#onPeerGone(peer),
        onUndelivered: (callId, error) => this.#calls.get(callId)?.undelivered(error),
        // Callers of accepted calls cannot reach us any more; they will miss our lease.
        onInboxReplaced: () => this.#cancelAll((call) => call.answered),
      },
      { acknowledgements: true, registry: false, observer: this.#hooks?.records },
    ).catch((error: unknown) => {
      this.#hooks?.closed?.();
      throw error;
    });
    this.#callHost = {
      endpoint: this.#endpoint,
      maxReceiveMessageLength: this.#options.maxReceiveMessageLength,
      maxSendMessageLength: this.#options.maxSendMessageLength,
      onOver: (call) => this.#onOver(call),
      onAnswered: (call) => this.#forgetWhenDone(call),
      onLeft: (call) => this.#calls.delete(call.id),
    };
    this.#hooks?.opened?.(this.#instrumented());
  }

  /**
   * Adds a service, as grpc-js's `Server.addService` does: `implementation` has a handler for each method, under the
   * definition's name for it or the proto's. A method without one answers UNIMPLEMENTED. Before `start()` only.
   */
  addService(
    definition: ServiceDefinition,
    implementation: UntypedServiceImplementation,
    options: ServiceOptions = {},
  ): void {
    this.#throwIfStarted('addService');
    this.#services.add(definition, implementation, options);
  }

  /**
   * Adds a service by its name (`package.Service`) alone: one handler gets the calls to all of its methods, as grpc-js's
   * server interceptors do, with messages as bytes. For programs that pass calls on. Before `start()` only.
   */
  addGenericService(service: string, handler: GenericHandler, options: ServiceOptions = {}): void {
    this.#throwIfStarted('addGenericService');
    this.#services.addGeneric(service, handler, options);
  }

  #throwIfStarted(adding: string): void {
    if (this.#state !== 'new') throw new Error(`${adding}: the worker was started; add services before start()`);
  }

  /**
   * Makes the request topics that are missing, joins their consumer groups, and tells in the registry topic what it serves.
   * Calls may be sent from here on; they wait in the request topic until the group has given this worker its partitions.
   */
  async start(): Promise<void> {
    if (this.#state !== 'new') throw new Error(`start: the worker is ${this.#state}; it can be started once`);
    if (this.#services.names.length === 0) throw new Error('start: the worker has no service; call addService first');
    this.#state = 'started';
    this.#starting = this.#start();
    await this.#starting;
  }

  async #start(): Promise<void> {
    const { acceptAfterMs, replicationFactor, commitIntervalMs } = this.#options;
    const host: RequestHost = {
      endpoint: this.#endpoint,
      commitIntervalMs,
      onOpening: (frame, caller, source) => this.#onOpening(frame, caller, source),
      onFrame: (frame, caller) => this.#onFrame(frame, caller),
    };
    for (const service of this.#services.names) {
      const name = requestTopic(this.#endpoint.namespace, service);
      const { log } = this.#endpoint;
      // Asked for first: a worker that may not make topics uses those that are there.
      if ((await log.partitions(name)) === 0) {
        const partitions = this.#options.partitions ?? this.#services.partitions(service) ?? DEFAULT_PARTITIONS;
        await log.createTopic({ name, partitions, replicationFactor });
      }
      if (this.#state !== 'started') return;
      this.#readers.push(await RequestReader.open(host, service));
    }
    if (this.#state !== 'started') return;
    if (this.#options.discovery) {
      this.#publisher = new RegistryPublisher(this.#endpoint, this.#services.published);
      await this.#publisher.open();
    }
    if (this.#isStopped()) return;
    this.#acceptTimer = setInterval(() => this.#acceptLongCalls(), acceptAfterMs / 2);
  }

  /** Not `===` in place: the compiler would think that nothing can have changed meanwhile. */
  #isStopped(): boolean {
    return this.#state !== 'started';
  }

  /** What happened since it was made. They only grow; docs/operations.md says what each of them tells. */
  get counters(): Readonly<WorkerCounters> {
    return { ...this.#endpoint.counters, ...this.#counts };
  }

  /** How many calls run now. */
  get callsRunning(): number {
    return this.#running.size;
  }

  /** The topic that frames of accepted calls come to. */
  get inbox(): InboxAddress {
    return this.#endpoint.address;
  }

  /** Deletes the inboxes of instances that are gone; see `sweepInboxes` of @wherry/kafka. */
  sweepInboxes(olderThanMs?: number): Promise<string[]> {
    return this.#endpoint.sweep(olderThanMs);
  }

  /**
   * Stops taking calls, so that other workers get them, finishes those that were begun, and closes. What is under way is
   * accepted first: it ends here, whoever has the partition.
   */
  async drain(): Promise<void> {
    if (this.#state === 'started' || this.#state === 'new') {
      this.#state = 'draining';
      await this.#leave({ abandon: false });
    }
    if (this.#calls.size > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
    await this.close();
  }

  /**
   * Closes at once. Handlers are told that their calls are cancelled; calls that were accepted end with UNAVAILABLE, all
   * others are given to another worker. Harmless when repeated.
   */
  async close(): Promise<void> {
    const before = this.#state;
    this.#state = 'closed';
    clearInterval(this.#acceptTimer);
    if (this.#dispatching !== undefined) clearImmediate(this.#dispatching);
    this.#queue.clear();
    for (const call of this.#calls.values()) call.abandon();
    if (before !== 'closed') await this.#leave({ abandon: true });
    await this.#endpoint.close();
    this.#hooks?.closed?.();
    for (const idle of this.#idle.splice(0)) idle();
  }

  /** The same as {@link drain}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.drain();
  }

  async #leave(how: { abandon: boolean }): Promise<void> {
    await this.#starting?.catch(() => undefined);
    // First, so that nobody still sends calls to a service that has lost its last worker.
    await this.#publisher?.leave();
    await Promise.all(this.#readers.splice(0).map((reader) => reader.leave(how)));
  }

  // Calls coming in.

  #onOpening(frame: OpeningFrame, caller: InboxAddress, source: Source): WorkerCall | undefined {
    const known = this.#calls.get(frame.callId);
    if (known !== undefined) return known; // given to us again while we are at it
    const hooks = this.#hooksOf(frame, source);
    if (frame.cancel) {
      this.#counts.cancelledCalls++;
      hooks?.skipped('cancelled');
      return undefined;
    }
    if (frame.open.deadline !== undefined && frame.open.deadline <= Date.now()) {
      this.#counts.expiredCalls++;
      hooks?.skipped('expired');
      return undefined;
    }
    const call = new WorkerCall(this.#callHost, frame, caller, hooks);
    this.#calls.set(call.id, call);
    this.#queue.push(call);
    this.#dispatchSoon();
    return call;
  }

  #hooksOf({ callId, open }: OpeningFrame, { record, calls, group, assignedAt }: Source): ServedCallHooks | undefined {
    return this.#hooks?.callRead({
      callId,
      method: open.method,
      metadata: open.metadata,
      record,
      callsInRecord: calls,
      group,
      mayBeRedelivered: record.timestamp !== undefined && record.timestamp < assignedAt,
    });
  }

  #instrumented(): InstrumentedWorker {
    const worker = this;
    return {
      get callsRunning() {
        return worker.callsRunning;
      },
      get callsWaiting() {
        return worker.#queue.length;
      },
      get counters() {
        return worker.counters;
      },
      get recordsWaiting() {
        return worker.#endpoint.recordsWaiting;
      },
      get inboxLag() {
        return worker.#endpoint.inboxLag;
      },
      get requestLag() {
        return new Map(worker.#readers.map(({ service, lag }) => [service, lag]));
      },
    };
  }

  #onFrame(frame: Frame, sender: InboxAddress): void {
    const call = this.#calls.get(frame.callId ?? '');
    if (!call?.receive(frame, sender)) this.#endpoint.counters.lateFrames++;
  }

  #onPeerGone(peer: InboxAddress): void {
    for (const call of this.#calls.values()) if (sameInbox(call.caller, peer)) call.peerGone();
  }

  #cancelAll(which: (call: WorkerCall) => boolean): void {
    for (const call of this.#calls.values()) if (which(call)) call.cancel();
  }

  // Running them.

  /** Begins calls at the end of the turn, when the cancels that were read with them have taken effect. */
  #dispatchSoon(): void {
    this.#dispatching ??= setImmediate(() => {
      this.#dispatching = undefined;
      this.#dispatch();
    });
  }

  #dispatch(): void {
    const { concurrency } = this.#options;
    while (this.#running.size < concurrency) {
      const call = this.#queue.shift();
      if (call === undefined) break;
      // Its timer may be late, where the event loop is busy.
      if (deadlinePassed(call)) call.cancel(true);
      if (!call.over) this.#run(call);
      else if (call.answered) this.#countSkipped(call);
    }
    this.#pauseOrResume();
    void settled.then(this.#sendAnswers);
  }

  /**
   * Answers that are there already leave in this turn, not at the end of the next. A tick from within a microtask comes
   * when no more microtasks are left, so what async handlers answer without waiting for anything is among them.
   */
  readonly #sendAnswers = (): void => process.nextTick(() => this.#endpoint.sendNow());

  #countSkipped(call: WorkerCall): void {
    if (deadlinePassed(call)) this.#counts.expiredCalls++;
    else this.#counts.cancelledCalls++;
  }

  #run(call: WorkerCall): void {
    this.#running.set(call.id, call);
    this.#counts.startedCalls++;
    call.hooks?.begun();
    const method = this.#services.method(call.path);
    if (method === undefined) {
      call.sendStatus({ code: Status.UNIMPLEMENTED, details: `The server does not implement the method ${call.path}` });
      return;
    }
    call.begin(method);
    const failed = (path: string, error: unknown): void => {
      if (call.over) return; // its caller wants nothing of it any more
      this.#endpoint.logger.error(
        { ...call.hooks?.logFields, method: call.path, err: error },
        `the handler of ${path} threw: ${error}`,
      );
      call.sendStatus({ code: Status.UNKNOWN, details: 'Unknown error' });
    };
    if (call.hooks?.attempt !== undefined) this.#tellBegun(call);
    try {
      runHandler(method, this.#intercepted(call, method), failed);
    } catch (error) {
      failed(`an interceptor or ${method.path}`, error);
    }
  }

  /** In the next turn, as most handlers that are quick have answered by then. */
  #tellBegun(call: WorkerCall): void {
    this.#begun.push(call);
    if (this.#begun.length > 1) return;
    setImmediate(() => {
      for (const begun of this.#begun.splice(0)) if (this.#state !== 'closed') begun.tellBegun();
    });
  }

  #intercepted(call: WorkerCall, method: Method): ServerInterceptingCallInterface {
    let intercepted: ServerInterceptingCallInterface = call;
    if (call.hooks !== undefined) intercepted = observeServerCall(call, () => call.hooks);
    for (const interceptor of this.#options.interceptors) intercepted = interceptor(method, intercepted) ?? intercepted;
    return intercepted;
  }

  #pauseOrResume(): void {
    if (!this.#paused && this.#queue.full) {
      this.#paused = true;
      for (const reader of this.#readers) reader.pause();
    } else if (this.#paused && this.#queue.hasRoom) {
      this.#paused = false;
      for (const reader of this.#readers) reader.resume();
    }
  }

  #acceptLongCalls(): void {
    const before = Date.now() - this.#options.acceptAfterMs;
    for (const call of this.#running.values()) {
      if (call.readAt > before) break; // they are in the order they began
      call.accept();
    }
  }

  #onOver(call: WorkerCall): void {
    this.#forgetWhenDone(call);
    if (this.#running.delete(call.id) && this.#queue.length > 0) this.#dispatchSoon();
  }

  #forgetWhenDone(call: WorkerCall): void {
    if (!call.over || !call.answered) return;
    this.#calls.delete(call.id);
    if (this.#calls.size === 0) for (const idle of this.#idle.splice(0)) idle();
  }
}

const settled = Promise.resolve();

function deadlinePassed(call: WorkerCall): boolean {
  return Number(call.getDeadline()) <= Date.now();
}
