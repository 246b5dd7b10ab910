import { DescriptorWriter } from './descriptors.js';
import { loadSources } from './load.js';

/** What {@link describe} takes. */
export interface DescribeOptions {
  /** .proto files, and folders with them at any depth. */
  readonly files: readonly string[];
  /** Where names in `import` begin. Default: as in {@link GenerateOptions.protoPaths}. */
  readonly protoPaths?: readonly string[] | undefined;
}

/**
 * The descriptors of .proto files and of what they import as far as its types are used: each a serialized
 * `google.protobuf.FileDescriptorProto`, behind those that it imports.
 *
 * @throws ProtoError where a .proto file is malformed, with its name and line; Error where a file cannot be read.
 */
export function describe({ files, protoPaths = [] }: DescribeOptions): readonly Uint8Array[] {
  const sources = loadSources(files, protoPaths);
  const writer = new DescriptorWriter(sources);
  const described = new Map<string, Uint8Array>();
  const add = (name: string): void => {
    const source = sources.files.get(name);
    if (source === undefined || described.has(name)) return;
    const { bytes, dependencies } = writer.write(source);
    for (const dependency of dependencies) add(dependency);
    described.set(name, bytes);
  };
  for (const name of sources.asked) add(name);
  return [...described.values()];
}
