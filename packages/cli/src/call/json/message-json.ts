import {
  create,
  createFileRegistry,
  createRegistry,
  type DescMessage,
  fromBinary,
  fromJson,
  type JsonValue,
  type Registry,
  toBinary,
  toJson,
} from '@bufbuild/protobuf';
import {
  type Any,
  anyUnpack,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  file_google_protobuf_duration,
  file_google_protobuf_empty,
  file_google_protobuf_field_mask,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  file_google_protobuf_wrappers,
} from '@bufbuild/protobuf/wkt';
import { wrongPart } from './wrong-part.js';

/** What an Any may hold whatever a .proto file imports. */
const wellKnown = [
  file_google_protobuf_duration,
  file_google_protobuf_empty,
  file_google_protobuf_field_mask,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  file_google_protobuf_wrappers,
];

const BYTES = 12;
const OPTIONAL = 1;

/** Messages in protobuf's JSON mapping, to and from their bytes. */
export class MessageJson {
  readonly #registry: Registry;

  /** @param types those that an Any may hold, beside protobuf's own. */
  constructor(types: Registry) {
    this.#registry = createRegistry(...wellKnown, types);
  }

  /** @throws Error that says where, if the JSON does not fit the message. */
  encode(type: DescMessage, json: unknown): Buffer {
    const registry = this.#registry;
    try {
      return Buffer.from(toBinary(type, fromJson(type, json as JsonValue, { registry })));
    } catch (error) {
      const where = wrongPart(type, json as JsonValue, registry);
      throw new Error(`${where === '' ? '' : `${where}: `}${(error as Error).message}`, { cause: error });
    }
  }

  /**
   * What is in an Any of a type that is not known is given as grpcurl does: the bytes, base64, as `@value`.
   *
   * @throws Error where the bytes are no such message.
   */
  decode(type: DescMessage, bytes: Uint8Array): JsonValue {
    const message = fromBinary(type, bytes);
    const unknown = new Map<string, DescMessage>();
    this.#wrapUnknown(message, unknown);
    const registry = unknown.size === 0 ? this.#registry : createRegistry(this.#registry, ...unknown.values());
    return toJson(type, message, { registry });
  }

  /** Puts the bytes in an Any of unknown type into a message of one field, for which there is JSON. */
  #wrapUnknown(value: unknown, unknown: Map<string, DescMessage>): void {
    if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return;
    if (isAny(value)) {
      if (value.typeUrl === '') return;
      const name = value.typeUrl.slice(value.typeUrl.lastIndexOf('/') + 1);
      const known = this.#registry.getMessage(name);
      if (known === undefined) {
        const type = unknown.get(name) ?? opaqueType(name);
        unknown.set(name, type);
        value.value = toBinary(type, Object.assign(create(type), { value: value.value }));
        return;
      }
      const packed = anyUnpack(value, known);
      this.#wrapUnknown(packed, unknown);
      if (packed !== undefined) value.value = toBinary(known, packed);
      return;
    }
    for (const part of Object.values(value)) this.#wrapUnknown(part, unknown);
  }
}

function isAny(value: object): value is Any {
  return '$typeName' in value && value.$typeName === 'google.protobuf.Any';
}

/** A message of this name with the field `@value`. */
function opaqueType(fullName: string): DescMessage {
  const at = fullName.lastIndexOf('.');
  const field = { name: 'value', jsonName: '@value', number: 1, type: BYTES, label: OPTIONAL };
  const file = create(FileDescriptorProtoSchema, {
    name: `${fullName}.proto`,
    package: fullName.slice(0, Math.max(0, at)),
    messageType: [{ name: fullName.slice(at + 1), field: [field] }],
    syntax: 'proto3',
  });
  const type = createFileRegistry(create(FileDescriptorSetSchema, { file: [file] })).getMessage(fullName);
  if (type === undefined) throw new Error(`${fullName} is no name of a type`);
  return type;
}
