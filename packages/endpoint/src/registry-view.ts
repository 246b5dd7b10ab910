import { RecordError, type Registration, type RegistryRecord } from '@wherry/wire';
import { maxLeaseMs, peerName } from './peers.js';
import { registryLimits } from './registry-limits.js';

/** An instance that counts as alive. */
interface Instance {
  registration: Registration;
  /** How many bytes its registration counts for. */
  bytes: number;
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
 * The partitions of a request topic that workers read. `unsaid`: at least one worker does not say. `none`: no worker has a partition yet,
 * or all workers are silent. If all are silent, the reader of the registry or Kafka was most likely held up.
 */
export type ReadPartitions = ReadonlySet<number> | 'unsaid' | 'none';

/** An instance is silent if this many renewals in a row have not come. */
const MISSED_RENEWALS = 3;

/** How long an instance may be in doubt, in milliseconds. Every version renews a lease of the default length within this time. */
const MAX_DOUBT_MS = 7000;

/** An instance that may be alive: see {@link RegistryView.mayServe}. */
interface DoubtfulInstance {
  readonly registration: Registration;
  readonly bytes: number;
  readonly until: number;
}

interface Descriptors {
  readonly files: readonly Buffer[];
  readonly bytes: number;
  /** When a live instance last had them. */
  usedAt: number;
}

/**
 * How long, in milliseconds, descriptors are kept after the last live instance that had them is gone. Descriptors are written before the
 * registration that names them, and an instance that comes back after it was held up does not write them again at once. This time is longer
 * than the interval at which every worker writes its descriptors again.
 */
const UNUSED_MS = 900_000;

/** A registration counts for at least this many bytes, so that it may grow when its worker gets more partitions. */
const MIN_REGISTRATION_BYTES = 1024;
/** About how many bytes a file holds besides its content. */
const FILE_BYTES = 128;

/**
 * The state of the registry, built from the records of its topic: which services are served, by how many instances, and their descriptors.
 * It has no clock. Each parameter `now` is a time, in milliseconds, on the clock of the view's owner.
 */
export class RegistryView {
  readonly #instances = new Map<string, Instance>();
  readonly #services = new Map<string, Set<Instance>>();
  readonly #doubtful = new Map<string, DoubtfulInstance>();
  readonly #descriptors = new Map<string, Descriptors>();
  /** How many services of live instances have the descriptors of this hash. */
  readonly #uses = new Map<string, number>();
  /** The hashes of the descriptors that no live instance has, oldest first. */
  readonly #unused = new Set<string>();
  #registrationBytes = 0;
  #servicesOfAll = 0;
  #descriptorsBytes = 0;

