import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { FileRegistry } from '@bufbuild/protobuf';
import { describe } from '@wherry/codegen';
import { schemaOf } from './json/schema.js';

/**
 * Reads the types of .proto files. It looks for each file in the current folder, then in the import paths.
 *
 * @throws Error with file and line if a file is malformed; Error if a file is missing.
 */
export function readProtos(files: readonly string[], importPaths: readonly string[]): FileRegistry {
  const found = files.map((file) => {
    const path = [file, ...importPaths.map((folder) => join(folder, file))].find((one) => existsSync(one));
    if (path !== undefined) return path;
    const where = importPaths.length === 0 ? '' : ` or in ${importPaths.join(', ')}`;
    throw new Error(`--proto ${file}: there is no such file here${where}; --import-path DIR adds a folder to search`);
  });
  return schemaOf(describe({ files: found, protoPaths: importPaths }));
}
