import type { Registration, RegistryRecord } from '@wherry/wire';
import { peerName } from './peers.js';

/** An instance that counts as alive. */
interface Instance {
  registration: Registration;
  /** When its lease expires, on the clock of the `now` parameters. */
  until: number;
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
  readonly #descriptors = new Map<string, Descriptors>();

  /** The names of the services that at least one live instance serves. */
  get services(): readonly string[] {
    return [...this.#services.keys()];
  }

  serves(service: string): boolean {
    return this.#services.has(service);
  }

  /** How many live instances serve the service. */
  instances(service: string): number {
    return this.#services.get(service)?.size ?? 0;
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
   * @param age how many milliseconds of the record's lease have already passed.
   * @returns whether the record changes which services are served, or their descriptors.
   */
  apply(record: RegistryRecord, now: number, age = 0): boolean {
    if (record.kind === 'descriptors') return this.#applyDescriptors(record.hash, record.files, now);
    const name = peerName(record.instance);
    const { registration } = record;
    if (registration === undefined || age >= registration.leaseMs) return this.#remove(name);
    const until = now + registration.leaseMs - age;
    const known = this.#instances.get(name);
    if (known !== undefined && sameServices(known.registration, registration)) {
      known.registration = registration;
      known.until = until;
      return false;
    }
    this.#remove(name);
    this.#add(name, { registration, until });
    return true;
  }

  /** Whether the lease of any instance has expired. */
  isOverdue(now: number): boolean {
    for (const { until } of this.#instances.values()) if (until <= now) return true;
    return false;
  }

  /** Counts the instances whose lease has expired as gone. @returns whether any were. */
  expire(now: number): boolean {
    let changed = false;
    for (const [name, { until }] of [...this.#instances]) if (until <= now) changed = this.#remove(name) || changed;
    return changed;
  }

  /** Gives every instance a whole lease from now on, because its silence proves nothing. */
  renewAll(now: number): void {
    for (const instance of this.#instances.values()) {
      instance.until = Math.max(instance.until, now + instance.registration.leaseMs);
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
