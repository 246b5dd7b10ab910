import { createHash } from 'node:crypto';
import type { ServiceDefinition } from '@grpc/grpc-js';
import { serviceOf } from '@wherry/endpoint/internal';
import {
  DescriptorCodec,
  type FieldDescriptor,
  type FileDescriptor,
  type MessageDescriptor,
  type MethodDescriptor,
} from '@wherry/wire';

/** What @grpc/proto-loader puts into a method's definition, beside what grpc-js knows. */
interface LoadedMethod {
  readonly path: string;
  readonly requestType?: {
    readonly fileDescriptorProtos?: readonly Uint8Array[];
    /** Said by definitions that @wherry/codegen made: the files are as protoc would write them. */
    readonly complete?: boolean;
  };
  readonly options?: Readonly<Record<string, unknown>>;
}

const REPEATED = 3;
/** The package of the well-known types, and of what describes .proto files. */
const WELL_KNOWN = 'google.protobuf';

/**
 * The files of a service that @grpc/proto-loader loaded or @wherry/codegen made; none where something else made the
 * definition.
 *
 * What proto-loader gives is one file for each package, made from what protobufjs has in memory, and not what protoc would
 * write: without imports, with names of types that are not fully qualified, with maps by other names, without
 * `proto3_optional` and without custom options. Clients that check descriptors, as those in Go do, refuse that
 * (grpc/grpc-node#2595). So it is put right here, and each file is named for its content too: another program's file
 * for the same package may have other messages.
 */
export function loadedDescriptors(definition: ServiceDefinition): readonly Uint8Array[] {
  const methods = Object.values(definition) as unknown as LoadedMethod[];
  const loaded = methods[0]?.requestType?.fileDescriptorProtos ?? [];
  if (loaded.length === 0) return [];
  if (methods[0]?.requestType?.complete) return loaded;
  const codec = new DescriptorCodec();
  const files = loaded.map((bytes) => codec.decode(bytes));
  for (const method of methods) restoreOptions(files, method);
  for (const file of files) dropOptions(file);
  const types = new Types(files);
  for (const file of files) types.qualify(file);
  return types.reachable(serviceFile(files, methods[0]?.path ?? '')).map((file) => codec.encode(file));
}

/** Whether a file has a name that was made here, and that no file of the program has. */
export function isMadeUp(file: string): boolean {
  return /\.[0-9a-f]{8}\.proto$/.test(file);
}

function serviceFile(files: readonly FileDescriptor[], path: string): FileDescriptor | undefined {
  const service = serviceOf(path);
  return files.find((file) => file.service?.some(({ name }) => nameIn(file.package, name) === service));
}

/** Wherry's own options, which are in the definition alone. */
function restoreOptions(files: readonly FileDescriptor[], { path, options }: LoadedMethod): void {
  const restored: NonNullable<MethodDescriptor['options']> = {};
  for (const [name, key, type] of wherryOptions) {
    const value = options?.[`(wherry.v1.${name})`];
    if (value === undefined) continue;
    if (typeof value !== type) {
      throw new TypeError(`the option ${name} of ${path} is ${JSON.stringify(value)}; it must be a ${type}`);
    }
    Object.assign(restored, { [key]: value });
  }
  if (Object.keys(restored).length === 0) return;
  const file = serviceFile(files, path);
  for (const { name, method } of file?.service ?? []) {
    const found = method?.find((one) => `/${nameIn(file?.package, name)}/${one.name}` === path);
    if (found !== undefined) found.options = { ...found.options, ...restored };
  }
}

const wherryOptions = [
  ['ordering_key', 'orderingKey', 'string'],
  ['timeout', 'timeout', 'string'],
  ['partitions', 'partitions', 'number'],
] as const;

/** Extensions of options say nothing that is still there, and would need descriptor.proto, which protobufjs does not give well. */
function dropOptions(file: FileDescriptor): void {
  const kept = ({ extendee }: FieldDescriptor): boolean => !/^\.?google\.protobuf\.\w+Options$/.test(extendee ?? '');
  if (file.extension !== undefined) file.extension = file.extension.filter(kept);
}

/** The messages and enums of some files, and where each is. */
class Types {
  readonly #files = new Map<string, FileDescriptor>();
  readonly #uses = new Map<string, Set<string>>();
  readonly #imports = new Map<FileDescriptor, Set<string>>();
  readonly #visited = new Set<FileDescriptor>();

  constructor(files: readonly FileDescriptor[]) {
    for (const file of files) this.#addAll(file, file.package, file);
  }

