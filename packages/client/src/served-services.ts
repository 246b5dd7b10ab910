import { type RegistryFollower, serviceOf } from '@wherry/endpoint/internal';
import { type MethodEntry, type MethodOptions, readMethods } from '@wherry/wire';

/** The services that are served now, as the registry topic says. See {@link WherryChannel.services}. */
export class ServedServices {
  readonly #registry: RegistryFollower | undefined;
  readonly #warn: (message: string) => void;
  /** Methods that were read from descriptors, by service. Cleared at each change of the registry. */
  readonly #methods = new Map<string, ReadonlyMap<string, MethodEntry>>();
  /** The methods that calls have used, by path. Each call looks its method up here first. */
  readonly #used = new Map<string, MethodEntry>();
  /** The methods by the files they were read from. Most changes of the registry leave the files as they are. */
  readonly #read = new WeakMap<readonly Uint8Array[], Map<string, ReadonlyMap<string, MethodEntry>>>();

  /** @internal */
  constructor(registry: RegistryFollower | undefined, warn: (message: string) => void) {
    this.#registry = registry;
    this.#warn = warn;
    registry?.onChange(() => {
      this.#methods.clear();
      this.#used.clear();
    });
  }

  /**
   * Whether the services are known. False before the registry topic was read to its end, and also if it cannot be made or read, or if the
   * option `discovery` is false.
   */
  get known(): boolean {
    return this.#registry?.following ?? false;
  }

  /** Settles once the services are {@link known}, or once the registry topic proved unreadable. */
  async ready(): Promise<void> {
    await this.#registry?.ready;
  }

  /**
   * Waits until it is certain whether a service is served. It may be uncertain for up to 7 s, mostly 2 s, after the channel was opened: a
   * worker with an old registration is dead, or its clock is late.
   *
   * @param service `package.Service`. Default: all services.
   * @param signal ends the waiting.
   */
  async certain(service?: string, signal?: AbortSignal): Promise<void> {
    await this.#registry?.untilCertain(service, signal);
  }

  /** The names of the services that have a live worker: `package.Service`. */
  get names(): readonly string[] {
    return this.#registry?.services ?? [];
  }

  /** How many live workers serve the service. */
  instances(service: string): number {
    return this.#registry?.instances(service) ?? 0;
  }

  /**
   * The .proto files of a service and all files that they import, each as a serialized `google.protobuf.FileDescriptorProto`. The files are
   * those of the worker that started last. Undefined if no live worker has published any.
   */
  fileDescriptors(service: string): readonly Uint8Array[] | undefined {
    return this.#registry?.descriptors(service)?.files;
  }

  /** The options that the .proto sets for `/package.Service/Method`; undefined if its descriptors are not known. */
  methodOptions(path: string): MethodOptions | undefined {
    return this.#method(path)?.options;
  }

  /**
   * The numbers of the fields that lead to the ordering key in the request of `/package.Service/Method`; undefined if the method has none,
   * or its descriptors are not known.
   */
  orderingField(path: string): readonly number[] | undefined {
    return this.#method(path)?.orderingField;
  }

  /** The numbers of the fields on a path of names, such as `customer.id`, in the request; undefined if the request has no such field. */
  requestField(path: string, field: string): readonly number[] | undefined {
    return this.#method(path)?.requestField(field);
  }

  #method(path: string): MethodEntry | undefined {
    const used = this.#used.get(path);
    if (used !== undefined) return used;
    const method = this.#find(path);
    if (method !== undefined) this.#used.set(path, method);
    return method;
  }

  #find(path: string): MethodEntry | undefined {
    const service = serviceOf(path);
    let methods = this.#methods.get(service);
    if (methods === undefined) {
      const files = this.fileDescriptors(service);
      // A service that nobody serves is not kept, because callers may ask for any name.
      if (files === undefined && this.instances(service) === 0) return undefined;
      methods = files === undefined ? new Map() : this.#readMethods(service, files);
      this.#methods.set(service, methods);
    }
    return methods.get(path);
  }

  #readMethods(service: string, files: readonly Uint8Array[]): ReadonlyMap<string, MethodEntry> {
    const read = this.#read.get(files) ?? new Map<string, ReadonlyMap<string, MethodEntry>>();
    this.#read.set(files, read);
    const methods = read.get(service) ?? readMethods(service, files, (problem) => this.#warn(`${problem} (ignored)`));
    read.set(service, methods);
    return methods;
  }

  /** Calls `listener` after each change of the services. @returns a function that stops it. Closing the channel stops it too. */
  onChange(listener: () => void): () => void {
    return this.#registry?.onChange(listener) ?? (() => undefined);
  }
}
