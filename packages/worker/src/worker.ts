import type { ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';
import { requestTopic } from '@wherry/endpoint';
import { type Endpoint, type OpenLog, openEndpoint, RegistryPublisher, within } from '@wherry/endpoint/internal';
import type { InboxAddress } from '@wherry/wire';
import type { WorkerCounters } from './counters.js';
import { Dispatcher } from './dispatcher.js';
import type { InstrumentedWorker, WorkerObserver } from './instrumentation.js';
import { observeWorker } from './observe-together.js';
import type { RequestHost } from './owned-partitions.js';
import { openRequestReader, type RequestReader } from './request-reader.js';
import { type GenericHandler, type ServiceOptions, Services } from './services.js';
import type { ServiceShare } from './slot-shares.js';
import type { WorkerCall } from './worker-call.js';
import { type CheckedWorkerOptions, checkWorkerOptions, type WorkerOptions } from './worker-options.js';

/**
 * Connects to Kafka and makes this worker's inbox. Add services, then call `start()`.
 *
 * @throws TypeError for a wrong option; LogError if Kafka cannot be reached or refuses the inbox.
 */
export function createWorker(options: WorkerOptions): Promise<Worker> {
  return openWorker(options);
}

/** As {@link createWorker}, on any log. */
export async function openWorker(options: WorkerOptions, openLog?: OpenLog): Promise<Worker> {
  const checked = checkWorkerOptions(options);
  const observer = observeWorker(options.instrumentation);
  try {
    const observers = observer?.records === undefined ? [] : [observer.records];
    const endpoint = await openEndpoint(
      options,
      { component: 'worker', acknowledgements: true, registry: false, observers },
      openLog,
    );
    const worker = new Worker(checked, endpoint, observer);
    observer?.opened?.(worker);
    return worker;
  } catch (error) {
    observer?.closed?.();
    throw error;
  }
}

/** How many partitions a request topic gets if neither the worker's options nor the .proto sets the number. */
const DEFAULT_PARTITIONS = 8;

/** Answers calls from Kafka with grpc-js handlers. Made by {@link createWorker}. */
export class Worker implements InstrumentedWorker, AsyncDisposable {
  readonly #options: CheckedWorkerOptions;
  readonly #endpoint: Endpoint;
  readonly #observer: WorkerObserver | undefined;
  readonly #services = new Services();
  readonly #dispatcher: Dispatcher;
  readonly #requestHost: RequestHost;
  readonly #readers: RequestReader[] = [];
  #publisher: RegistryPublisher | undefined;
  #state: 'new' | 'started' | 'draining' | 'closed' = 'new';
  #starting: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  /** @internal Use {@link createWorker}. */
  constructor(options: CheckedWorkerOptions, endpoint: Endpoint, observer: WorkerObserver | undefined) {
    this.#options = options;
    this.#endpoint = endpoint;
    this.#observer = observer;
    const { interceptors, maxReceiveMessageLength, maxSendMessageLength, concurrency, acceptAfterMs } = options;
    const { firstMessageTimeoutMs } = options;
    const dispatcher = new Dispatcher({
      endpoint,
      observer,
      services: this.#services,
      interceptors,
      maxReceiveMessageLength,
      maxSendMessageLength,
      concurrency,
      acceptAfterMs,
      firstMessageTimeoutMs,
      pauseReading: (topic) => this.#readerOf(topic)?.pause(),
      resumeReading: (topic) => this.#readerOf(topic)?.resume(),
    });
    this.#dispatcher = dispatcher;
    this.#requestHost = {
      endpoint,
      commitIntervalMs: options.commitIntervalMs,
      onOpening: (frame, caller, source) => dispatcher.onOpening(frame, caller, source),
      onFrame: (frame, caller) => dispatcher.onFrame(frame, caller),
      // Callers must not send calls to a service whose requests this worker does not read.
      onInterrupted: (service) => this.#publisher?.withdraw(service),
      onRestored: (service) => this.#publisher?.restore(service),
      // Callers send calls only to partitions that a worker reads.
      onPartitionsChanged: () => this.#publisher?.partitionsChanged(),
    };
    endpoint.listen({
      onFrame: (frame, sender) => dispatcher.onFrame(frame, sender),
      onPeerGone: (peer) => dispatcher.calls.peerGone(peer),
      onUndelivered: (callId, error) => dispatcher.calls.undelivered(callId, error),
      onInboxReplaced: () => dispatcher.cancelAccepted(),
    });
  }

  /**
   * Adds a service, as grpc-js's `Server.addService` does. `implementation` has a handler for each method, under the method's name in the
   * definition or in the .proto. A method without a handler answers UNIMPLEMENTED. Call this before `start()`.
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
   * Adds a service by its name alone (`package.Service`). One handler gets the calls to all of the service's methods, in the form in which
   * grpc-js's server interceptors get them, with messages as bytes. It is for programs that pass calls on. Call this before `start()`.
   */
  addGenericService(service: string, handler: GenericHandler, options: ServiceOptions = {}): void {
    this.#throwIfStarted('addGenericService');
    this.#services.addGeneric(service, handler, options);
  }

  #throwIfStarted(adding: string): void {
    if (this.#state !== 'new') throw new Error(`${adding}: the worker was started; add services before start()`);
  }

  /**
   * Makes the request topics that are missing, joins their consumer groups, and registers the services. If a group does not answer within
   * 3 s, because it waits for another member, this worker goes on: calls wait in the request topic.
   *
   * @throws LogError if Kafka does not answer, or refuses a topic or a group.
   */
  async start(): Promise<void> {
    if (this.#state !== 'new') throw new Error(`start: the worker is ${this.#state}; it can be started once`);
    if (this.#services.names.length === 0) throw new Error('start: the worker has no service; call addService first');
    this.#state = 'started';
    this.#starting = this.#start();
    await this.#starting;
  }

  async #start(): Promise<void> {
    if (this.#options.discovery) {
      this.#publisher = new RegistryPublisher(this.#endpoint, this.#services.published, (service) =>
        this.#partitionsOf(service),
      );
    }
    const { names } = this.#services;
    const shares = this.#dispatcher.divideSlots(names.map((name) => requestTopic(this.#endpoint.namespace, name)));
    await allDone(shares.map((share, at) => this.#read(names[at] as string, share)));
    if (!this.#isStopped()) await this.#publisher?.open();
  }

  async #read(service: string, share: ServiceShare<WorkerCall>): Promise<void> {
    await this.#makeRequestTopic(service, share.topic);
    if (this.#isStopped()) return;
    this.#readers.push(await openRequestReader(this.#requestHost, service, share));
  }

  async #makeRequestTopic(service: string, name: string): Promise<void> {
    const { log } = this.#endpoint;
    // Look first: a worker that may not make topics uses those that exist.
    if ((await log.partitions(name)) > 0) return;
    const partitions = this.#options.partitions ?? this.#services.partitions(service) ?? DEFAULT_PARTITIONS;
    await log.createTopic({ name, partitions, replicationFactor: this.#options.replicationFactor });
  }

  /** This is a method because, after an inline `===`, the compiler would think that the state cannot change during an `await`. */
  #isStopped(): boolean {
    return this.#state !== 'started';
  }

  #partitionsOf(service: string): readonly number[] {
    return this.#readers.find((reader) => reader.service === service)?.partitions ?? [];
  }

  #readerOf(topic: string): RequestReader | undefined {
    return this.#readers.find((reader) => reader.topic === topic);
  }

  /** Counts since the worker was made. They only grow; docs/operations.md explains each of them. */
  get counters(): Readonly<WorkerCounters> {
    return { ...this.#endpoint.counters, ...this.#dispatcher.counts };
  }

  /** How many calls are running now. */
  get callsRunning(): number {
    return this.#dispatcher.callsRunning;
  }

  /** How many calls were read and wait for their turn. */
  get callsWaiting(): number {
    return this.#dispatcher.callsWaiting;
  }

  /** How many records wait for room in the client library's queue. */
  get recordsWaiting(): number {
    return this.#endpoint.recordsWaiting;
  }

  /** How many records in the inbox were not read yet, as of the last fetch. */
  get inboxLag(): number {
    return this.#endpoint.inboxLag;
  }

  /** How many records in this worker's partitions of the request topics were not read yet, by service. */
  get requestLag(): ReadonlyMap<string, number> {
    return new Map(this.#readers.map(({ service, lag }) => [service, lag]));
  }

  /** The address to which callers write the frames of accepted calls. */
  get inbox(): InboxAddress {
    return this.#endpoint.address;
  }

  /** Deletes the inboxes of instances that are gone; see `sweepInboxes` of @wherry/endpoint. */
  sweepInboxes(olderThanMs?: number): Promise<string[]> {
    return this.#endpoint.sweep(olderThanMs);
  }

  /**
   * Stops taking calls, so that other workers get them, finishes the calls that began, and closes. The worker accepts calls under way
   * first, so each of them ends at this worker even if another worker has its partition by then. After `drainTimeoutMs` it gives up the
   * calls that have not ended, and closes. If Kafka does not answer, closing takes up to 20 s more.
   *
   * @returns how many calls it gave up.
   */
  async drain(): Promise<number> {
    const until = performance.now() + this.#endpoint.drainTimeoutMs;
    if (this.#state === 'started' || this.#state === 'new') {
      this.#state = 'draining';
      await within(this.#leave({ abandon: false }), this.#endpoint.drainTimeoutMs);
    }
    const { calls } = this.#dispatcher;
    const givenUp = await this.#endpoint.drained(calls, () => calls.size, until);
    await this.close();
    return givenUp;
  }

  /**
   * Closes at once. Handlers are told that their calls are cancelled. Calls that were accepted end with UNAVAILABLE; other workers get
   * every other call. Harmless when repeated.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#state = 'closed';
    this.#dispatcher.close();
    await this.#leave({ abandon: true });
    await this.#endpoint.close();
    this.#observer?.closed?.();
    this.#dispatcher.calls.forgetAll();
  }

  /** The same as {@link drain}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.drain();
  }

  async #leave(how: { abandon: boolean }): Promise<void> {
    await this.#starting?.catch(() => undefined);
    // Withdraw the registration first, so that nobody sends calls to a service that has lost its last worker.
    await this.#publisher?.leave();
    await Promise.all(this.#readers.splice(0).map((reader) => reader.leave(how)));
  }
}

/** Waits until all are done, even if one fails. Then throws the first error. */
async function allDone(work: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(work)) if (result.status === 'rejected') throw result.reason;
}
