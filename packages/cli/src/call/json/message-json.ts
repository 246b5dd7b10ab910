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

/** Types that an Any may hold even if no .proto file imports them. */
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

/** Converts messages between bytes and protobuf's JSON mapping. */
export class MessageJson {
  readonly #registry: Registry;

  /** @param types that an Any may hold, beside protobuf's own. */
  constructor(types: Registry) {
    this.#registry = createRegistry(...wellKnown, types);
  }

  /** @throws Error with the path of the wrong part, if the JSON does not fit the message. */
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
   * Decodes a message. For an Any of unknown type it gives, as grpcurl does, the bytes in base64 as `@value`.
   *
   * @throws Error if the bytes are not such a message.
   */
  decode(type: DescMessage, bytes: Uint8Array): JsonValue {
    const message = fromBinary(type, bytes);
    const unknown = new Map<string, DescMessage>();
    this.#wrapUnknown(message, unknown);
    const registry = unknown.size === 0 ? this.#registry : createRegistry(this.#registry, ...unknown.values());
    return toJson(type, message, { registry });
  }

  /** Wraps the bytes of each Any of unknown type in a message with one field, which has a JSON form. */
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

/** Makes a message type with this name and the field `@value`. */
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
  if (type === undefined) throw new Error(`${fullName} is not the name of a type`);
  return type;
}
