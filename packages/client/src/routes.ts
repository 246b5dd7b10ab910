import { type Log, requestTopic } from '@wherry/kafka';
import type { Lane } from '@wherry/kafka/internal';

/** How long a route is used before the topic is looked at again, as it may have grown or gone. */
const REFRESH_MS = 30_000;
/** How often a topic that calls wait for is looked for: Kafka has no event for a new topic. */
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

  /**
   * The same way for further attempts of calls: their frames share no record with those of earlier attempts, so that two
   * attempts of a call go to different partitions, even in one turn.
   */
  forAttempt(number: number): Lane {
    const { topic, shared } = this;
    return { name: `${topic}#${number}`, topic, shared, nextPartition: () => this.nextPartition() };
  }
}

/** Knows which services have a request topic. */
export class Routes {
  readonly #log: Pick<Log, 'partitions'>;
  readonly #namespace: string;
  readonly #known = new Map<string, Route>();
  readonly #lookups = new Map<string, Promise<Route | undefined>>();

  constructor(log: Pick<Log, 'partitions'>, namespace: string) {
    this.#log = log;
    this.#namespace = namespace;
  }

  /** The route where it is known already; one that is old is renewed behind the scenes. */
  get(service: string): Route | undefined {
    const route = this.#known.get(service);
    if (route !== undefined && Date.now() - route.foundAt > REFRESH_MS) this.find(service).catch(() => undefined);
    return route;
  }

  /**
   * Looks for the service's topic now; undefined where there is none.
   *
   * @throws LogError when Kafka does not answer.
   */
  find(service: string): Promise<Route | undefined> {
    let lookup = this.#lookups.get(service);
    if (lookup === undefined) {
      lookup = this.#find(service).finally(() => this.#lookups.delete(service));
      this.#lookups.set(service, lookup);
    }
    return lookup;
  }

  /** Waits until the service has a topic, or `signal` is aborted (then undefined). */
  async waitFor(service: string, signal: AbortSignal): Promise<Route | undefined> {
    while (!signal.aborted) {
      const route = this.get(service) ?? (await this.find(service).catch(() => undefined));
      if (route !== undefined) return route;
      await pause(WAIT_MS, signal);
    }
    return undefined;
  }

  /** The service's topic is gone, or not as it was. */
  forget(service: string): void {
    this.#known.delete(service);
  }

  async #find(service: string): Promise<Route | undefined> {
    const topic = requestTopic(this.#namespace, service);
    if (!legalTopic.test(topic)) return undefined;
    const partitions = await this.#log.partitions(topic);
    const known = this.#known.get(service);
    if (partitions === 0) {
      this.#known.delete(service);
      return undefined;
    }
    const route = new Route(topic, partitions, Date.now());
    if (known === undefined || known.foundAt <= route.foundAt) this.#known.set(service, route);
    return route;
  }
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
