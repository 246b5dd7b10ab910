import { crc32 } from 'node:zlib';
import { requestTopic } from '@wherry/endpoint';
import type { Lane, ReadPartitions, RegistryFollower } from '@wherry/endpoint/internal';
import { type Log, LogError } from '@wherry/kafka';

/**
 * How long, in milliseconds, a route is used before the topic is looked up again. The topic may have got more partitions, or been deleted.
 */
const REFRESH_MS = 30_000;
/**
 * How often, in milliseconds, a waiting call looks for its topic, if no change of the registry can wake the call. Kafka has no event for a
 * new topic.
 */
const WAIT_MS = 250;

/** Kafka's rule for the names of topics. */
const legalTopic = /^[a-zA-Z0-9._-]{1,249}$/;

/** The route to a service: its request topic. The partitions that workers read get the records in turn. */
export class Route implements Lane {
  readonly name: string;
  readonly shared = true;
  /** The partitions that get records. */
  #targets: readonly number[] = [];
  #keyPartitions: number;
  #next: number;

  /**
   * @param partitions the number of partitions of the topic.
   * @param foundAt on the clock of `performance.now()`.
   * @param read the partitions that workers read.
   * @param keyPartitions over how many partitions keys were spread so far. Default: all.
   */
  constructor(
    readonly topic: string,
    readonly partitions: number,
    readonly foundAt: number,
    read: ReadPartitions,
    keyPartitions = partitions,
  ) {
    this.name = topic;
    this.#keyPartitions = Math.min(keyPartitions, partitions);
    this.follow(read);
    this.#next = Math.floor(Math.random() * this.#targets.length);
  }

  /** Keys are spread over the partitions below this one. */
  get keyPartitions(): number {
    return this.#keyPartitions;
  }

