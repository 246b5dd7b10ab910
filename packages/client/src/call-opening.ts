import { type CallCredentials, type Deadline, type Metadata, status as Status } from '@grpc/grpc-js';
import { type DeadlineTimer, type Endpoint, type Lane, serviceOf } from '@wherry/endpoint/internal';
import { LogError } from '@wherry/kafka';
import { type MetadataEntries, metadataToEntries, type Opening, OpeningObject } from '@wherry/wire';
import type { ConnectivityWatch } from './connectivity-watch.js';
import type { CallObserver } from './instrumentation.js';
import { type OrderingField, orderingFieldKey, orderingFieldOf, orderingKey } from './ordering.js';
import { type Inheritance, inheritedDeadline, onParentCancelled } from './parent-call.js';
import type { Route, Routes } from './routes.js';
import type { ServedServices } from './served-services.js';

/** The parts of the channel that opening a call uses. */
export interface OpeningHost {
  readonly endpoint: Endpoint;
  readonly routes: Routes;
  /** The status of calls to services that were never served in the namespace. A channel's own calls end with UNAVAILABLE. */
  readonly neverServed: Status;
  readonly services: ServedServices;
  readonly connectivity: ConnectivityWatch;
}

export interface OpeningParameters extends Inheritance {
  /** `/package.Service/Method`. */
  readonly method: string;
  readonly deadline: Deadline;
  /**
   * When the caller made the call without a deadline, in milliseconds since the Unix epoch. The timeout of the method's .proto counts from
   * then. It is known once the route is known. Undefined if the call has a deadline.
   */
  readonly madeAt: number | undefined;
  readonly authority: string | undefined;
  /** How many attempts of the same call were made before this one. */
  readonly previousAttempts: number;
  readonly observer?: CallObserver | undefined;
}

/** The call that is opened. */
export interface OpeningCall {
  readonly id: string;
  /** The call's status is known: the call must not be opened any more. */
  readonly ended: boolean;
  /** The first message of the request, if it was written. */
  readonly firstMessage: Uint8Array | undefined;
  readonly halfClosed: boolean;
  /** Sends the opening on `lane`, one of the lanes of `route`. */
  open(opening: Opening, lane: Lane, route: Route): void;
  /** Ends the call with a status of the caller's own side. */
  end(code: Status, details: string): void;
  cancelWithStatus(code: Status, details: string): void;
}

/** When the timeout of the method's .proto ends the call; Infinity if that timeout does not count, or is not known yet. */
export function methodDeadline(method: string, madeAt: number | undefined, services: ServedServices): number {
  if (madeAt === undefined) return Number.POSITIVE_INFINITY;
  return madeAt + (services.methodOptions(method)?.timeoutMs ?? Number.POSITIVE_INFINITY);
}

/**
 * Opens a call: gets its credentials, finds the route, and chooses the lane by the call's ordering key. Until the call is over, this object
 * also ends the call at its deadline, or when its parent is cancelled.
 */
export class CallOpening {
  readonly #host: OpeningHost;
  readonly #call: OpeningCall;
  // Copies the parameters one by one, so that the object that they came in is garbage at once (docs/performance-notes.md).
  readonly #method: string;
  readonly #madeAt: number | undefined;
  readonly #authority: string | undefined;
  readonly #parent: Inheritance['parent'];
  readonly #propagate: number;
  readonly #previousAttempts: number;
  readonly #observer: CallObserver | undefined;
  #deadline: number;
  #timer: DeadlineTimer | undefined;
  #stopWatchingParent: (() => void) | undefined;
  #credentials: CallCredentials | undefined;
  /** Aborts the wait for a route. Made only if the call waits. */
  #waiting: AbortController | undefined;
  /** Opens a call that is ordered by its first message, once that message was written. */
  #openOrdered: (() => void) | undefined;

  constructor(host: OpeningHost, call: OpeningCall, parameters: OpeningParameters) {
    this.#host = host;
    this.#call = call;
    this.#method = parameters.method;
    this.#madeAt = parameters.madeAt;
    this.#authority = parameters.authority;
    this.#parent = parameters.parent;
    this.#propagate = parameters.propagate;
    this.#previousAttempts = parameters.previousAttempts;
    this.#observer = parameters.observer;
    this.#deadline = inheritedDeadline(parameters.deadline, parameters);
  }

