import { DescriptorWriter } from './descriptors.js';
import { loadSources } from './load.js';

/** The options of {@link describe}. */
export interface DescribeOptions {
  /** .proto files, and folders that contain .proto files at any depth. */
  readonly files: readonly string[];
  /** The folders in which imports are looked up. Default: as in {@link GenerateOptions.protoPaths}. */
  readonly protoPaths?: readonly string[] | undefined;
}

/**
 * Makes the descriptors of .proto files, and of the imported files whose types they use. Each is a serialized
 * `google.protobuf.FileDescriptorProto`. An imported file comes before the files that import it.
 *
 * @throws ProtoError if a .proto file is malformed, with its name and line; Error if a file cannot be read.
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
