import { createRequire } from 'node:module';
import protobuf from 'protobufjs/light.js';

/** The options in proto/wherry/v1/options.proto. */
const wherryOptions = [
  ['orderingKey', 58051, 'string'],
  ['timeout', 58052, 'string'],
  ['partitions', 58053, 'int32'],
] as const;

/** `google.protobuf.FileDescriptorProto` as protobufjs reads it, as far as Wherry looks into it. */
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

/** `google.protobuf.DescriptorProto`, as far as Wherry looks into it. */
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

/** `google.protobuf.EnumDescriptorProto`, as far as Wherry looks into it. */
export interface EnumDescriptor {
  name?: string;
}

/** `google.protobuf.FieldDescriptorProto`, as far as Wherry looks into it. */
export interface FieldDescriptor {
  name?: string;
  number?: number;
  /** A number of `FieldDescriptorProto.Label`: 3 is repeated. */
  label?: number;
  /** A number of `FieldDescriptorProto.Type`: 10 is a group, 11 a message. */
  type?: number;
  typeName?: string;
  extendee?: string;
  oneofIndex?: number;
  proto3Optional?: boolean;
}

/** `google.protobuf.ServiceDescriptorProto`, as far as Wherry looks into it. */
export interface ServiceDescriptor {
  name?: string;
  method?: MethodDescriptor[];
}

/** `google.protobuf.MethodDescriptorProto`, as far as Wherry looks into it. */
export interface MethodDescriptor {
  name?: string;
  inputType?: string;
  outputType?: string;
  options?: {
    /** A number of `MethodOptions.IdempotencyLevel`: 1 has no side effects, 2 is idempotent. */
    idempotencyLevel?: number;
    /** Wherry's own: see proto/wherry/v1/options.proto. */
    orderingKey?: string;
    timeout?: string;
    partitions?: number;
  };
}

/** Reads and writes serialized `FileDescriptorProto`s. Options that are neither protobuf's nor Wherry's are lost. */
export class DescriptorCodec {
  readonly #file: protobuf.Type;

  constructor() {
    const schema = createRequire(import.meta.url)('protobufjs/google/protobuf/descriptor.json') as protobuf.INamespace;
    const root = protobuf.Root.fromJSON(schema);
    const methodOptions = root.lookupType('google.protobuf.MethodOptions');
    for (const [name, number, type] of wherryOptions) methodOptions.add(new protobuf.Field(name, number, type));
    this.#file = root.lookupType('google.protobuf.FileDescriptorProto');
  }

  /** @throws Error where the bytes are no file descriptor. */
  decode(bytes: Uint8Array): FileDescriptor {
    return this.#file.toObject(this.#file.decode(bytes)) as FileDescriptor;
  }

  /** A serialized `FileDescriptorProto`. */
  encode(file: FileDescriptor): Buffer {
    return Buffer.from(this.#file.encode(this.#file.fromObject(file)).finish());
  }
}
