import { DescriptorWriter } from './descriptors.js';
import { outputName } from './imports.js';
import { loadSources } from './load.js';
import { buildModels } from './model.js';
import { printFile } from './print-file.js';
import type { Int64 } from './scalars.js';

/** The options of {@link generate}. Only `files` is required. */
export interface GenerateOptions {
  /** .proto files, and folders that contain .proto files at any depth. */
  readonly files: readonly string[];
  /**
   * The folders in which imports are looked up. Default: the folders among `files`, and the folder of each file, without trailing
   * folders that belong to the package (`proto` for `proto/shop/v1/orders.proto` of package `shop.v1`). protobuf's well-known files
   * and `wherry/v1/options.proto` need no path.
   */
  readonly protoPaths?: readonly string[] | undefined;
  /**
   * The TypeScript type of 64-bit integers. With `number`, reading a value that a number cannot represent exactly throws a RangeError. A
   * field's own `jstype` takes precedence. Default: `bigint`.
   */
  readonly int64?: Int64 | undefined;
  /** The module from which generated code imports its runtime. Default: `@wherry/codegen/runtime`. */
  readonly runtime?: string | undefined;
}

/** The result of {@link generate}. */
export interface Generated {
  /** The text of each TypeScript file by its path below the output folder, with slashes. Sorted by path. */
  readonly files: ReadonlyMap<string, string>;
  /** The paths of all .proto files that were read. A change in one of them may change the output. */
  readonly sources: readonly string[];
}

/**
 * Generates TypeScript for .proto files, and for the imported files whose types they use. Each .proto file gives one TypeScript file with
 * the same path. The same files always give the same text.
 *
 * @throws ProtoError if a .proto file is malformed, with its name and line; Error if a file cannot be read.
 */
export function generate(options: GenerateOptions): Generated {
  const { files, protoPaths = [], int64 = 'bigint', runtime = '@wherry/codegen/runtime' } = options;
  if (files.length === 0) throw new TypeError('generate: files is empty; it needs at least one .proto file or folder');
  const sources = loadSources(files, protoPaths);
  if (sources.asked.length === 0) throw new Error(`no .proto files in ${files.join(', ')}`);
  const descriptors = new DescriptorWriter(sources);
  const printed = buildModels(sources, int64).map(
    (model) => [outputName(model.source.name), printFile(model, descriptors.write(model.source), runtime)] as const,
  );
  return { files: new Map(printed), sources: [...sources.files.values()].flatMap(({ path }) => path ?? []) };
}
