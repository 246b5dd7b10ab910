import {
  cpSync,
  type Dirent,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, normalize, relative, resolve, sep } from 'node:path';

const OPTIONS = 'wherry/v1/options.proto';

/** The files to check: a folder of .proto files, alone or in a workspace of buf. */
export interface ProtoFiles {
  /** The root of import paths; if there is a buf.yaml, its folder. */
  readonly root: string;
  /** The given folder, relative to the root. */
  readonly within: string;
  /** The text of its buf.yaml, if there is one. */
  readonly config: string | undefined;
}

/**
 * Finds the .proto files of a folder, with the buf.yaml of that folder or of the current one.
 *
 * @throws Error if there is no such folder.
 */
export function protoFilesOf(folder: string): ProtoFiles {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new Error(`${folder}: there is no such folder`);
  const within = relative('', folder);
  const root =
    !existsSync(join(folder, 'buf.yaml')) && existsSync('buf.yaml') && !within.startsWith('..') ? '.' : folder;
  const config = join(root, 'buf.yaml');
  return {
    root,
    within: relative(root, folder),
    config: existsSync(config) ? readFileSync(config, 'utf8') : undefined,
  };
}

/** The rules without a buf.yaml. As in gRPC's own services, a name need not end with "Service". */
const defaultConfig = `version: v2
modules: [{ path: module }, { path: imports }]
lint: { use: [STANDARD], except: [SERVICE_SUFFIX] }
breaking: { use: [FILE] }
`;

/** A copy of .proto files that buf can check: it also has the files of Wherry's options, which they may import. */
export interface Copy {
  /** The name of its root in messages to the user. */
  readonly name: string;
  /** The path of the given files in the copy. */
  readonly input: string;
  /** Files of the copy that buf must not check. */
  readonly excluded: readonly string[];
  /** The path of the root in the copy. */
  readonly root: string;
}

/** A folder of .proto files, of now or of an earlier version. */
export interface Source {
  readonly folder: string;
  /** Its name in messages to the user. */
  readonly name: string;
  /** Whether it has all of the root, or only the given folder. */
  readonly has: 'root' | 'within';
}

/**
 * Copies .proto files for buf, and adds Wherry's options to the copy: buf accepts no imports from outside of a workspace.
 *
 * @param files tells which buf.yaml applies.
 * @throws Error if the source has no .proto files, or buf.yaml names a module outside of its folder.
 */
export function copyForBuf(files: ProtoFiles, source: Source, to: string): Copy {
  const { config, within } = files;
  const modules = config === undefined ? [] : modulesOf(config, join(files.root, 'buf.yaml'));
  const root = config === undefined ? join(to, 'module') : to;
  const input = join(root, within);
  copyProtos(source.folder, source.has === 'root' ? root : input);
  if (!existsSync(input) || protoNames(input).length === 0)
    throw new Error(`there are no .proto files in ${source.name}`);
  writeFile(join(to, 'buf.yaml'), config ?? defaultConfig);
  const copy = { input, root, name: source.name, excluded: [] };
  if (config === undefined) {
    mkdirSync(join(to, 'imports'));
    if (!existsSync(join(root, OPTIONS))) writeFile(join(to, 'imports', OPTIONS), wherryOptions());
    return copy;
  }
  const lock = join(files.root, 'buf.lock');
  if (existsSync(lock)) cpSync(lock, join(to, 'buf.lock'));
  if (protoNames(root).some((name) => `/${name}`.endsWith(`/${OPTIONS}`))) return copy;
  // To one of its modules, of which it may have several.
  const [module = '.'] = modules;
  // buf skips files that are in no module, and would find nothing.
  if (protoNamesIfThere(join(root, module)).length === 0) {
    throw new Error(`there are no .proto files in ${join(source.name, module)}, which buf.yaml names`);
  }
  const added = join(root, module, OPTIONS);
  writeFile(added, wherryOptions());
  return { ...copy, excluded: added.startsWith(input + sep) ? [added] : [] };
}

/**
 * Returns the folders that a buf.yaml names, relative to its own.
 *
 * @param name of the file in messages to the user.
 * @throws Error for one that is not within the file's folder: its copy would not be within the copy.
 */
function modulesOf(config: string, name: string): string[] {
  const modules = [...config.matchAll(/(?:^|[\s{"'-])path["']?:\s*["']?([^"'\s#,}\]]+)/gm)].map(
    ([, path = '.']) => path,
  );
  const outside = modules.find((path) => /^\.\.(?:[\\/]|$)/.test(normalize(path)));
  if (outside !== undefined) throw new Error(`${name}: module ${outside} is not within the folder of this file`);
  return modules;
}

function copyProtos(from: string, to: string): void {
  for (const name of protoNames(from)) writeFile(join(to, name), readFileSync(join(from, name)));
}

/** Finds the .proto files below a folder, except in installed packages and hidden folders. */
function protoNames(folder: string): string[] {
  const isOurs = (entry: Dirent): boolean => entry.name !== 'node_modules' && !entry.name.startsWith('.');
  return readdirSync(folder, { withFileTypes: true })
    .filter(isOurs)
    .flatMap((entry) => {
      if (!entry.isDirectory()) return entry.name.endsWith('.proto') ? [entry.name] : [];
      return protoNames(join(folder, entry.name)).map((name) => `${entry.name}/${name}`);
    });
}

function protoNamesIfThere(folder: string): string[] {
  return existsSync(folder) ? protoNames(folder) : [];
}

function writeFile(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

/** The path of the file in @wherry/codegen. */
function wherryOptions(): Uint8Array {
  const codegen = dirname(createRequire(import.meta.url).resolve('@wherry/codegen'));
  return readFileSync(resolve(codegen, '../proto', OPTIONS));
}
