import type { RegistryFollower } from '@wherry/kafka/internal';

/** Who serves what now, as the registry topic says. See {@link WherryChannel.services}. */
export class ServedServices {
  readonly #registry: RegistryFollower | undefined;

  /** @internal */
  constructor(registry: RegistryFollower | undefined) {
    this.#registry = registry;
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

  /** Calls `listener` after each change of what is said here. @returns what ends that; the channel's end does too. */
  onChange(listener: () => void): () => void {
    return this.#registry?.onChange(listener) ?? (() => undefined);
  }
}