  #addAll(file: FileDescriptor, scope: string | undefined, from: FileDescriptor | MessageDescriptor): void {
    for (const { name } of from.enumType ?? []) this.#files.set(nameIn(scope, name), file);
    for (const message of 'messageType' in from
      ? (from.messageType ?? [])
      : ((from as MessageDescriptor).nestedType ?? [])) {
      const name = nameIn(scope, message.name);
      // The message of a map is referred to by the map's field alone, and may have another's name as yet.
      if (!message.options?.mapEntry) this.#files.set(name, file);
      this.#addAll(file, name, message);
    }
  }

  /** Makes every name of a type in it a full one, and notes what it imports. */
  qualify(file: FileDescriptor): void {
    const imports = new Set<string>();
    this.#imports.set(file, imports);
    for (const message of file.messageType ?? [])
      this.#qualifyMessage(message, nameIn(file.package, message.name), imports);
    for (const field of file.extension ?? []) this.#qualifyField(field, file.package ?? '', imports);
    for (const { method } of file.service ?? []) {
      for (const { inputType, outputType } of method ?? []) {
        for (const type of [inputType, outputType]) imports.add(type?.replace(/^\./, '') ?? '');
      }
    }
  }

  #qualifyMessage(message: MessageDescriptor, name: string, imports: Set<string>): void {
    nameMaps(message, name);
    const uses = new Set<string>();
    this.#uses.set(name, uses);
    for (const nested of message.nestedType ?? []) {
      uses.add(nameIn(name, nested.name));
      this.#qualifyMessage(nested, nameIn(name, nested.name), imports);
    }
    for (const field of message.field ?? []) {
      const type = this.#qualifyField(field, name, imports);
      if (type !== undefined) uses.add(type);
    }
    markOptional(message);
  }

  #qualifyField(field: FieldDescriptor, scope: string, imports: Set<string>): string | undefined {
    if (field.extendee !== undefined) imports.add(field.extendee.replace(/^\./, ''));
    if (field.typeName === undefined) return undefined;
    const type = this.#resolve(field.typeName, scope);
    field.typeName = `.${type}`;
    imports.add(type);
    return type;
  }

  /** As protobuf resolves names: in the innermost scope that has it. */
  #resolve(name: string, scope: string): string {
    if (name.startsWith('.')) return name.slice(1);
    for (let outer = scope; outer !== ''; outer = outer.slice(0, Math.max(0, outer.lastIndexOf('.')))) {
      const full = `${outer}.${name}`;
      if (this.#files.has(full)) return full;
    }
    return name;
  }

  /**
   * A file and all that it imports, each behind its imports and by its final name. Where packages import each other, as
   * several files of each could, one of the imports is lost, and those who check will not take the files.
   */
  reachable(file: FileDescriptor | undefined): FileDescriptor[] {
    if (file === undefined || this.#visited.has(file)) return [];
    this.#visited.add(file);
    const imported = new Set([...(this.#imports.get(file) ?? [])].flatMap((type) => this.#files.get(type) ?? []));
    imported.delete(file);
    const before = [...imported].flatMap((other) => this.reachable(other));
    if (file.package === WELL_KNOWN) this.#keepUsed(file);
    file.dependency = [...imported].flatMap(({ name }) => name ?? []).sort();
    const hash = createHash('sha256').update(JSON.stringify(file)).digest('hex').slice(0, 8);
    file.name = `${file.name?.replace(/\.proto$/, '')}.${hash}.proto`;
    return [...before, file];
  }

  /** Only the well-known types that are used: descriptor.proto may be among the others, which is not what protobufjs says. */
  #keepUsed(file: FileDescriptor): void {
    const used = new Set<string>();
    const use = (type: string): void => {
      if (used.has(type) || !type.startsWith(`${WELL_KNOWN}.`)) return;
      used.add(type);
      for (const other of this.#uses.get(type) ?? []) use(other);
    };
    for (const [importer, imports] of this.#imports) if (importer !== file) for (const type of imports) use(type);
    const isUsed = ({ name }: { name?: string }): boolean => used.has(nameIn(file.package, name));
    file.messageType = file.messageType?.filter(isUsed) ?? [];
    file.enumType = file.enumType?.filter(isUsed) ?? [];
  }
}

/** Names the messages of maps as protoc does. */
function nameMaps(message: MessageDescriptor, name: string): void {
  for (const field of message.field ?? []) {
    const entry = message.nestedType?.find((nested) => isEntryOf(nested, field));
    if (entry === undefined) continue;
    entry.name = entryName(field.name ?? '');
    field.typeName = `.${nameIn(name, entry.name)}`;
  }
}

/** Whether `nested` is what protobufjs made for the map `field`: it has the field's name, with a capital. */
function isEntryOf(nested: MessageDescriptor, field: FieldDescriptor): boolean {
  if (!nested.options?.mapEntry || field.label !== REPEATED || nested.name !== field.typeName) return false;
  return nested.name?.toLowerCase() === field.name?.toLowerCase();
}

/** How protoc names the message of a map. */
function entryName(field: string): string {
  return `${field.replace(/(?:^|_+)([^_]?)/g, (_all, next: string) => next.toUpperCase())}Entry`;
}

/** A field alone in a oneof `_field` is an optional one of proto3; such oneofs must stand behind all others. */
function markOptional(message: MessageDescriptor): void {
  const oneofs = message.oneofDecl ?? [];
  const members = oneofs.map((_oneof, index) => (message.field ?? []).filter(({ oneofIndex }) => oneofIndex === index));
  const isOptional = (index: number): boolean => {
    const [field, ...others] = members[index] ?? [];
    return field !== undefined && others.length === 0 && oneofs[index]?.name === `_${field.name}`;
  };
  const indices = oneofs.map((_oneof, index) => index);
  const order = [...indices.filter((index) => !isOptional(index)), ...indices.filter(isOptional)];
  message.oneofDecl = order.map((index) => oneofs[index] ?? {});
  order.forEach((before, index) => {
    for (const field of members[before] ?? []) {
      field.oneofIndex = index;
      if (isOptional(before)) field.proto3Optional = true;
    }
  });
}

function nameIn(scope: string | undefined, name: string | undefined): string {
  return scope ? `${scope}.${name}` : `${name}`;
}
