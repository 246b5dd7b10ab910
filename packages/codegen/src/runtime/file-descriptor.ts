/** The descriptor of a .proto file. */
export interface ProtoFile {
  /** The name by which other files import it: `pkg/v1/file.proto`. */
  readonly name: string;
  /** The serialized `google.protobuf.FileDescriptorProto`, in base64. */
  readonly descriptor: string;
  /** The files that it imports. */
  readonly dependencies: readonly ProtoFile[];
}

/** The serialized descriptors of a file and of all its imports. Each file comes after the files that it imports. */
export function fileDescriptors(file: ProtoFile): Buffer[] {
  const found = new Map<string, Buffer>();
  const add = (one: ProtoFile): void => {
    if (found.has(one.name)) return;
    for (const dependency of one.dependencies) add(dependency);
    found.set(one.name, Buffer.from(one.descriptor, 'base64'));
  };
  add(file);
  return [...found.values()];
}
