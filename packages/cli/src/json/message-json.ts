import { asObject, JsonError, pathOf } from './json-error.js';
import { defaultOf, mapKeyFromJson, mapKeyToJson, scalarFromJson } from './scalars.js';
import type { Field, Schema } from './schema.js';
import { wellKnown } from './well-known.js';

type Plain = Record<string, unknown>;

const wrapper = /^google\.protobuf\.(Double|Float|U?Int64|U?Int32|Bool|String|Bytes)Value$/;
const anyType = 'google.protobuf.Any';

/** How proto-loader has to load and decode for {@link MessageJson}. */
export const protoLoaderOptions = {
  // The .proto's names: JSON's follow from them, not the other way round.
  keepCase: true,
  longs: String,
  enums: String,
  bytes: String,
  json: true,
} as const;

/**
 * Messages in protobuf's JSON mapping, to and from the plain objects that proto-loader serializes. What differs from the
 * mapping is in this package's README.md.
 */
export class MessageJson {
  readonly #schema: Schema;

  constructor(schema: Schema) {
    this.#schema = schema;
  }

  /**
   * @param type the message's full name.
   * @param path where in the message the value is, for errors.
   * @throws JsonError where the value does not fit: an unknown field, a wrong type, a number out of range.
   */
  fromJson(type: string, json: unknown, path = ''): unknown {
    const special = wellKnown.get(type);
    if (special !== undefined) return special.fromJson(json, path);
    if (wrapper.test(type)) return { value: scalarFromJson(this.#wrapped(type), json, path) };
    const object = asObject(json, path);
    if (type === anyType && typeof object['@type'] === 'string')
      return this.#anyFromJson(object['@type'], object, path);
    const message: Plain = {};
    const oneofs = new Map<string, string>();
    for (const [key, value] of Object.entries(object)) {
      const field = this.#schema.fields(type).find(({ jsonName, name }) => key === jsonName || key === name);
      if (field === undefined) throw new Error(`${type} has no field ${JSON.stringify(pathOf(path, key))}`);
      const absent = value === null && (field.repeated || field.type !== 'google.protobuf.Value');
      if (absent) continue;
      const other = field.oneof === undefined ? undefined : oneofs.get(field.oneof);
      if (other !== undefined)
        throw new Error(`${pathOf(path, other)} and ${key} are both of oneof ${field.oneof}; give one of them`);
      if (field.oneof !== undefined) oneofs.set(field.oneof, key);
      message[field.name] = this.#fieldFromJson(field, value, pathOf(path, key));
    }
    return message;
  }

  /** The JSON of a message that proto-loader has deserialized. */
  toJson(type: string, message: Plain): unknown {
    const special = wellKnown.get(type);
    if (special !== undefined) return special.toJson(message);
    if (wrapper.test(type)) {
      const { value = defaultOf(this.#wrapped(type)) } = message;
      return value;
    }
    if (type === anyType && typeof message['@type'] === 'string') return this.#anyToJson(message['@type'], message);
    const json: Plain = {};
    for (const field of this.#schema.fields(type)) {
      const value = message[field.name];
      if (value !== undefined && value !== null) json[field.jsonName] = this.#fieldToJson(field, value);
    }
    return json;
  }

  #fieldFromJson(field: Field, value: unknown, path: string): unknown {
    if (field.entry !== undefined) {
      const { key: keyField, value: valueField } = field.entry;
      const entries = Object.entries(asObject(value, path)).map(([key, item]) => [
        mapKeyFromJson(keyField.kind, key, path),
        this.#oneFromJson(valueField, item, `${path}[${JSON.stringify(key)}]`),
      ]);
      return Object.fromEntries(entries);
    }
    if (!field.repeated) return this.#oneFromJson(field, value, path);
    if (!Array.isArray(value)) throw new JsonError(path, 'an array', value);
    return value.map((item, index) => this.#oneFromJson(field, item, `${path}[${index}]`));
  }

  #oneFromJson({ kind, type }: Field, value: unknown, path: string): unknown {
    if (kind === 'TYPE_ENUM') return this.#enumFromJson(type, value, path);
    if (kind === 'TYPE_MESSAGE' || kind === 'TYPE_GROUP') return this.fromJson(type, value, path);
    return scalarFromJson(kind, value, path);
  }

  #enumFromJson(type: string, value: unknown, path: string): unknown {
    if (type === 'google.protobuf.NullValue' && value === null) return 0;
    const names = this.#schema.enumNames(type);
    if (typeof value === 'string' && names.includes(value)) return value;
    if (typeof value === 'number') return scalarFromJson('TYPE_INT32', value, path);
    throw new JsonError(path, `one of ${names.join(', ')}`, value);
  }

  #fieldToJson(field: Field, value: unknown): unknown {
    if (field.entry !== undefined) {
      const { key: keyField, value: valueField } = field.entry;
      const entries = Object.entries(value as Plain).map(([key, item]) => [
        mapKeyToJson(keyField.kind, key),
        this.#oneToJson(valueField, item),
      ]);
      return Object.fromEntries(entries);
    }
    return field.repeated
      ? (value as unknown[]).map((item) => this.#oneToJson(field, item))
      : this.#oneToJson(field, value);
  }

  #oneToJson({ kind, type }: Field, value: unknown): unknown {
    if (type === 'google.protobuf.NullValue') return null;
    return kind === 'TYPE_MESSAGE' || kind === 'TYPE_GROUP' ? this.toJson(type, value as Plain) : value;
  }

  #anyFromJson(url: string, { '@type': _, ...rest }: Plain, path: string): unknown {
    const type = url.slice(url.lastIndexOf('/') + 1);
    if (!this.#schema.hasMessage(type))
      throw new Error(`no .proto given has ${type}, which ${pathOf(path, '@type')} names`);
    // A message with a form of its own in JSON stands in an Any as the field "value".
    const { value } = rest;
    const message = this.fromJson(type, hasOwnForm(type) ? value : rest, path) as Plain;
    return { ...message, '@type': url };
  }

  #anyToJson(url: string, { '@type': _, ...message }: Plain): unknown {
    const type = url.slice(url.lastIndexOf('/') + 1);
    const json = this.toJson(type, message);
    return hasOwnForm(type) ? { '@type': url, value: json } : { '@type': url, ...(json as Plain) };
  }

  /** What a wrapper such as Int64Value wraps. */
  #wrapped(type: string): string {
    return this.#schema.fields(type)[0]?.kind ?? '';
  }
}

function hasOwnForm(type: string): boolean {
  return wellKnown.has(type) || wrapper.test(type) || type === anyType;
}
