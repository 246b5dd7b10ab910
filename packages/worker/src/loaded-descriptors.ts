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

/** The fields that @grpc/proto-loader adds to a method's definition, which the types of grpc-js do not have. */
interface LoadedMethod {
  readonly path: string;
  readonly requestType?: {
    readonly fileDescriptorProtos?: readonly Uint8Array[];
    /** Set in definitions that @wherry/codegen made: the files are as protoc would write them. */
    readonly complete?: boolean;
  };
  readonly options?: Readonly<Record<string, unknown>>;
}

const REPEATED = 3;
/** The package of the well-known types, and of the types that describe .proto files. */
const WELL_KNOWN = 'google.protobuf';

/**
 * The .proto files in a service definition that @grpc/proto-loader or @wherry/codegen made; none if something else made the definition.
 *
 * proto-loader gives one file for each package, made from the objects of protobufjs. These files differ from those that protoc would write:
 * imports are missing, names of types are not fully qualified, maps have other names, and `proto3_optional` and custom options are missing.
 * Clients that check descriptors, such as those in Go, refuse such files (grpc/grpc-node#2595). This function corrects them. It also adds
 * to each file's name a hash of the file's contents, because another program's file for the same package may have other messages.
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

/** Whether a file's name was made by {@link loadedDescriptors}. No real file of the program has such a hash in its name. */
export function isMadeUp(file: string): boolean {
  return /\.[0-9a-f]{8}\.proto$/.test(file);
}

function serviceFile(files: readonly FileDescriptor[], path: string): FileDescriptor | undefined {
  const service = serviceOf(path);
  return files.find((file) => file.service?.some(({ name }) => nameIn(file.package, name) === service));
}

/** Copies Wherry's own options into the files. proto-loader has them only in the method's definition. */
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

/**
 * Drops extensions of options. The options themselves are lost already, and the extensions would need descriptor.proto, which protobufjs
 * writes incorrectly.
 */
function dropOptions(file: FileDescriptor): void {
  const kept = ({ extendee }: FieldDescriptor): boolean => !/^\.?google\.protobuf\.\w+Options$/.test(extendee ?? '');
  if (file.extension !== undefined) file.extension = file.extension.filter(kept);
}

/** Knows the messages and enums of some files, and the file of each. */
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
      // Only the map's field refers to the message of a map. Until nameMaps() runs, that message may have the name of another message.
      if (!message.options?.mapEntry) this.#files.set(name, file);
      this.#addAll(file, name, message);
    }
  }

  /** Makes every type name in a file fully qualified, and notes the types that the file imports. */
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

  /** Resolves a name as protobuf does: in the innermost scope that has it. */
  #resolve(name: string, scope: string): string {
    if (name.startsWith('.')) return name.slice(1);
    for (let outer = scope; outer !== ''; outer = outer.slice(0, Math.max(0, outer.lastIndexOf('.')))) {
      const full = `${outer}.${name}`;
      if (this.#files.has(full)) return full;
    }
    return name;
  }

  /**
   * A file and all files that it imports, each after its imports and with its final name. Two packages may import each other, if each has
   * several .proto files. Then one of the imports is lost, and clients that check descriptors refuse the files.
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

  /** Keeps only the well-known types that are used. The others may be those of descriptor.proto, which protobufjs writes incorrectly. */
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

/** Names the messages of maps as protoc does. protobufjs names them differently. */
function nameMaps(message: MessageDescriptor, name: string): void {
  for (const field of message.field ?? []) {
    const entry = message.nestedType?.find((nested) => isEntryOf(nested, field));
    if (entry === undefined) continue;
    entry.name = entryName(field.name ?? '');
    field.typeName = `.${nameIn(name, entry.name)}`;
  }
}

/** Whether `nested` is the message that protobufjs made for the map `field`: it has the field's name with a capital. */
function isEntryOf(nested: MessageDescriptor, field: FieldDescriptor): boolean {
  if (!nested.options?.mapEntry || field.label !== REPEATED || nested.name !== field.typeName) return false;
  return nested.name?.toLowerCase() === field.name?.toLowerCase();
}

/** The name that protoc gives the message of a map. */
function entryName(field: string): string {
  return `${field.replace(/(?:^|_+)([^_]?)/g, (_all, next: string) => next.toUpperCase())}Entry`;
}

/** Marks proto3's optional fields: a field that is alone in a oneof named `_field`. Such oneofs must come after all others. */
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