  /** Workers read these partitions now. Keys use new partitions once a worker reads one of them. */
  follow(read: ReadPartitions): void {
    const all = Array.from({ length: this.partitions }, (_, partition) => partition);
    const known = typeof read === 'string' ? [] : all.filter((partition) => read.has(partition));
    this.#targets = known.length === 0 ? all : known;
    if (read === 'unsaid' || (known.at(-1) ?? 0) >= this.#keyPartitions) this.#keyPartitions = this.partitions;
  }

  /** Whether workers read a partition that the topic did not have when it was looked up. */
  lacksAny(read: ReadPartitions): boolean {
    if (typeof read === 'string') return false;
    for (const partition of read) if (partition >= this.partitions) return true;
    return false;
  }

  /**
   * Takes in turn the partitions that workers read. The first one is random, so that callers do not all use the same partition at the same
   * time.
   */
  nextPartition(): number {
    this.#next = (this.#next + 1) % this.#targets.length;
    return this.#targets[this.#next] as number;
  }

  /**
   * The lane of all calls with this key: always the same partition, as long as the number of partitions stays the same. The partition does
   * not depend on which workers are alive, because calls with equal keys must not overtake each other.
   */
  forKey(key: Uint8Array): Lane {
    return this.toPartition(crc32(key) % this.#keyPartitions);
  }

  /** The lane to one partition. */
  toPartition(partition: number): Lane {
    const { topic, shared } = this;
    return { name: `${topic}/${partition}`, topic, shared, nextPartition: () => partition };
  }

  /**
   * The lane of further attempts of calls. Their frames share no record with frames of earlier attempts, so that two attempts of a call go
   * to different partitions even in one turn.
   */
  forAttempt(number: number): Lane {
    const { topic, shared } = this;
    return { name: `${topic}#${number}`, topic, shared, nextPartition: () => this.nextPartition() };
  }
}

/** The parts of the endpoint that {@link Routes} uses. */
export interface RoutesHost {
  readonly log: Pick<Log, 'partitions' | 'exists' | 'checkAccess'>;
  readonly namespace: string;
  /** Undefined if the channel does not follow the registry. */
  readonly registry: RegistryFollower | undefined;
}

/**
 * Finds the routes to the services that are served: those in the registry, or those that have a request topic if the registry is not
 * followed or cannot be read.
 */
export class Routes {
  readonly #host: RoutesHost;
  readonly #known = new Map<string, Route>();
  /** For services that are not served now: over how many partitions keys were spread. */
  readonly #keyPartitions = new Map<string, number>();
  readonly #lookups = new Map<string, Promise<Route | undefined>>();

  constructor(host: RoutesHost) {
    this.#host = host;
    // Each call looks up its route. With this listener, a known route needs no look into the registry. The listener ends with the registry.
    host.registry?.onChange(() => this.#forgetUnserved());
    host.registry?.onPartitionsChange(() => this.#followPartitions());
  }

  /** The route, if it is known already. An old route is looked up again in the background. */
  get(service: string): Route | undefined {
    const route = this.#known.get(service);
    if (route !== undefined && performance.now() - route.foundAt > REFRESH_MS)
      this.find(service).catch(() => undefined);
    return route;
  }

  /**
   * Looks for the service now; undefined if nobody serves it.
   *
   * @throws LogError if Kafka does not answer, or if the service is served but this client may not see its request topic.
   */
  async find(service: string): Promise<Route | undefined> {
    const before = this.#lookups.get(service);
    // A lookup that is under way may have asked before a new worker registered, so it is followed by another.
    return (await before) ?? (await this.#lookUp(service));
  }

  #lookUp(service: string): Promise<Route | undefined> {
    let lookup = this.#lookups.get(service);
    if (lookup === undefined) {
      lookup = this.#find(service).finally(() => this.#lookups.delete(service));
      this.#lookups.set(service, lookup);
    }
    return lookup;
  }

  /**
   * Waits until the service is served. Returns undefined if `signal` is aborted.
   *
   * @throws LogError if waiting cannot help.
   */
  async waitFor(service: string, signal: AbortSignal): Promise<Route | undefined> {
    while (!signal.aborted) {
      const route = this.get(service) ?? (await this.find(service).catch(undefinedIfRetriable));
      if (route !== undefined) return route;
      if (signal.aborted) break;
      const { registry } = this.#host;
      if (registry?.following && !registry.serves(service)) await change(registry, signal);
      else await pause(WAIT_MS, signal);
    }
    return undefined;
  }

  /** The error text for a service that {@link find} did not find. */
  whyNot(service: string): string {
    const { registry, namespace } = this.#host;
    const topic = requestTopic(namespace, service);
    if (!registry?.following)
      return `nobody serves ${service}: there is no request topic ${topic}, or this client lacks the right Write on it`;
    if (registry.serves(service)) return `nobody serves ${service}: there is no request topic ${topic}`;
    return (
      `nobody serves ${service}: no live worker is registered for it in ${registry.topic} (namespace ${namespace}); ` +
      'start one, or let the call wait for ready'
    );
  }

  /**
   * Whether the service has a request topic, served or not.
   *
   * @throws LogError if Kafka does not answer.
   */
  async hasTopic(service: string): Promise<boolean> {
    const topic = requestTopic(this.#host.namespace, service);
    // Strangers choose the names of services at a gateway. librdkafka would keep each topic that it is asked for by `partitions`.
    return legalTopic.test(topic) && (await this.#host.log.exists(topic, 0));
  }

  /** The service's topic was deleted or has changed. */
  forget(service: string): void {
    this.#known.delete(service);
    this.#keyPartitions.delete(service);
  }

  async #find(service: string): Promise<Route | undefined> {
    const topic = requestTopic(this.#host.namespace, service);
    if (!legalTopic.test(topic)) return undefined;
    const partitions = (await this.#isServed(service)) ? await this.#host.log.partitions(topic) : 0;
    const known = this.#known.get(service);
    if (partitions === 0) {
      this.#known.delete(service);
      // A service with a worker has a topic.
      if (this.#host.registry?.serves(service)) await this.#host.log.checkAccess(topic, 'Write');
      return undefined;
    }
    const keyPartitions = known?.keyPartitions ?? this.#keyPartitions.get(service);
    const route = new Route(topic, partitions, performance.now(), this.#readPartitions(service), keyPartitions);
    this.#known.set(service, route);
    return route;
  }

  /** Whether the registry has a worker for the service. True if the registry is not followed. */
  async #isServed(service: string): Promise<boolean> {
    const { registry } = this.#host;
    if (registry === undefined) return true;
    await registry.ready;
    if (!registry.following || registry.serves(service)) return true;
    // A worker may have started a moment ago.
    await registry.catchUp();
    await registry.untilCertain(service);
    return !registry.following || registry.serves(service);
  }

  #readPartitions(service: string): ReadPartitions {
    return this.#host.registry?.partitions(service) ?? 'unsaid';
  }

  #followPartitions(): void {
    for (const [service, route] of this.#known) {
      const read = this.#readPartitions(service);
      route.follow(read);
      if (route.lacksAny(read)) this.find(service).catch(() => undefined);
    }
  }

  #forgetUnserved(): void {
    const { registry } = this.#host;
    if (!registry?.following) return;
    for (const [service, { keyPartitions }] of this.#known) {
      if (registry.serves(service)) continue;
      this.#known.delete(service);
      this.#keyPartitions.set(service, keyPartitions);
    }
  }
}

function undefinedIfRetriable(error: unknown): undefined {
  if (error instanceof LogError && !error.retriable) throw error;
}

/** Waits for the next change of the registry, or until `signal` is aborted. */
function change(registry: RegistryFollower, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stop();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const stop = registry.onChange(done);
    signal.addEventListener('abort', done);
  });
}

/** Waits this many milliseconds, or until `signal` is aborted. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
