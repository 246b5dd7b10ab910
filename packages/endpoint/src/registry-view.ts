import type { Registration, RegistryRecord } from '@wherry/wire';
import { maxLeaseMs, peerName } from './peers.js';

/** An instance that counts as alive. */
interface Instance {
  registration: Registration;
  /** When its lease expires, on the clock of the `now` parameters. */
  until: number;
  /** When its registration was last read, on the same clock. */
  heardAt: number;
  /** Whether several renewals of its registration have not come. It may be dead, but its lease has not expired. */
  silent: boolean;
}

/**
 * How a record changes the view: which services are served and their descriptors, or only the partitions that workers read. Undefined if it
 * changes neither.
 */
export type RegistryChange = 'services' | 'partitions' | undefined;

/**
 * The partitions of a request topic that workers read. `unsaid`: at least one worker does not say. `none`: no worker has a partition yet, or
 * all workers are silent. If all are silent, the reader of the registry or Kafka was most likely held up.
 */
export type ReadPartitions = ReadonlySet<number> | 'unsaid' | 'none';

/** An instance is silent if this many renewals in a row have not come. */
const MISSED_RENEWALS = 3;

/** How long an instance may be in doubt, in milliseconds: longer than a worker of any version takes to renew a lease of the default length. */
const MAX_DOUBT_MS = 7000;

/** An instance that may be alive: see {@link RegistryView.mayServe}. */
interface DoubtfulInstance {
  readonly registration: Registration;
  readonly until: number;
}

interface Descriptors {
  readonly files: readonly Buffer[];
  /** When a live instance last had them. */
  usedAt: number;
}

/**
 * How long, in milliseconds, descriptors are kept after the last live instance that had them is gone. Descriptors are written before the
 * registration that names them, and an instance that comes back after it was held up does not write them again at once. This time is longer
 * than the interval at which every worker writes its descriptors again.
 */
const UNUSED_MS = 900_000;

/**
 * The state of the registry, built from the records of its topic: which services are served, by how many instances, and their descriptors.
 * It has no clock. Each parameter `now` is a time, in milliseconds, on the clock of the view's owner.
 */
export class RegistryView {
  readonly #instances = new Map<string, Instance>();
  readonly #services = new Map<string, Set<Instance>>();
  readonly #doubtful = new Map<string, DoubtfulInstance>();
  readonly #descriptors = new Map<string, Descriptors>();

