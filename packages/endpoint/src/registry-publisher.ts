import type { Log } from '@wherry/kafka';
import { LogError } from '@wherry/kafka';
import { encodeDescriptors, encodeRegistration, type InboxAddress, type RegisteredService } from '@wherry/wire';
import { sameInbox } from './peers.js';
import { makeRegistryTopic } from './registry-topic.js';
import { registryTopic } from './topic-names.js';

/** The parts of the endpoint that {@link RegistryPublisher} uses. */
export interface PublisherHost {
  readonly namespace: string;
  readonly address: InboxAddress;
  readonly leaseMs: number;
  readonly log: Pick<Log, 'partitions' | 'createTopic' | 'produce' | 'flush'>;
  warnOnce(doing: string, error: unknown): void;
}

/** A service that a worker registers. */
export interface PublishedService {
  readonly name: string;
  /** Each is a serialized `google.protobuf.FileDescriptorProto`. Empty if the descriptors are not known. */
  readonly fileDescriptors: readonly Uint8Array[];
}

/**
 * How often the registration is written again, in milliseconds, if the lease has the default length of 6 s. Callers then soon notice a dead
 * worker. It is written less often if the lease is longer, and always at least three times before the lease ends.
 */
const RENEW_MS = 500;
const RENEWALS = 12;
const MIN_RENEWALS = 3;
/**
 * How often descriptors are written again, in milliseconds. The topic keeps the records of the last hour. The embedded broker keeps only
 * the last 5 MB, because it does not compact topics and ignores their settings.
 */
const DESCRIPTORS_MS = 10 * 60_000;
/** How long, in milliseconds, until a topic that could not be made is tried again. */
const RETRY_MS = 30_000;
/** How long, in milliseconds, until a registration that the client library had no room for is tried again. */
const ROOM_MS = 20;
/** How long, in milliseconds, to wait until the broker has the first registration, and later its removal. */
const REGISTER_MS = 5000;
const LEAVE_MS = 1000;

/** Registers a worker's services in the registry topic for as long as the worker serves them. Failures are logged and stop nothing. */
export class RegistryPublisher {
  readonly #host: PublisherHost;
  readonly #topic: string;
  readonly #services: readonly PublishedService[];
  readonly #partitionsOf: (service: string) => readonly number[];
  readonly #renewMs: number;
  readonly #startedAt = Date.now();
  /** The services that this worker cannot serve at this moment. */
  readonly #withdrawn = new Set<string>();
  /** The services in each registration; undefined until the topic exists and has their descriptors. */
  #registered: readonly RegisteredService[] | undefined;
  /** The inbox that the last registration was for. */
  #instance: InboxAddress | undefined;
  #describedAt = Number.NEGATIVE_INFINITY;
  #triedAt = Number.NEGATIVE_INFINITY;
  #renewing: Promise<void> | undefined;
  #leaving = false;
  #timer: NodeJS.Timeout | undefined;
  #retryTimer: NodeJS.Timeout | undefined;

  /** @param partitionsOf gives the partitions of a service's request topic that this worker reads now. */
  constructor(
    host: PublisherHost,
    services: readonly PublishedService[],
    partitionsOf: (service: string) => readonly number[],
  ) {
    this.#host = host;
    this.#topic = registryTopic(host.namespace);
    this.#services = services;
    this.#partitionsOf = partitionsOf;
    this.#renewMs = Math.ceil(Math.min(host.leaseMs / MIN_RENEWALS, Math.max(RENEW_MS, host.leaseMs / RENEWALS)));
  }

