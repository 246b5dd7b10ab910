import { crc32 } from 'node:zlib';
import { requestTopic } from '@wherry/endpoint';
import type { Lane, RegistryFollower } from '@wherry/endpoint/internal';
import type { Log } from '@wherry/kafka';

/** How long a route is used before the topic is looked at again, as it may have grown or gone. */
const REFRESH_MS = 30_000;
/** How often a topic that calls wait for is looked for where the registry does not tell: Kafka has no event for a new topic. */
const WAIT_MS = 250;

/** Kafka's rule: no other name can be that of a topic. */
const legalTopic = /^[a-zA-Z0-9._-]{1,249}$/;

/** The way to a service: its request topic, one record here, the next there. */
export class Route implements Lane {
  readonly name: string;
  readonly shared = true;
  #next: number;

  constructor(
    readonly topic: string,
    readonly partitions: number,
    readonly foundAt: number,
  ) {
    this.name = topic;
    this.#next = Math.floor(Math.random() * partitions);
  }

  /** Partitions in turn, from a random one on, so that callers do not march in step. */
  nextPartition(): number {
    this.#next = (this.#next + 1) % this.partitions;
    return this.#next;
  }

  /** The way of all calls that have this key: always the same partition, as long as their number stays. */
  forKey(key: Uint8Array): Lane {
    return this.toPartition(crc32(key) % this.partitions);
  }

  /** The way to one of its partitions. */
  toPartition(partition: number): Lane {
    const { topic, shared } = this;
    return { name: `${topic}/${partition}`, topic, shared, nextPartition: () => partition };
  }

  /**
   * The same way for further attempts of calls: their frames share no record with those of earlier attempts, so that two
   * attempts of a call go to different partitions, even in one turn.
   */
  forAttempt(number: number): Lane {
    const { topic, shared } = this;
    return { name: `${topic}#${number}`, topic, shared, nextPartition: () => this.nextPartition() };
  }
}

/** What {@link Routes} needs of the endpoint. */
export interface RoutesHost {
  readonly log: Pick<Log, 'partitions'>;
  readonly namespace: string;
  /** Undefined where the registry is not followed. */
  readonly registry: RegistryFollower | undefined;
}

/**
 * Knows the way to the services that are served: those in the registry, or, where that is not followed or cannot be read,
 * those that have a request topic.
 */
export class Routes {
  readonly #host: RoutesHost;
  readonly #known = new Map<string, Route>();
  readonly #lookups = new Map<string, Promise<Route | undefined>>();

  constructor(host: RoutesHost) {
    this.#host = host;
    // So that looking up a known route, as each call does, need not ask the registry. It ends with the registry.
    host.registry?.onChange(() => this.#forgetUnserved());
  }

  /** The route where it is known already; one that is old is renewed behind the scenes. */
  get(service: string): Route | undefined {
    const route = this.#known.get(service);
    if (route !== undefined && Date.now() - route.foundAt > REFRESH_MS) this.find(service).catch(() => undefined);
    return route;
  }

  /**
   * Looks for the service now; undefined where nobody serves it.
   *
   * @throws LogError when Kafka does not answer.
   */
  async find(service: string): Promise<Route | undefined> {
    const before = this.#lookups.get(service);
    // One that is under way may have asked before a worker that is there now.
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

  /** Waits until the service is served, or `signal` is aborted (then undefined). */
  async waitFor(service: string, signal: AbortSignal): Promise<Route | undefined> {
    while (!signal.aborted) {
      const route = this.get(service) ?? (await this.find(service).catch(() => undefined));
      if (route !== undefined) return route;
      if (signal.aborted) break;
      const { registry } = this.#host;
      if (registry?.following && !registry.serves(service)) await change(registry, signal);
      else await pause(WAIT_MS, signal);
    }
    return undefined;
  }

  /** What a caller is told of a service that {@link find} did not find. */
  whyNot(service: string): string {
    const { registry, namespace } = this.#host;
    const topic = requestTopic(namespace, service);
    if (!registry?.following || registry.serves(service))
      return `nobody serves ${service}: there is no request topic ${topic}`;
    return (
      `nobody serves ${service}: no live worker is registered for it in ${registry.topic} (namespace ${namespace}); ` +
      'start one, or let the call wait for ready'
    );
  }

  /** The service's topic is gone, or not as it was. */
  forget(service: string): void {
    this.#known.delete(service);
  }

  async #find(service: string): Promise<Route | undefined> {
    const topic = requestTopic(this.#host.namespace, service);
    if (!legalTopic.test(topic)) return undefined;
    const partitions = (await this.#isServed(service)) ? await this.#host.log.partitions(topic) : 0;
    const known = this.#known.get(service);
    if (partitions === 0) {
      this.#known.delete(service);
      return undefined;
    }
    const route = new Route(topic, partitions, Date.now());
    if (known === undefined || known.foundAt <= route.foundAt) this.#known.set(service, route);
    return route;
  }

  /** Whether the registry has a worker for it, or does not know. */
  async #isServed(service: string): Promise<boolean> {
    const { registry } = this.#host;
    if (registry === undefined) return true;
    await registry.ready;
    if (!registry.following || registry.serves(service)) return true;
    // It may have started a moment ago.
    await registry.catchUp();
    return !registry.following || registry.serves(service);
  }

  #forgetUnserved(): void {
    const { registry } = this.#host;
    if (!registry?.following) return;
    for (const service of this.#known.keys()) if (!registry.serves(service)) this.#known.delete(service);
  }
}

/** The next change of the registry, or the end of the wait. */
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

/** A pause that ends early when `signal` is aborted. */
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
