import { existsSync, readdirSync, readFileSync, type Stats, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import protobuf from 'protobufjs';
import { escapePattern, lineOf, ProtoError } from './proto-error.js';
import { wellKnownFile } from './well-known.js';

/** protobufjs marks the types of a file with `parse.filename` while it parses the file. Its type declarations lack this property. */
const parse = protobuf.parse as typeof protobuf.parse & { filename: string | null };

const syntaxes = new Set(['proto3', 'proto2', '2023']);

/** A .proto file that was read. */
export interface SourceFile {
  /** The name by which other files import it, with slashes: `pkg/v1/file.proto`. */
  readonly name: string;
  /** The name in error messages: the file's path, or `name` if the file comes with protobufjs. */
  readonly shown: string;
  /** The file's path. Undefined if the file comes with protobufjs or with this package. */
  readonly path: string | undefined;
  readonly text: string;
  readonly package: string;
  readonly imports: readonly string[];
  readonly syntax: string;
}

/** The files that were read, and their types. The `filename` of a type is the `name` of its file. */
export interface Sources {
  readonly root: protobuf.Root;
  readonly files: ReadonlyMap<string, SourceFile>;
  /** The names of the requested files, sorted. */
  readonly asked: readonly string[];
}

/**
 * Reads .proto files, and all files that they import.
 *
 * @throws ProtoError if a file is malformed, or if a file or type that it names does not exist; Error if a file cannot be read.
 */
export function loadSources(paths: readonly string[], protoPaths: readonly string[]): Sources {
  const loader = new Loader(paths, protoPaths);
  return loader.load();
}

class Loader {
  readonly #root = new protobuf.Root();
  readonly #files = new Map<string, SourceFile>();
  readonly #protoPaths: string[];
  readonly #asked: string[];

  constructor(paths: readonly string[], protoPaths: readonly string[]) {
    this.#protoPaths = protoPaths.map((path) => resolve(path));
    const asked = new Set<string>();
    for (const path of paths) {
      const isFolder = statOf(path).isDirectory();
      const files = isFolder ? protoFiles(path) : [path];
      if (isFolder && protoPaths.length === 0) this.#addProtoPath(aboveFolder(resolve(path), files));
      for (const file of files) asked.add(this.#nameOf(file));
    }
    this.#asked = [...asked].sort();
  }

  load(): Sources {
    for (const name of this.#asked) this.#read(name);
    this.#resolve();
    return { root: this.#root, files: this.#files, asked: this.#asked };
  }

  #addProtoPath(path: string): void {
    if (!this.#protoPaths.includes(path)) this.#protoPaths.push(path);
  }

  #nameOf(file: string): string {
    const absolute = resolve(file);
    let folder = this.#protoPaths.find((path) => absolute.startsWith(path + sep));
    if (folder === undefined) {
      folder = protoPathOf(absolute);
      this.#addProtoPath(folder);
    }
    const name = relative(folder, absolute).split(sep).join('/');
    const first = this.#protoPaths.map((path) => join(path, name)).find((path) => existsSync(path));
    if (first !== undefined && first !== absolute) {
      throw new Error(
        `${file}: ${shownPath(first)} has the same name in imports, ${name}: generate them one after another`,
      );
    }
    return name;
  }

  #read(name: string, from?: { file: SourceFile; line: number | undefined }): void {
    if (this.#files.has(name)) return;
    const { path, shown, text } = this.#find(name, from);
    parse.filename = name;
    let parsed: protobuf.IParserResult;
    try {
      parsed = parse(text, this.#root, { keepCase: true, alternateCommentMode: true });
    } catch (error) {
      throw parseError(shown, text, error as Error);
    } finally {
      parse.filename = null;
    }
    const file: SourceFile = {
      name,
      path,
      shown,
      text,
      package: parsed.package ?? '',
      imports: [...(parsed.imports ?? []), ...(parsed.weakImports ?? [])],
      syntax: /^\s*(?:syntax|edition)\s*=\s*["']([^"']+)["']/m.exec(text)?.[1] ?? 'proto2',
    };
    if (!syntaxes.has(file.syntax)) {
      const problem = `syntax "${file.syntax}" is not known; it must be ${[...syntaxes].join(', ')}`;
      throw new ProtoError(shown, lineOf(text, /^\s*syntax\s*=/m), problem);
    }
    this.#files.set(name, file);
    for (const imported of file.imports) {
      const line = lineOf(text, new RegExp(`import\\s+(?:public\\s+|weak\\s+)?["']${escapePattern(imported)}["']`));
      this.#read(imported, { file, line });
    }
  }

  #find(
    name: string,
    from?: { file: SourceFile; line: number | undefined },
  ): Pick<SourceFile, 'path' | 'shown' | 'text'> {
    for (const folder of this.#protoPaths) {
      const path = join(folder, name);
      const text = readIfThere(path);
      if (text !== undefined) return { path, shown: shownPath(path), text };
    }
    const text = wellKnownFile(name);
    if (text !== undefined) return { path: undefined, shown: name, text };
    const looked = this.#protoPaths.map(shownPath).join(', ');
    throw new ProtoError(
      from?.file.shown ?? name,
      from?.line,
      from === undefined ? `no such file in ${looked}` : `import "${name}": no such file in ${looked}`,
    );
  }

  #resolve(): void {
    try {
      this.#root.resolveAll();
    } catch (error) {
      // Resolves each type alone, to find the one that failed.
      this.#resolveIn(this.#root);
      throw error;
    }
  }

  #resolveIn(within: protobuf.NamespaceBase): void {
    for (const object of within.nestedArray) {
      if (object instanceof protobuf.Type) for (const field of object.fieldsArray) this.#resolveOne(field, field.type);
      if (object instanceof protobuf.Service) {
        for (const method of object.methodsArray) {
          this.#resolveOne(method, method.requestType);
          this.#resolveOne(method, method.responseType);
        }
      }
      if (object instanceof protobuf.Field) this.#resolveOne(object, object.extend ?? object.type);
      if (object instanceof protobuf.Namespace) this.#resolveIn(object);
    }
  }

  #resolveOne(object: protobuf.Field | protobuf.Method, type: string): void {
    try {
      object.resolve();
    } catch (error) {
      const file = this.#files.get(object.filename ?? '');
      if (file === undefined) throw error;
      const name = escapePattern(object.name);
      const pattern =
        object instanceof protobuf.Method
          ? `rpc\\s+${name}\\b`
          : `${escapePattern(object instanceof protobuf.MapField ? type : object.type)}\\b[\\s>]*${name}\\s*=`;
      const problem = `${object.name}: ${errorText(error as Error)}`;
      throw new ProtoError(file.shown, lineOf(file.text, new RegExp(pattern)), problem, error);
    }
  }
}

