import { createRequire } from 'node:module';
import protobuf from 'protobufjs';
import type { SourceFile, Sources } from './load.js';
import { lowerCamel } from './names.js';
import { escapePattern, lineOf, ProtoError } from './proto-error.js';

/** Any part of a descriptor, in the form in which protobufjs takes a message. */
type Part = Record<string, unknown>;

/** A file's descriptor. */
export interface FileDescriptor {
  /** The serialized `google.protobuf.FileDescriptorProto`. */
  readonly bytes: Uint8Array;
  /** The files whose types this one uses. */
  readonly dependencies: readonly string[];
}

const types: Readonly<Record<string, number>> = {
  double: 1,
  float: 2,
  int64: 3,
  uint64: 4,
  int32: 5,
  fixed64: 6,
  fixed32: 7,
  bool: 8,
  string: 9,
  bytes: 12,
  uint32: 13,
  sfixed32: 15,
  sfixed64: 16,
  sint32: 17,
  sint64: 18,
};
const MESSAGE = 11;
const ENUM = 14;
const label = { optional: 1, required: 2, repeated: 3 } as const;
const EDITION_2023 = 1000;

/**
 * Writes the descriptors of .proto files as protoc does: with imports, full names, `proto3_optional`, and the options of
 * methods, including options that are extensions. It leaves out unused imports, source positions, declarations of
 * extensions, and options that are extensions of anything except methods.
 */
export class DescriptorWriter {
  readonly #file: protobuf.Type;
  readonly #methodOptions: protobuf.Type;

  constructor(private readonly sources: Sources) {
    const schema = createRequire(import.meta.url)('protobufjs/google/protobuf/descriptor.json') as protobuf.INamespace;
    const root = protobuf.Root.fromJSON(schema);
    this.#file = root.lookupType('google.protobuf.FileDescriptorProto');
    this.#methodOptions = root.lookupType('google.protobuf.MethodOptions');
  }

  write(source: SourceFile): FileDescriptor {
    const dependencies = new Set<string>();
    const objects = topLevel(this.sources.root, source.name);
    const file: Part = {
      name: source.name,
      ...(source.package === '' ? {} : { package: source.package }),
      ...syntaxOf(source),
      messageType: objects.flatMap((object) => (object instanceof protobuf.Type ? message(object, dependencies) : [])),
      enumType: objects.flatMap((object) => (object instanceof protobuf.Enum ? enumeration(object) : [])),
      service: objects.flatMap((object) =>
        object instanceof protobuf.Service ? this.#service(object, source, dependencies) : [],
      ),
    };
    dependencies.delete(source.name);
    const inOrder = [...this.sources.files.keys()].filter((name) => dependencies.has(name)).sort();
    const bytes = this.#file.encode(this.#file.fromObject({ ...file, dependency: inOrder })).finish();
    return { bytes, dependencies: inOrder };
  }

  #service(service: protobuf.Service, source: SourceFile, dependencies: Set<string>): Part {
    return {
      name: service.name,
      method: service.methodsArray.map((method) => ({
        name: method.name,
        inputType: use(method.resolvedRequestType, dependencies),
        outputType: use(method.resolvedResponseType, dependencies),
        ...(method.requestStream ? { clientStreaming: true } : {}),
        ...(method.responseStream ? { serverStreaming: true } : {}),
        ...this.#options(method, source),
      })),
      ...deprecated(service),
    };
  }

  #options(method: protobuf.Method, source: SourceFile): Part {
    const given = (method.parsedOptions ?? []) as readonly Part[];
    const options: Part = {};
    for (const [name, value] of given.flatMap((option) => Object.entries(option))) {
      if (name.startsWith('(')) this.#addExtension(options, method, name.slice(1, -1), value, source);
      else options[name === 'idempotency_level' ? 'idempotencyLevel' : name] = value;
    }
    return given.length === 0 ? {} : { options };
  }

  /** Adds an option that is an extension. If its type is a message, it is added as the message's bytes. */
  #addExtension(options: Part, method: protobuf.Method, name: string, value: unknown, source: SourceFile): void {
    const line = lineOf(source.text, new RegExp(`option\\s*\\(\\s*${escapePattern(name)}\\s*\\)`));
    const extension = method.parent?.lookup(name.replace(/^\./, ''));
    if (
      !(extension instanceof protobuf.Field) ||
      !/^\.?google\.protobuf\.MethodOptions$/.test(extension.extend ?? '')
    ) {
      throw new ProtoError(
        source.shown,
        line,
        `(${name}): methods have no such option; import the file that defines it`,
      );
    }
    const { resolvedType } = extension.resolve();
    const field = `extension${extension.id}`;
    if (this.#methodOptions.fields[field] === undefined) {
      const type = resolvedType instanceof protobuf.Type ? 'bytes' : resolvedType === null ? extension.type : 'int32';
      this.#methodOptions.add(
        new protobuf.Field(field, extension.id, type, extension.repeated ? 'repeated' : undefined),
      );
    }
    const one = (single: unknown): unknown => {
      if (resolvedType instanceof protobuf.Type) {
        try {
          return resolvedType.encode(resolvedType.fromObject(withLists(resolvedType, single as Part))).finish();
        } catch (error) {
          throw new ProtoError(source.shown, line, `(${name}): ${(error as Error).message}`, error);
        }
      }
      if (resolvedType instanceof protobuf.Enum) return resolvedType.values[String(single)] ?? single;
      return extension.type === 'bytes' ? Buffer.from(String(single)) : single;
    };
    if (!extension.repeated) options[field] = one(value);
    else options[field] = [...((options[field] as unknown[]) ?? []), ...[value].flat().map(one)];
  }
}

