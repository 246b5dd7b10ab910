import type { Log } from '@wherry/kafka';
import { LogError } from '@wherry/kafka';
import { encodeDescriptors, encodeRegistration, type InboxAddress, type RegisteredService } from '@wherry/wire';
import { sameInbox } from './peers.js';
import { makeRegistryTopic } from './registry-topic.js';
import { registryTopic } from './topic-names.js';

/** What {@link RegistryPublisher} needs of the endpoint around it. */
export interface PublisherHost {
  readonly namespace: string;
  readonly address: InboxAddress;
  readonly leaseMs: number;
  readonly log: Pick<Log, 'partitions' | 'createTopic' | 'produce'>;
  flush(timeoutMs: number): Promise<void>;
  warnOnce(doing: string, error: unknown): void;
}

/** A service as its worker has it. */
export interface PublishedService {
  readonly name: string;
  /** Each a serialized `google.protobuf.FileDescriptorProto`; none where they are not known. */
  readonly fileDescriptors: readonly Uint8Array[];
}

/** A lease is renewed this many times before it ends. */
const RENEWALS = 3;
/**
 * How often descriptors are written again. The topic keeps what was said within an hour, and the embedded broker only the
 * last 5 MB of it: it neither compacts nor is told to keep anything.
 */
const DESCRIPTORS_MS = 10 * 60_000;
/** How soon making a topic that could not be made is tried again. */
const RETRY_MS = 30_000;
/** How soon a registration that there was no room for is tried again. */
const ROOM_MS = 20;
/** How long the first registration, and the last word, may take to reach the broker. */
const REGISTER_MS = 5000;
const LEAVE_MS = 1000;

/** Tells in the registry topic what a worker serves, as long as it does. Trouble with that is logged, and stops nothing. */
export class RegistryPublisher {
  readonly #host: PublisherHost;
  readonly #topic: string;
  readonly #services: readonly PublishedService[];
  readonly #startedAt = Date.now();
  /** What the registrations say; undefined until there is a topic, and the descriptors are in it. */
  #registered: readonly RegisteredService[] | undefined;
  /** The inbox that the last registration was for. */
  #instance: InboxAddress | undefined;
  #describedAt = Number.NEGATIVE_INFINITY;
  #triedAt = Number.NEGATIVE_INFINITY;
  #renewing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #again: NodeJS.Timeout | undefined;

  constructor(host: PublisherHost, services: readonly PublishedService[]) {
    this.#host = host;
    this.#topic = registryTopic(host.namespace);
    this.#services = services;
  }

  /** Registers, and returns when the broker has that, so that whoever asks from now on finds the worker. */
  async open(): Promise<void> {
    this.#timer = setInterval(() => void this.#renew(), this.#host.leaseMs / RENEWALS);
    await this.#renew();
    if (this.#instance !== undefined) await this.#host.flush(REGISTER_MS);
  }

  /** Takes the registration back. Harmless when repeated. */
  async leave(): Promise<void> {
    clearInterval(this.#timer);
    await this.#renewing;
    clearTimeout(this.#again);
    const instance = this.#instance;
    if (instance === undefined) return;
    this.#instance = undefined;
    try {
      this.#write(encodeRegistration(instance, undefined));
    } catch (error) {
      this.#warn(error); // its lease will end
    }
    await this.#host.flush(LEAVE_MS);
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

  /** The client library's queue is full, as it may be under load: a lease must not end for that. */
  #renewSoon(): void {
    clearTimeout(this.#again);
    this.#again = setTimeout(() => void this.#renew(), ROOM_MS);
  }

  async #register(): Promise<void> {
    await this.#describeAll();
    if (this.#registered === undefined) return; // there is no topic
    const { address, leaseMs } = this.#host;
    // An inbox that was lost and replaced: nobody should count this worker twice.
    if (this.#instance !== undefined && !sameInbox(this.#instance, address)) {
      this.#write(encodeRegistration(this.#instance, undefined));
    }
    this.#instance = address;
    const registration = { writtenAt: Date.now(), startedAt: this.#startedAt, leaseMs, services: this.#registered };
    this.#write(encodeRegistration(address, registration));
  }

  /** Writes all descriptors, where it is time to. */
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

  /** Writes the descriptors of a service; without them it is served all the same, but cannot be shown by reflection. */
  #describe({ name, fileDescriptors }: PublishedService): RegisteredService {
    if (fileDescriptors.length === 0) return { name, descriptors: undefined };
    const record = encodeDescriptors(fileDescriptors);
    try {
      this.#write(record);
      return { name, descriptors: record.hash };
    } catch (error) {
      if (error instanceof LogError && error.queueFull) throw error;
      this.#host.warnOnce(`publishing the descriptors of ${name}: reflection will not show it`, error);
      return { name, descriptors: undefined };
    }
  }

  #warn(error: unknown): void {
    this.#host.warnOnce(`telling of services in ${this.#topic}: callers that follow it do not know this worker`, error);
  }

  #write({ key, value }: { key: Buffer; value: Buffer | null }): void {
    this.#host.log.produce(this.#topic, 0, key, value);
  }
}
