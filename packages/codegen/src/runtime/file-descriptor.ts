/** A .proto file, as `google.protobuf.FileDescriptorProto` describes it. */
export interface ProtoFile {
  /** As others import it: `pkg/v1/file.proto`. */
  readonly name: string;
  /** The serialized descriptor, in base64. */
  readonly descriptor: string;
  readonly dependencies: readonly ProtoFile[];
}

/** The serialized descriptors of a file and of all that it imports, each behind its imports. */
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