  /** Registers the worker, and waits until the broker has the registration. From then on callers find the worker. */
  async open(): Promise<void> {
    this.#timer = setInterval(() => void this.#renew(), this.#renewMs);
    await this.#renew();
    if (this.#instance !== undefined) await this.#host.log.flush(REGISTER_MS);
  }

  /** From now on, the registration does not name this service. */
  withdraw(service: string): void {
    this.#withdrawn.add(service);
    this.#registerAnew();
  }

  /** Ends {@link withdraw}. */
  restore(service: string): void {
    if (this.#withdrawn.delete(service)) this.#registerAnew();
  }

  /** The worker reads other partitions than before. */
  partitionsChanged(): void {
    this.#registerAnew();
  }

  /** Writes the registration as it is now. A registration that is being written may be of before the change, so this waits for it. */
  #registerAnew(): void {
    void (this.#renewing ?? Promise.resolve()).then(() => {
      if (this.#instance !== undefined && !this.#leaving) void this.#renew();
    });
  }

  /** Removes the registration. Harmless when repeated. */
  async leave(): Promise<void> {
    this.#leaving = true;
    clearInterval(this.#timer);
    await this.#renewing;
    clearTimeout(this.#retryTimer);
    const instance = this.#instance;
    if (instance === undefined) return;
    this.#instance = undefined;
    try {
      this.#write(encodeRegistration(instance, undefined));
    } catch (error) {
      this.#warn(error); // the lease will expire instead
    }
    await this.#host.log.flush(LEAVE_MS);
  }

  #renew(): Promise<void> {
    this.#renewing ??= this.#register()
      .catch((error: unknown) => {
        if (error instanceof LogError && error.queueFull) this.#renewSoon();
        else this.#warn(error);
      })
      .finally(() => {
        this.#renewing = undefined;
      });
    return this.#renewing;
  }

  /** Tries again soon: the client library's queue may be full under load, and a lease must not expire because of that. */
  #renewSoon(): void {
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => void this.#renew(), ROOM_MS);
  }

  async #register(): Promise<void> {
    await this.#describeAll();
    if (this.#registered === undefined) return; // the topic does not exist
    const { address, leaseMs } = this.#host;
    // If the inbox was replaced, the old registration is removed, so that nobody counts this worker twice.
    if (this.#instance !== undefined && !sameInbox(this.#instance, address)) {
      this.#write(encodeRegistration(this.#instance, undefined));
    }
    this.#instance = address;
    this.#write(
      encodeRegistration(address, {
        writtenAt: Date.now(),
        startedAt: this.#startedAt,
        leaseMs,
        renewMs: this.#renewMs,
        services: this.#registered
          .filter(({ name }) => !this.#withdrawn.has(name))
          .map((service) => ({ ...service, partitions: this.#partitionsOf(service.name) })),
      }),
    );
  }

  /** Writes all descriptors, if they are due. */
  async #describeAll(): Promise<void> {
    const now = performance.now();
    if (now - this.#describedAt < DESCRIPTORS_MS || now - this.#triedAt < RETRY_MS) return;
    this.#triedAt = now;
    try {
      await makeRegistryTopic(this.#host.log, this.#host.namespace);
      this.#registered = this.#services.map((service) => this.#describe(service));
      this.#describedAt = now;
    } catch (error) {
      if (error instanceof LogError && error.queueFull) {
        this.#triedAt = Number.NEGATIVE_INFINITY;
        throw error;
      }
      this.#warn(error);
    }
  }

  /** Writes the descriptors of a service. If that fails, the service is still registered, but reflection cannot show it. */
  #describe({ name, fileDescriptors }: PublishedService): RegisteredService {
    if (fileDescriptors.length === 0) return { name, descriptors: undefined };
    const record = encodeDescriptors(fileDescriptors);
    try {
      this.#write(record);
      return { name, descriptors: record.hash };
    } catch (error) {
      if (error instanceof LogError && error.queueFull) throw error;
      this.#host.warnOnce(`publishing the descriptors of ${name}: reflection cannot show it`, error);
      return { name, descriptors: undefined };
    }
  }

  #warn(error: unknown): void {
    this.#host.warnOnce(
      `registering services in ${this.#topic}: callers that follow it do not know this worker`,
      error,
    );
  }

  #write({ key, value }: { key: Buffer; value: Buffer | null }): void {
    this.#host.log.produce(this.#topic, 0, key, value);
  }
}
