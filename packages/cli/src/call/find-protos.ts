import { existsSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';

/** What comes with protobufjs, and needs no file. */
const bundled =
  /^google\/protobuf\/(any|api|descriptor|duration|empty|field_mask|source_context|struct|timestamp|type|wrappers)\.proto$/;

/** .proto files, and where what they import is. */
export interface FoundProtos {
  readonly files: readonly string[];
  readonly includeDirs: readonly string[];
}

/**
 * Finds the files and all they import. A file is looked for here and then in the import paths, as is an import, which
 * may also lie beside the files.
 *
 * @throws Error that names the missing file and who imports it; proto-loader would say less, in more lines.
 */
export function findProtos(files: readonly string[], importPaths: readonly string[]): FoundProtos {
  const found = files.map((file) => find(file, ['.', ...importPaths]) ?? missing(`--proto ${file}`, importPaths));
  const beside = found.map((file) => dirname(file));
  const includeDirs = [...new Set([...importPaths.map((path) => resolve(path)), ...beside, resolve('.')])];
  const waiting = [...found];
  const seen = new Set(waiting);
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    for (const name of importsOf(file)) {
      if (bundled.test(name)) continue;
      const imported = find(name, includeDirs) ?? missing(`${file}: import "${name}"`, importPaths);
      if (seen.has(imported)) continue;
      seen.add(imported);
      waiting.push(imported);
    }
  }
  return { files: found, includeDirs };
}

function find(file: string, dirs: readonly string[]): string | undefined {
  const candidates = isAbsolute(file) ? [file] : dirs.map((dir) => resolve(join(dir, file)));
  return candidates.find((candidate) => existsSync(candidate));
}

function missing(what: string, importPaths: readonly string[]): never {
  const where = importPaths.length === 0 ? '' : ` and not in ${importPaths.join(', ')}`;
  throw new Error(`${what}: there is no such file here${where}; --import-path DIR says where to look`);
}

function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\//g, ' ');
  return [...text.matchAll(/^\s*import\s+(?:public\s+|weak\s+)?["']([^"']+)["']\s*;/gm)].flatMap(
    ([, name]) => name ?? [],
  );
}
