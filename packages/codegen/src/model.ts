import protobuf from 'protobufjs';
import { checkMethodOptions } from './check-method-options.js';
import type { SourceFile, Sources } from './load.js';
import { enumValueNames, lowerCamel, methodName, Names, pascal } from './names.js';
import { lineOf, ProtoError } from './proto-error.js';
import { enumScalar, type Int64, type Scalar, scalar } from './scalars.js';

/** The types of one .proto file, with their TypeScript names. */
export interface FileModel {
  readonly source: SourceFile;
  readonly messages: readonly MessageModel[];
  readonly enums: readonly EnumModel[];
  readonly services: readonly ServiceModel[];
  /** The names that are taken in this file. The printer takes further names from it. */
  readonly names: Names;
}

/** A reference to a message or an enum in any file. */
export interface TypeName {
  /** The .proto file that contains it. */
  readonly file: string;
  /** Its name in that file's TypeScript. */
  readonly name: string;
}

interface Documented {
  readonly comment: string | undefined;
  readonly deprecated: boolean;
}

export interface EnumModel extends Documented {
  readonly name: string;
  readonly values: readonly (Documented & { readonly name: string; readonly value: number })[];
}

export interface MessageModel extends Documented {
  readonly name: string;
  readonly fullName: string;
  /** In the order of the .proto file. A oneof is at the position of its first field. */
  readonly members: readonly (FieldModel | OneofModel)[];
}

export interface OneofModel extends Documented {
  readonly kind: 'oneof';
  readonly name: string;
  readonly fields: readonly FieldModel[];
}

/** The type of a field, of an element of a list, or of a map's value. */
export type ValueModel =
  | { readonly kind: 'scalar'; readonly scalar: Scalar; readonly enum?: TypeName }
  | { readonly kind: 'message'; readonly type: TypeName };

export interface FieldModel extends Documented {
  readonly kind: 'field';
  readonly name: string;
  readonly number: number;
  readonly shape: 'singular' | 'optional' | 'repeated' | 'map';
  readonly packed: boolean;
  readonly value: ValueModel;
  /** The type of a map's key. Undefined for other fields. */
  readonly key: { readonly protoType: string; readonly scalar: Scalar } | undefined;
}

export interface ServiceModel extends Documented {
  readonly name: string;
  readonly fullName: string;
  readonly methods: readonly MethodModel[];
}

export interface MethodModel extends Documented {
  readonly name: string;
  readonly protoName: string;
  readonly request: TypeName;
  readonly response: TypeName;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  readonly options: Readonly<Record<string, unknown>>;
}

/** Builds the models of the requested files, and of the files whose types they use. */
export function buildModels(sources: Sources, int64: Int64): FileModel[] {
  return new ModelBuilder(sources, int64).build();
}

class ModelBuilder {
  readonly #types = new Map<protobuf.ReflectionObject, TypeName>();
  readonly #names = new Map<string, Names>();
  readonly #objects = new Map<string, protobuf.ReflectionObject[]>();
  readonly #wanted: string[];

  constructor(
    private readonly sources: Sources,
    private readonly int64: Int64,
  ) {
    for (const name of sources.files.keys()) {
      this.#names.set(name, Names.ofTypes());
      this.#objects.set(name, []);
    }
    this.#collect(sources.root);
    this.#wanted = [...sources.asked];
  }

  build(): FileModel[] {
    const models: FileModel[] = [];
    // Building a file may append files to this list: those whose types it uses.
    for (const name of this.#wanted) models.push(this.#file(name));
    return models.sort((one, other) => (one.source.name < other.source.name ? -1 : 1));
  }

  #collect(within: protobuf.NamespaceBase): void {
    for (const object of within.nestedArray) {
      const file = object.filename ?? '';
      if (object instanceof protobuf.Type || object instanceof protobuf.Enum) {
        const name = this.#names.get(file)?.take(typeName(object)) ?? '';
        this.#types.set(object, { file, name });
      }
      this.#objects.get(file)?.push(object);
      if (object instanceof protobuf.Namespace && !(object instanceof protobuf.Service)) this.#collect(object);
    }
  }