/** A path for error messages: relative if the file is below the current folder, otherwise absolute. */
function shownPath(path: string): string {
  const fromHere = relative('', path) || '.';
  return fromHere.startsWith('..') ? path : fromHere;
}

/** The proto path of a file: its folder, without trailing folders that belong to its package. */
function protoPathOf(file: string): string {
  const folder = dirname(file);
  const packageName = /(?:^|;)\s*package\s+([\w.]+)\s*;/m.exec(readFileSync(file, 'utf8'))?.[1];
  const tail = sep + (packageName ?? '').split('.').join(sep);
  return packageName !== undefined && folder.endsWith(tail) ? folder.slice(0, -tail.length) || sep : folder;
}

/** The proto path of a folder with .proto files: the folder, or the folder above it if the end of its path belongs to the package. */
function aboveFolder(folder: string, files: readonly string[]): string {
  const above = files.map((file) => protoPathOf(resolve(file))).find((path) => folder.startsWith(path + sep));
  return above ?? folder;
}

/** @throws Error if the path does not exist. */
function statOf(path: string): Stats {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw new Error(`${path}: no such file or folder`);
  return stat;
}

/** The .proto files in a folder at any depth, sorted. */
function protoFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.proto') && !name.split(sep).includes('node_modules'))
    .sort()
    .map((name) => join(folder, name));
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function parseError(shown: string, text: string, error: Error): ProtoError {
  // At the end of a file protobufjs fails on a missing token.
  if (/of null|'null'/.test(error.message)) {
    return new ProtoError(shown, text.trimEnd().split('\n').length, 'the file ends too early', error);
  }
  const [, problem, line] = /^(.*) \((?:.*, )?line (\d+)\)$/s.exec(error.message) ?? [];
  if (problem !== undefined) return new ProtoError(shown, Number(line), problem, error);
  return new ProtoError(shown, lineOfProblem(text, error.message), errorText(error), error);
}

/** Finds the line of a duplicate or reserved name or number, because protobufjs's message has no line. */
function lineOfProblem(text: string, message: string): number | undefined {
  const [, what, owner] = /(?:id|name) '?(\w+)'? .*in (?:\w+ )?\.?(?:[\w.]*\.)?(\w+)$/.exec(message) ?? [];
  if (what === undefined || owner === undefined) return undefined;
  const start = text.search(new RegExp(`\\b(?:message|enum|service|oneof)\\s+${owner}\\b`));
  const from = Math.max(0, start);
  const pattern = /^\d+$/.test(what) ? `=\\s*${what}\\b` : `\\b${what}\\s*[={(]`;
  const line = lineOf(text.slice(from), new RegExp(pattern), message.startsWith('duplicate') ? 2 : 1);
  return line === undefined ? undefined : line + text.slice(0, from).split('\n').length - 1;
}

function errorText(error: Error): string {
  return error.message.replace(/\s+/g, ' ');
}