  /** The names of the services that at least one live instance serves. */
  get services(): readonly string[] {
    return [...this.#services.keys()];
  }

  serves(service: string): boolean {
    return this.#services.has(service);
  }

  /**
   * Whether an instance that may be alive serves the service. Its lease seems to have ended before this view was made, but its clock may
   * differ. If it is alive, it soon writes again.
   */
  mayServe(service: string): boolean {
    return this.#doubtfulServices().includes(service);
  }

  /** Whether any service that no live instance serves may be served: see {@link mayServe}. */
  get uncertain(): boolean {
    return this.#doubtfulServices().some((service) => !this.serves(service));
  }

  #doubtfulServices(): string[] {
    return [...this.#doubtful.values()].flatMap(({ registration }) => registration.services.map(({ name }) => name));
  }

  /** How many live instances serve the service. */
  instances(service: string): number {
    return this.#services.get(service)?.size ?? 0;
  }

  /** The partitions of the service's request topic that live workers read. */
  partitions(service: string): ReadPartitions {
    const read = new Set<number>();
    for (const { registration, silent } of this.#services.get(service) ?? []) {
      const partitions = registration.services.find(({ name }) => name === service)?.partitions;
      if (partitions === undefined) return 'unsaid';
      if (!silent) for (const partition of partitions) read.add(partition);
    }
    return read.size === 0 ? 'none' : read;
  }

  /** The descriptors of a service. If several versions are served at once, those of the instance that started last. */
  descriptors(service: string): { readonly hash: string; readonly files: readonly Buffer[] } | undefined {
    let youngest: { startedAt: number; hash: string; files: readonly Buffer[] } | undefined;
    for (const { registration } of this.#services.get(service) ?? []) {
      const hash = registration.services.find(({ name }) => name === service)?.descriptors;
      const files = hash === undefined ? undefined : this.#descriptors.get(hash)?.files;
      if (hash === undefined || files === undefined || registration.startedAt <= (youngest?.startedAt ?? -1)) continue;
      youngest = { startedAt: registration.startedAt, hash, files };
    }
    return youngest;
  }

  /**
   * Takes a record.
   *
   * @param age how many milliseconds of the record's lease have already passed, if the clocks of its writer and this reader agree.
   */
  apply(record: RegistryRecord, now: number, age = 0): RegistryChange {
    if (record.kind === 'descriptors') {
      return this.#applyDescriptors(record.hash, record.files, now) ? 'services' : undefined;
    }
    const name = peerName(record.instance);
    const { registration } = record;
    const wasDoubtful = this.#doubtful.delete(name);
    const leaseMs = Math.min(registration?.leaseMs ?? 0, maxLeaseMs);
    if (registration === undefined) return this.#remove(name) || wasDoubtful ? 'services' : undefined;
    if (age >= leaseMs) {
      // A known instance has its lease by this reader's own clock.
      if (this.#instances.has(name)) return undefined;
      this.#doubtful.set(name, { registration, until: now + Math.min(silenceLimitMs(registration), MAX_DOUBT_MS) });
      return wasDoubtful ? 'services' : undefined;
    }
    // If it is alive, it writes again before its silence limit, even if its clock is a little late.
    const until = now + Math.max(leaseMs - age, silenceLimitMs(registration));
    const heardAt = now - age;
    const known = this.#instances.get(name);
    if (known === undefined || !sameServices(known.registration, registration)) {
      this.#remove(name);
      this.#add(name, { registration, until, heardAt, silent: false });
      return 'services';
    }
    const changed = known.silent || !samePartitions(known.registration, registration);
    known.registration = registration;
    known.until = until;
    known.heardAt = heardAt;
    known.silent = false;
    return changed ? 'partitions' : undefined;
  }

  /** Counts the instances that miss their renewals as silent. @returns whether any has become so. */
  silence(now: number): boolean {
    let changed = false;
    for (const instance of this.#instances.values()) {
      const { registration, heardAt, silent } = instance;
      if (silent || registration.renewMs === undefined || now - heardAt <= silenceLimitMs(registration)) continue;
      instance.silent = true;
      changed = true;
    }
    return changed;
  }

  /** Whether the lease of any instance has expired. */
  isOverdue(now: number): boolean {
    for (const { until } of this.#instances.values()) if (until <= now) return true;
    return false;
  }

  /** Counts the instances for which {@link isOverdue} is true as gone. @returns whether there were any. */
  expire(now: number): boolean {
    let changed = false;
    for (const [name, { until }] of [...this.#instances]) if (until <= now) changed = this.#remove(name) || changed;
    return changed;
  }

  /** Counts the instances that were in doubt for long enough as gone. @returns whether there were any. */
  endDoubts(now: number): boolean {
    let changed = false;
    for (const [name, { until }] of this.#doubtful) if (until <= now) changed = this.#doubtful.delete(name) || changed;
    return changed;
  }

  /**
   * Gives every instance a whole lease from now on, because its silence proves nothing. An instance that was silent before stays silent until
   * it writes.
   */
  renewAll(now: number): void {
    for (const instance of this.#instances.values()) {
      instance.until = Math.max(instance.until, now + Math.min(instance.registration.leaseMs, maxLeaseMs));
      instance.heardAt = now;
    }
  }

  /** Forgets descriptors that no live instance has had for `UNUSED_MS`. */
  prune(now: number): void {
    for (const { registration } of this.#instances.values()) {
      for (const { descriptors } of registration.services) {
        const used = descriptors === undefined ? undefined : this.#descriptors.get(descriptors);
        if (used !== undefined) used.usedAt = now;
      }
    }
    for (const [hash, { usedAt }] of this.#descriptors) if (now - usedAt > UNUSED_MS) this.#descriptors.delete(hash);
  }

  #applyDescriptors(hash: string, files: readonly Buffer[] | undefined, now: number): boolean {
    const known = this.#descriptors.get(hash);
    if (files === undefined) return this.#descriptors.delete(hash);
    if (known !== undefined) {
      known.usedAt = now;
      return false;
    }
    this.#descriptors.set(hash, { files, usedAt: now });
    return true;
  }

  #add(name: string, instance: Instance): void {
    this.#instances.set(name, instance);
    for (const service of instance.registration.services) {
      const serving = this.#services.get(service.name);
      if (serving === undefined) this.#services.set(service.name, new Set([instance]));
      else serving.add(instance);
    }
  }

  #remove(name: string): boolean {
    const instance = this.#instances.get(name);
    if (instance === undefined) return false;
    this.#instances.delete(name);
    for (const service of instance.registration.services) {
      const serving = this.#services.get(service.name);
      serving?.delete(instance);
      if (serving?.size === 0) this.#services.delete(service.name);
    }
    return true;
  }
}

/** How long an instance may be silent, in milliseconds, before it counts as silent. */
function silenceLimitMs({ renewMs, leaseMs }: Registration): number {
  return Math.min(renewMs === undefined ? leaseMs : MISSED_RENEWALS * renewMs, maxLeaseMs);
}

function samePartitions(a: Registration, b: Registration): boolean {
  return a.services.every(({ partitions }, index) => {
    const others = b.services[index]?.partitions;
    if (partitions === undefined || others === undefined) return partitions === others;
    return partitions.length === others.length && partitions.every((partition, at) => partition === others[at]);
  });
}

function sameServices(a: Registration, b: Registration): boolean {
  return (
    a.startedAt === b.startedAt &&
    a.services.length === b.services.length &&
    a.services.every(({ name, descriptors }, index) => {
      const other = b.services[index];
      return other?.name === name && other.descriptors === descriptors;
    })
  );
}