  get service(): string {
    return serviceOf(this.#method);
  }

  get hasDeadline(): boolean {
    return Number.isFinite(this.#deadline);
  }

  setCredentials(credentials: CallCredentials): void {
    this.#credentials = credentials;
  }

  /** Opens the call now, if its route is known and it has no credentials; else as soon as route and credentials are known. */
  start(metadata: Metadata, waitForReady: boolean): void {
    if (!this.#watchDeadline() || !this.#watchParent()) return;
    const { connectivity, routes } = this.#host;
    if (connectivity.trouble !== undefined && !waitForReady) {
      this.#call.end(Status.UNAVAILABLE, `no Kafka broker can be reached: ${connectivity.trouble.message}`);
      return;
    }
    const route = routes.get(this.service);
    if (route !== undefined && this.#credentials === undefined) this.#open(route, metadata);
    // A clone, because the caller may change its metadata later.
    else void this.#prepare(metadata.clone(), waitForReady);
  }

  /** A message was written, or the request ended. */
  requestWritten(): void {
    this.#openOrdered?.();
  }

  /** The call's status is known: it waits for nothing more. */
  abort(): void {
    this.#waiting?.abort();
  }

  /** The call is over: neither deadline nor parent end it any more. */
  stop(): void {
    this.#timer?.stop();
    this.#timer = undefined;
    this.#stopWatchingParent?.();
  }

  /** @returns false if the deadline has passed. */
  #watchDeadline(): boolean {
    if (!Number.isFinite(this.#deadline)) return true;
    if (this.#deadline <= Date.now()) {
      this.#call.end(Status.DEADLINE_EXCEEDED, 'the deadline had passed before the call began');
      return false;
    }
    // The worker watches the deadline too, so it needs no cancel.
    this.#timer?.stop();
    this.#timer = this.#host.endpoint.deadlines.at(this.#deadline, () =>
      this.#call.end(Status.DEADLINE_EXCEEDED, 'Deadline exceeded'),
    );
    return true;
  }

  /** @returns whether the parent still runs. */
  #watchParent(): boolean {
    const parent = this.#parent;
    if (parent === null) return true;
    this.#stopWatchingParent = onParentCancelled({ parent, propagate: this.#propagate }, () =>
      this.#call.cancelWithStatus(Status.CANCELLED, 'Cancelled by parent call'),
    );
    return !this.#call.ended;
  }

  async #prepare(metadata: Metadata, waitForReady: boolean): Promise<void> {
    let codeOnError: Status = Status.UNAUTHENTICATED;
    try {
      if (this.#credentials !== undefined) metadata.merge(await this.#callMetadata(this.#credentials));
      codeOnError = Status.UNAVAILABLE;
      const route = this.#call.ended ? undefined : await this.#findRoute(waitForReady);
      if (this.#call.ended) return;
      if (route !== undefined) this.#open(route, metadata);
      else await this.#endUnserved();
    } catch (error) {
      this.#call.end(
        error instanceof LogError ? error.status : codeOnError,
        error instanceof Error ? error.message : String(error),
      );
    }
  }

  /** Nobody serves the service. */
  async #endUnserved(): Promise<void> {
    const { routes, neverServed } = this.#host;
    const never = neverServed !== Status.UNAVAILABLE && !(await routes.hasTopic(this.service));
    if (this.#call.ended) return;
    if (never) this.#call.end(neverServed, `unknown service ${this.service}: it was never served in this namespace`);
    else this.#call.end(Status.UNAVAILABLE, routes.whyNot(this.service));
  }

  #callMetadata(credentials: CallCredentials): Promise<Metadata> {
    const method = this.#method;
    return credentials.generateMetadata({
      service_url: `https://${this.#authority ?? 'wherry'}/${this.service}`,
      method_name: method.slice(method.lastIndexOf('/') + 1),
    });
  }

  #findRoute(waitForReady: boolean): Promise<Route | undefined> {
    const { routes } = this.#host;
    if (!waitForReady) return routes.find(this.service);
    this.#waiting = new AbortController();
    return routes.waitFor(this.service, this.#waiting.signal);
  }

  #open(route: Route, metadata: Metadata): void {
    const method = this.#method;
    if (!this.#watchMethodTimeout()) return;
    let field: OrderingField | undefined;
    try {
      field = orderingFieldOf(method, metadata, this.#host.services);
    } catch (error) {
      this.#call.end(Status.INVALID_ARGUMENT, (error as Error).message);
      return;
    }
    if (field !== undefined && this.#call.firstMessage === undefined && !this.#call.halfClosed) {
      const kept = metadata.clone();
      this.#openOrdered = () => this.#open(route, kept);
      return;
    }
    this.#openOrdered = undefined;
    const deadline = Number.isFinite(this.#deadline) ? this.#deadline : undefined;
    const { waitForReady } = metadata.getOptions();
    const entries = this.#entriesOf(metadata);
    const opening = new OpeningObject(method, deadline, entries, this.#authority, waitForReady);
    this.#call.open(opening, this.#laneOf(route, field), route);
  }

  /** @returns false if the timeout in the method's .proto file ends the call before its deadline so far, and has already passed. */
  #watchMethodTimeout(): boolean {
    const deadline = methodDeadline(this.#method, this.#madeAt, this.#host.services);
    if (deadline >= this.#deadline) return true;
    this.#deadline = deadline;
    return this.#watchDeadline();
  }

  /** The metadata that travels: without the key that only the channel reads, and with the entries that the observer propagates. */
  #entriesOf(metadata: Metadata): MetadataEntries {
    const all = metadataToEntries(metadata);
    const entries = all.length === 0 ? all : all.filter(([key]) => key !== orderingFieldKey);
    const observer = this.#observer;
    if (observer === undefined) return entries;
    observer.opening?.(this.#call.id, this.#previousAttempts);
    const more = observer.propagator?.entries;
    if (more === undefined || more.length === 0) return entries;
    if (entries.length === 0) return more;
    const replaced = new Set(more.map(([key]) => key));
    return [...entries.filter(([key]) => !replaced.has(key)), ...more];
  }

  #laneOf(route: Route, field: OrderingField | undefined): Lane {
    const first = this.#call.firstMessage;
    const key = field && first && orderingKey(field, first);
    if (key !== undefined) return route.forKey(key);
    return this.#previousAttempts === 0 ? route : route.forAttempt(this.#previousAttempts);
  }
}