  /** The names of the services that at least one live instance serves. */
  get services(): readonly string[] {
    return [...this.#services.keys()];
  }

  /** How much counts for {@link registryLimits} now. */
  get held(): Readonly<
    Record<'registrations' | 'registrationBytes' | 'servicesOfAll' | 'descriptors' | 'unused', number>
  > {
    return {
      registrations: this.#instances.size + this.#doubtful.size,
      registrationBytes: this.#registrationBytes,
      servicesOfAll: this.#servicesOfAll,
      descriptors: this.#descriptorsBytes,
      unused: this.#unused.size,
    };
  }

  serves(service: string): boolean {
    return this.#services.has(service);
  }

  /**
   * Whether an instance that may be alive serves the service. Its lease seems to have ended before this view was made, but its clock may
   * differ. If it is alive, it soon writes again.
   */
  mayServe(service: string): boolean {
    return this.#doubts((name) => name === service);
  }

  /** Whether any service that no live instance serves may be served: see {@link mayServe}. */
  get uncertain(): boolean {
    return this.#doubts((name) => !this.serves(name));
  }

  /** Whether an instance in doubt serves a service that `matches`. */
  #doubts(matches: (service: string) => boolean): boolean {
    for (const { registration } of this.#doubtful.values())
      if (registration.services.some(({ name }) => matches(name))) return true;
    return false;
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
   * Makes room for a record. Instances in doubt make room for instances that are alive, and descriptors that no live instance has make room
   * for others.
   *
   * @param bytes the length of the record.
   * @throws RecordError if it finds no room within {@link registryLimits}. Then do not {@link apply} the record.
   */
  admit(record: RegistryRecord, bytes: number, age = 0): void {
    if (record.kind === 'descriptors') this.#admitDescriptors(record.hash, record.files, bytes);
    else if (record.registration !== undefined)
      this.#admitInstance(peerName(record.instance), record.registration, bytes, age);
  }

  #admitInstance(name: string, registration: Registration, length: number, age: number): void {
    const known = this.#instances.get(name);
    const former = known ?? this.#doubtful.get(name);
    const leaving = former === undefined ? 0 : 1;
    const { services } = registration;
    const bytes = countedBytes(length) - (former?.bytes ?? 0);
    const servicesMore = services.length - (former?.registration.services.length ?? 0);
    const full = (): string | undefined => {
      if (this.#instances.size + this.#doubtful.size - leaving >= registryLimits.registrations)
        return `${registryLimits.registrations} registrations`;
      if (this.#registrationBytes + bytes > registryLimits.registrationBytes)
        return `registrations of ${registryLimits.registrationBytes} bytes`;
      if (this.#servicesOfAll + servicesMore > registryLimits.servicesOfAll)
        return `registrations of ${registryLimits.servicesOfAll} services`;
      return undefined;
    };
    const added = new Set(services.map((service) => service.name));
    for (const service of [...added]) {
      const serving = this.#services.get(service);
      if (serving === undefined) continue;
      added.delete(service);
      const isNew = known === undefined || !serving.has(known);
      if (isNew && serving.size >= registryLimits.registrationsOfService)
        throw tooMany(`${registryLimits.registrationsOfService} registrations of ${service}`);
    }
    if (added.size > 0 && this.#services.size + added.size > registryLimits.services)
      throw tooMany(`${registryLimits.services} services`);
    for (const [doubtful] of this.#doubtful) {
      if (full() === undefined || age >= leaseOf(registration)) break;
      if (doubtful !== name) this.#endDoubt(doubtful);
    }
    const reason = full();
    if (reason !== undefined) throw tooMany(reason);
  }

  #admitDescriptors(hash: string, files: readonly Buffer[] | undefined, length: number): void {
    if (files === undefined || this.#descriptors.has(hash)) return;
    const bytes = descriptorsBytes(files, length);
    const isFull = (): boolean =>
      this.#descriptors.size >= registryLimits.descriptors ||
      this.#descriptorsBytes + bytes > registryLimits.descriptorsBytes;
    for (const unused of this.#unused) {
      if (!isFull()) return;
      this.#forgetDescriptors(unused);
    }
    if (isFull())
      throw tooMany(`${registryLimits.descriptors} descriptors, or ${registryLimits.descriptorsBytes} bytes of them`);
  }

  /**
   * Takes a record. Ask {@link admit} first.
   *
   * @param age how many milliseconds of the record's lease have already passed, if the clocks of its writer and this reader agree.
   * @param bytes the length of the record.
   */
  apply(record: RegistryRecord, now: number, age = 0, bytes = 0): RegistryChange {
    if (record.kind === 'descriptors') {
      return this.#applyDescriptors(record.hash, record.files, now, bytes) ? 'services' : undefined;
    }
    const name = peerName(record.instance);
    const { registration } = record;
    const wasDoubtful = this.#endDoubt(name);
    if (registration === undefined) return this.#remove(name) || wasDoubtful ? 'services' : undefined;
    const leaseMs = leaseOf(registration);
    if (age >= leaseMs) {
      // A known instance has its lease by this reader's own clock.
      if (this.#instances.has(name)) return undefined;
      const doubtful = { registration, bytes: countedBytes(bytes), until: now + doubtMs(registration) };
      this.#doubtful.set(name, doubtful);
      this.#count(doubtful, 1);
      return wasDoubtful ? 'services' : undefined;
    }
    // If it is alive, it writes again before its silence limit, even if its clock is a little late.
    const until = now + Math.max(leaseMs - age, silenceLimitMs(registration));
    const heardAt = now - age;
    const known = this.#instances.get(name);
    if (known === undefined || !sameServices(known.registration, registration)) {
      this.#remove(name);
      this.#add(name, { registration, bytes: countedBytes(bytes), until, heardAt, silent: false });
      return 'services';
    }
    const changed = known.silent || !samePartitions(known.registration, registration);
    this.#count(known, -1);
    known.registration = registration;
    known.bytes = countedBytes(bytes);
    this.#count(known, 1);
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
    for (const [name, { until }] of this.#doubtful) if (until <= now) changed = this.#endDoubt(name) || changed;
    return changed;
  }

  /**
   * Gives every instance a whole lease from now on, because its silence proves nothing. An instance that was silent before stays silent
   * until it writes.
   */
  renewAll(now: number): void {
    for (const instance of this.#instances.values()) {
      instance.until = Math.max(instance.until, now + leaseOf(instance.registration));
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
    for (const [hash, { usedAt }] of this.#descriptors) if (now - usedAt > UNUSED_MS) this.#forgetDescriptors(hash);
  }

  #applyDescriptors(hash: string, files: readonly Buffer[] | undefined, now: number, length: number): boolean {
    const known = this.#descriptors.get(hash);
    if (files === undefined) return this.#forgetDescriptors(hash);
    if (known !== undefined) {
      known.usedAt = now;
      return false;
    }
    const bytes = descriptorsBytes(files, length);
    this.#descriptors.set(hash, { files, bytes, usedAt: now });
    this.#descriptorsBytes += bytes;
    if (!this.#uses.has(hash)) this.#unused.add(hash);
    return true;
  }

  #forgetDescriptors(hash: string): boolean {
    const known = this.#descriptors.get(hash);
    if (known === undefined) return false;
    this.#descriptors.delete(hash);
    this.#unused.delete(hash);
    this.#descriptorsBytes -= known.bytes;
    return true;
  }

  #endDoubt(name: string): boolean {
    const doubtful = this.#doubtful.get(name);
    if (doubtful === undefined) return false;
    this.#doubtful.delete(name);
    this.#count(doubtful, -1);
    return true;
  }

  /** @param sign 1 if the entry is added, -1 if it is removed. */
  #count({ registration, bytes }: DoubtfulInstance | Instance, sign: 1 | -1): void {
    this.#registrationBytes += sign * bytes;
    this.#servicesOfAll += sign * registration.services.length;
  }

  #countUses({ services }: Registration, sign: 1 | -1): void {
    for (const { descriptors } of services) {
      if (descriptors === undefined) continue;
      const uses = (this.#uses.get(descriptors) ?? 0) + sign;
      if (uses > 0) {
        this.#uses.set(descriptors, uses);
        this.#unused.delete(descriptors);
      } else {
        this.#uses.delete(descriptors);
        if (this.#descriptors.has(descriptors)) this.#unused.add(descriptors);
      }
    }
  }

  #add(name: string, instance: Instance): void {
    this.#instances.set(name, instance);
    this.#count(instance, 1);
    this.#countUses(instance.registration, 1);
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
    this.#count(instance, -1);
    this.#countUses(instance.registration, -1);
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

function doubtMs(registration: Registration): number {
  return Math.min(silenceLimitMs(registration), MAX_DOUBT_MS);
}

function leaseOf({ leaseMs }: Registration): number {
  return Math.min(leaseMs, maxLeaseMs);
}

function countedBytes(length: number): number {
  return Math.max(length, MIN_REGISTRATION_BYTES);
}

function descriptorsBytes(files: readonly Buffer[], length: number): number {
  return length + files.length * FILE_BYTES;
}

function tooMany(what: string): RecordError {
  return new RecordError('limit', `the registry has ${what} already`);
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