/** Restores lists in an option's message. The parser gives a list with one element as that element alone. */
function withLists(type: protobuf.Type, value: Part): Part {
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => {
      const field = type.fields[name]?.resolve();
      const within = (one: unknown): unknown =>
        field?.resolvedType instanceof protobuf.Type && typeof one === 'object' && one !== null
          ? withLists(field.resolvedType, one as Part)
          : one;
      if (field?.repeated) return [name, [part].flat().map(within)];
      return [name, within(part)];
    }),
  );
}

/** The messages, enums and services of a file that are not inside a message. */
function topLevel(within: protobuf.NamespaceBase, file: string): protobuf.ReflectionObject[] {
  return within.nestedArray.flatMap((object) => {
    if (object.filename === file && !(object instanceof protobuf.Field)) return object;
    const isPackage = object instanceof protobuf.Namespace && object.filename === null;
    return isPackage ? topLevel(object, file) : [];
  });
}

function syntaxOf({ syntax }: SourceFile): Part {
  if (syntax === 'proto2') return {};
  return syntax === 'proto3' ? { syntax } : { syntax: 'editions', edition: EDITION_2023 };
}

function message(type: protobuf.Type, dependencies: Set<string>): Part {
  const fields = type.fieldsArray.filter(({ name }) => !name.includes('.'));
  const oneofs = [...type.oneofsArray].sort((one, other) => Number(isSynthetic(one)) - Number(isSynthetic(other)));
  return {
    name: type.name,
    field: fields.map((field) => describeField(field, oneofs, dependencies)),
    nestedType: [
      ...type.nestedArray.flatMap((nested) => (nested instanceof protobuf.Type ? message(nested, dependencies) : [])),
      ...fields.flatMap((field) => (field instanceof protobuf.MapField ? mapEntry(field, field) : [])),
    ],
    enumType: type.nestedArray.flatMap((nested) => (nested instanceof protobuf.Enum ? enumeration(nested) : [])),
    oneofDecl: oneofs.map(({ name }) => ({ name })),
    ...reserved(type.reserved),
    ...deprecated(type),
  };
}

function isSynthetic(oneof: protobuf.OneOf): boolean {
  return oneof.fieldsArray.some((field) => field.options?.['proto3_optional'] === true);
}

function describeField(field: protobuf.Field, oneofs: readonly protobuf.OneOf[], dependencies: Set<string>): Part {
  const { options = {} } = field;
  const isMap = field instanceof protobuf.MapField;
  const oneof = field.partOf;
  if (isMap) typeOf(field, dependencies);
  const described = {
    ...(options['packed'] === undefined ? {} : { packed: options['packed'] }),
    ...(options['deprecated'] === true ? { deprecated: true } : {}),
    ...(options['jstype'] === undefined ? {} : { jstype: options['jstype'] }),
  };
  return {
    name: field.name,
    number: field.id,
    label: isMap || field.repeated ? label.repeated : field.required ? label.required : label.optional,
    jsonName: (options['json_name'] as string | undefined) ?? lowerCamel(field.name),
    ...(isMap
      ? { type: MESSAGE, typeName: `${field.parent?.fullName}.${entryName(field.name)}` }
      : typeOf(field, dependencies)),
    ...(oneof === null || oneof === undefined ? {} : { oneofIndex: oneofs.indexOf(oneof) }),
    ...(options['proto3_optional'] === true ? { proto3Optional: true } : {}),
    ...(options['default'] === undefined ? {} : { defaultValue: String(options['default']) }),
    ...(Object.keys(described).length === 0 ? {} : { options: described }),
  };
}

function typeOf({ type, resolvedType }: protobuf.Field, dependencies: Set<string>): Part {
  if (resolvedType === null) return { type: types[type] };
  return { type: resolvedType instanceof protobuf.Enum ? ENUM : MESSAGE, typeName: use(resolvedType, dependencies) };
}

function use(type: protobuf.ReflectionObject | null, dependencies: Set<string>): string {
  if (type?.filename) dependencies.add(type.filename);
  return type?.fullName ?? '';
}

/** The entry message of a map, as protoc makes it. */
function mapEntry({ name: fieldName, keyType }: protobuf.MapField, field: protobuf.Field): Part {
  const entry = (name: string, number: number, type: Part): Part => ({
    name,
    number,
    label: label.optional,
    jsonName: name,
    ...type,
  });
  return {
    name: entryName(fieldName),
    field: [entry('key', 1, { type: types[keyType] }), entry('value', 2, typeOf(field, new Set()))],
    options: { mapEntry: true },
  };
}

/** The name that protoc gives to the entry message of a map. */
function entryName(field: string): string {
  return `${field.replace(/(?:^|_+)([^_]?)/g, (_all, next: string) => next.toUpperCase())}Entry`;
}

function enumeration(object: protobuf.Enum): Part {
  return {
    name: object.name,
    value: Object.entries(object.values).map(([name, number]) => ({ name, number })),
    ...(object.options?.['allow_alias'] === true ? { options: { allowAlias: true } } : {}),
  };
}

function reserved(ranges: readonly (number[] | string)[] | undefined): Part {
  const numbers = (ranges ?? []).filter((range) => typeof range !== 'string');
  return {
    // In a descriptor, `end` is exclusive.
    reservedRange: numbers.map(([start = 0, end = start]) => ({ start, end: end + 1 })),
    reservedName: (ranges ?? []).filter((range) => typeof range === 'string'),
  };
}

function deprecated(object: protobuf.ReflectionObject): Part {
  return object.options?.['deprecated'] === true ? { options: { deprecated: true } } : {};
}
