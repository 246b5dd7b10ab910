import { type RegistryFollower, serviceOf } from '@wherry/endpoint/internal';
import { type MethodEntry, type MethodOptions, readMethods } from '@wherry/wire';

/** Who serves what now, as the registry topic says. See {@link WherryChannel.services}. */
export class ServedServices {
  readonly #registry: RegistryFollower | undefined;
  readonly #warn: (message: string) => void;
  /** What was read of descriptors, by service; until the next change. */
  readonly #methods = new Map<string, ReadonlyMap<string, MethodEntry>>();
  /** Those of them that were asked for, by path: each call asks. */
  readonly #asked = new Map<string, MethodEntry>();
  /** The same by the files, which most changes leave as they are. */
  readonly #read = new WeakMap<readonly Uint8Array[], Map<string, ReadonlyMap<string, MethodEntry>>>();

  /** @internal */
  constructor(registry: RegistryFollower | undefined, warn: (message: string) => void) {
    this.#registry = registry;
    this.#warn = warn;
    registry?.onChange(() => {
      this.#methods.clear();
      this.#asked.clear();
    });
  }

  /**
   * Whether this is known: false until the registry topic was read to its end, where it cannot be made or read, and with
   * the option `discovery: false`.
   */
  get known(): boolean {
    return this.#registry?.following ?? false;
  }

  /** Settles once that is {@link known}, or cannot be. */
  async ready(): Promise<void> {
    await this.#registry?.ready;
  }

  /** The names of the services that have a live worker: `package.Service`. */
  get names(): readonly string[] {
    return this.#registry?.services ?? [];
  }

  /** How many live workers serve it. */
  instances(service: string): number {
    return this.#registry?.instances(service) ?? 0;
  }

  /**
   * The .proto files of a service and what they import, each a serialized `google.protobuf.FileDescriptorProto`, as the
   * worker that started last has them; undefined where no live worker told of any.
   */
  fileDescriptors(service: string): readonly Uint8Array[] | undefined {
    return this.#registry?.descriptors(service)?.files;
  }

  /** What the .proto of `/package.Service/Method` says of it; undefined where its descriptors are not known. */
  methodOptions(path: string): MethodOptions | undefined {
    return this.#method(path)?.options;
  }

  /**
   * The numbers of the fields that lead to the ordering key in the request of `/package.Service/Method`; undefined where it has
   * none, or its descriptors are not known.
   */
  orderingField(path: string): readonly number[] | undefined {
    return this.#method(path)?.orderingField;
  }

  /** The numbers of the fields that lead to one of the request, by their names: `customer.id`; undefined where it has none. */
  requestField(path: string, field: string): readonly number[] | undefined {
    return this.#method(path)?.requestField(field);
  }

  #method(path: string): MethodEntry | undefined {
    const asked = this.#asked.get(path);
    if (asked !== undefined) return asked;
    const method = this.#find(path);
    if (method !== undefined) this.#asked.set(path, method);
    return method;
  }

  #find(path: string): MethodEntry | undefined {
    const service = serviceOf(path);
    let methods = this.#methods.get(service);
    if (methods === undefined) {
      const files = this.fileDescriptors(service);
      // What nobody serves is not kept, as callers may ask for any name.
      if (files === undefined && this.instances(service) === 0) return undefined;
      methods = files === undefined ? new Map() : this.#readMethods(service, files);
      this.#methods.set(service, methods);
    }
    return methods.get(path);
  }

  #readMethods(service: string, files: readonly Uint8Array[]): ReadonlyMap<string, MethodEntry> {
    const read = this.#read.get(files) ?? new Map<string, ReadonlyMap<string, MethodEntry>>();
    this.#read.set(files, read);
    const methods = read.get(service) ?? readMethods(service, files, (problem) => this.#warn(`${problem} (not used)`));
    read.set(service, methods);
    return methods;
  }

  /** Calls `listener` after each change of what is said here. @returns what ends that; the channel's end does too. */
  onChange(listener: () => void): () => void {
    return this.#registry?.onChange(listener) ?? (() => undefined);
  }
}
