import { createRequire } from 'node:module';
import protobuf from 'protobufjs/light.js';

/** The options in proto/wherry/v1/options.proto. */
const wherryOptions = [
  ['orderingKey', 58051, 'string'],
  ['timeout', 58052, 'string'],
  ['partitions', 58053, 'int32'],
] as const;

/** The fields of `google.protobuf.FileDescriptorProto` that Wherry uses, as protobufjs reads them. */
export interface FileDescriptor {
  name?: string;
  package?: string;
  dependency?: string[];
  messageType?: MessageDescriptor[];
  enumType?: EnumDescriptor[];
  service?: ServiceDescriptor[];
  extension?: FieldDescriptor[];
  syntax?: string;
}

/** The fields of `google.protobuf.DescriptorProto` that Wherry uses. */
export interface MessageDescriptor {
  name?: string;
  field?: FieldDescriptor[];
  nestedType?: MessageDescriptor[];
  enumType?: EnumDescriptor[];
  extension?: FieldDescriptor[];
  extensionRange?: unknown[];
  oneofDecl?: { name?: string }[];
  options?: { mapEntry?: boolean };
}

/** The fields of `google.protobuf.EnumDescriptorProto` that Wherry uses. */
export interface EnumDescriptor {
  name?: string;
}

/** The fields of `google.protobuf.FieldDescriptorProto` that Wherry uses. */
export interface FieldDescriptor {
  name?: string;
  number?: number;
  /** A value of `FieldDescriptorProto.Label`: 3 is repeated. */
  label?: number;
  /** A value of `FieldDescriptorProto.Type`: 10 is a group, 11 a message. */
  type?: number;
  typeName?: string;
  extendee?: string;
  oneofIndex?: number;
  proto3Optional?: boolean;
}

/** The fields of `google.protobuf.ServiceDescriptorProto` that Wherry uses. */
export interface ServiceDescriptor {
  name?: string;
  method?: MethodDescriptor[];
}

/** The fields of `google.protobuf.MethodDescriptorProto` that Wherry uses. */
export interface MethodDescriptor {
  name?: string;
  inputType?: string;
  outputType?: string;
  options?: {
    /** A value of `MethodOptions.IdempotencyLevel`: 1 has no side effects, 2 is idempotent. */
    idempotencyLevel?: number;
    /** This and the next two are Wherry's own options: see proto/wherry/v1/options.proto. */
    orderingKey?: string;
    timeout?: string;
    partitions?: number;
  };
}

/** Reads and writes serialized `FileDescriptorProto`s. It drops options that are neither protobuf's nor Wherry's. */
export class DescriptorCodec {
  readonly #file: protobuf.Type;

  constructor() {
    const schema = createRequire(import.meta.url)('protobufjs/google/protobuf/descriptor.json') as protobuf.INamespace;
    const root = protobuf.Root.fromJSON(schema);
    const methodOptions = root.lookupType('google.protobuf.MethodOptions');
    for (const [name, number, type] of wherryOptions) methodOptions.add(new protobuf.Field(name, number, type));
    this.#file = root.lookupType('google.protobuf.FileDescriptorProto');
  }

  /** @throws Error if the bytes are not a file descriptor. */
  decode(bytes: Uint8Array): FileDescriptor {
    return this.#file.toObject(this.#file.decode(bytes)) as FileDescriptor;
  }

  /** @returns a serialized `FileDescriptorProto`. */
  encode(file: FileDescriptor): Buffer {
    return Buffer.from(this.#file.encode(this.#file.fromObject(file)).finish());
  }
}