  #file(name: string): FileModel {
    const source = this.sources.files.get(name);
    if (source === undefined) throw new Error(`${name} was not read`);
    const objects = this.#objects.get(name) ?? [];
    return {
      source,
      messages: objects.flatMap((object) => (object instanceof protobuf.Type ? this.#message(object, source) : [])),
      enums: objects.flatMap((object) => (object instanceof protobuf.Enum ? this.#enum(object, source) : [])),
      services: objects.flatMap((object) => (object instanceof protobuf.Service ? this.#service(object, source) : [])),
      names: this.#names.get(name) ?? Names.ofTypes(),
    };
  }

  #enum(object: protobuf.Enum, source: SourceFile): EnumModel {
    const names = enumValueNames(object.name, Object.keys(object.values));
    const [first] = Object.entries(object.values);
    if (source.syntax === 'proto3' && first !== undefined && first[1] !== 0) {
      const line = lineOf(source.text, new RegExp(`\\b${first[0]}\\s*=`));
      throw new ProtoError(source.shown, line, `${first[0]}: the first value of an enum must be 0 in proto3`);
    }
    return {
      ...documented(object),
      name: this.#typeName(object).name,
      values: Object.entries(object.values).map(([name, value]) => ({
        name: names.get(name) ?? name,
        value,
        comment: object.comments[name] ?? undefined,
        deprecated: object.valuesOptions?.[name]?.['deprecated'] === true,
      })),
    };
  }

  #message(object: protobuf.Type, source: SourceFile): MessageModel {
    const names = Names.ofProperties();
    const members: (FieldModel | OneofModel)[] = [];
    const oneofs = new Map<protobuf.OneOf, FieldModel[]>();
    // protobufjs also lists extension fields here, under names with a dot.
    for (const field of object.fieldsArray.filter(({ name }) => !name.includes('.'))) {
      const oneof = field.partOf;
      if (oneof === null || oneof === undefined || field.options?.['proto3_optional'] === true) {
        members.push(this.#field(field, names, source));
        continue;
      }
      let fields = oneofs.get(oneof);
      if (fields === undefined) {
        fields = [];
        oneofs.set(oneof, fields);
        members.push({ ...documented(oneof), kind: 'oneof', name: names.take(lowerCamel(oneof.name)), fields });
      }
      fields.push(this.#field(field, new Names(fields.map(({ name }) => name)), source));
    }
    return {
      ...documented(object),
      name: this.#typeName(object).name,
      fullName: object.fullName.slice(1),
      members,
    };
  }

  #field(field: protobuf.Field, names: Names, source: SourceFile): FieldModel {
    const value = this.#value(field, source);
    const isMap = field instanceof protobuf.MapField;
    const keyScalar = isMap ? scalar(field.keyType, 'bigint') : undefined;
    const optional = value.kind === 'message' || field.hasPresence;
    return {
      ...documented(field),
      kind: 'field',
      name: names.take(lowerCamel(field.name)),
      number: field.id,
      shape: isMap ? 'map' : field.repeated ? 'repeated' : optional ? 'optional' : 'singular',
      packed: field.repeated && field.packed && value.kind === 'scalar' && value.scalar.wireType !== 2,
      value,
      key: isMap && keyScalar !== undefined ? { protoType: field.keyType, scalar: keyScalar } : undefined,
    };
  }

  #value(field: protobuf.Field, source: SourceFile): ValueModel {
    const { resolvedType } = field;
    if (resolvedType instanceof protobuf.Enum) {
      const name = this.#typeName(resolvedType);
      return { kind: 'scalar', scalar: enumScalar(name.name), enum: name };
    }
    if (resolvedType instanceof protobuf.Type) {
      // protobufjs marks the message of a group, but its type declarations lack that property.
      if (('group' in resolvedType && resolvedType.group === true) || field.delimited) {
        const line = lineOf(source.text, new RegExp(`\\b(?:group\\s+)?${field.name}\\s*=`, 'i'));
        throw new ProtoError(source.shown, line, `${field.name}: groups are not supported; use a message`);
      }
      return { kind: 'message', type: this.#typeName(resolvedType) };
    }
    const jstype = { JS_STRING: 'string', JS_NUMBER: 'number' } as const;
    const int64 = jstype[field.options?.['jstype'] as keyof typeof jstype] ?? this.int64;
    const found = scalar(field.type, int64);
    if (found === undefined) throw new Error(`${field.fullName}: unknown type ${field.type}`);
    return { kind: 'scalar', scalar: found };
  }

  #service(object: protobuf.Service, source: SourceFile): ServiceModel {
    for (const method of object.methodsArray) checkMethodOptions(method, source);
    const names = Names.ofMethods();
    return {
      ...documented(object),
      name: pascal(object.name),
      fullName: object.fullName.slice(1),
      methods: object.methodsArray.map((method) => ({
        ...documented(method),
        name: names.take(methodName(method.name)),
        protoName: method.name,
        request: this.#typeName(method.resolvedRequestType),
        response: this.#typeName(method.resolvedResponseType),
        requestStream: method.requestStream === true,
        responseStream: method.responseStream === true,
        options: namedInFull(method.options),
      })),
    };
  }

  /** The name of a type that is used. It also requests the model of the type's file. */
  #typeName(type: protobuf.ReflectionObject | null): TypeName {
    const found = type === null ? undefined : this.#types.get(type);
    if (found === undefined) throw new Error(`${type?.fullName}: the type is in no file`);
    if (!this.#wanted.includes(found.file)) this.#wanted.push(found.file);
    return found;
  }
}

/** The TypeScript name of a type. The name of a nested type begins with the names of its outer messages. */
function typeName(object: protobuf.ReflectionObject): string {
  const { parent } = object;
  return parent instanceof protobuf.Type ? `${typeName(parent)}_${pascal(object.name)}` : pascal(object.name);
}

function documented(object: protobuf.ReflectionObject & { comment?: string | null }): Documented {
  return { comment: object.comment ?? undefined, deprecated: object.options?.['deprecated'] === true };
}

/** Removes the leading dot from the names of extensions, which a file may write as `(.package.name)`. */
function namedInFull(options: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [name.replace(/^\(\./, '('), value]));
}
