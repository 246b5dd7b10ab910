import { DescriptorWriter } from './descriptors.js';
import { outputName } from './imports.js';
import { loadSources } from './load.js';
import { buildModels } from './model.js';
import { printFile } from './print-file.js';
import type { Int64 } from './scalars.js';

/** What {@link generate} takes. Only `files` is needed. */
export interface GenerateOptions {
  /** .proto files, and folders with them at any depth. */
  readonly files: readonly string[];
  /**
   * Where names in `import` begin. Default: the folders among `files`, and for a file its folder, each without those at
   * the end that are a package's (`proto` for `proto/shop/v1/orders.proto` of package `shop.v1`). protobuf's well-known files
   * and `wherry/v1/options.proto` are there without a path.
   */
  readonly protoPaths?: readonly string[] | undefined;
  /** What 64-bit integers are. `number` refuses those that it cannot hold. A field's own `jstype` counts more. Default: `bigint`. */
  readonly int64?: Int64 | undefined;
  /** Where generated code imports its runtime from. Default: `@wherry/codegen/runtime`. */
  readonly runtime?: string | undefined;
}

/** What {@link generate} gives. */
export interface Generated {
  /** The text of each TypeScript file, by its path below the folder for them, with slashes; sorted by that. */
  readonly files: ReadonlyMap<string, string>;
  /** Where the .proto files are that were read: a change of one may change the output. */
  readonly sources: readonly string[];
}

/**
 * TypeScript for .proto files, and for those they import as far as their types are used: one file for each, whose path is
 * the .proto file's. The same files give the same text.
 *
 * @throws ProtoError where a .proto file is malformed, with its name and line; Error where a file cannot be read.
 */
export function generate(options: GenerateOptions): Generated {
  const { files, protoPaths = [], int64 = 'bigint', runtime = '@wherry/codegen/runtime' } = options;
  if (files.length === 0) throw new TypeError('generate: files is empty; it needs at least one .proto file or folder');
  const sources = loadSources(files, protoPaths);
  if (sources.asked.length === 0) throw new Error(`there are no .proto files in ${files.join(', ')}`);
  const descriptors = new DescriptorWriter(sources);
  const printed = buildModels(sources, int64).map(
    (model) => [outputName(model.source.name), printFile(model, descriptors.write(model.source), runtime)] as const,
  );
  return { files: new Map(printed), sources: [...sources.files.values()].flatMap(({ path }) => path ?? []) };
}
