import { loadSync, type MessageTypeDefinition } from '@grpc/proto-loader';

/** What is used of protobuf's descriptors (descriptor.proto), as proto-loader decodes them. */
interface FileDescriptor {
  readonly package?: string;
  readonly messageType?: readonly MessageDescriptor[];
  readonly enumType?: readonly EnumDescriptor[];
  readonly service?: readonly ServiceDescriptor[];
}
interface MessageDescriptor {
  readonly name: string;
  readonly field?: readonly FieldDescriptor[];
  readonly nestedType?: readonly MessageDescriptor[];
  readonly enumType?: readonly EnumDescriptor[];
  readonly oneofDecl?: readonly { readonly name: string }[];
  readonly options?: { readonly mapEntry?: boolean };
}
interface EnumDescriptor {
  readonly name: string;
  readonly value?: readonly { readonly name: string }[];
}
interface FieldDescriptor {
  readonly name: string;
  readonly label: string;
  readonly type: string;
  readonly typeName?: string;
  readonly oneofIndex?: number;
}
interface ServiceDescriptor {
  readonly name: string;
  readonly method?: readonly { readonly name: string; readonly inputType: string; readonly outputType: string }[];
}

/** A field of a message. */
export interface Field {
  /** As the .proto has it. */
  readonly name: string;
  /** As JSON has it: lowerCamelCase. */
  readonly jsonName: string;
  /** `TYPE_INT32`, `TYPE_MESSAGE` and so on. */
  readonly kind: string;
  /** The full name of its message or enum; empty for a scalar. */
  readonly type: string;
  readonly repeated: boolean;
  /** The oneof it is in. */
  readonly oneof: string | undefined;
  /** Key and value of a map's entries. */
  readonly entry: { readonly key: Field; readonly value: Field } | undefined;
}

/** The types that descriptors tell of, by their full names. */
export class Schema {
  readonly #messages = new Map<string, MessageDescriptor>();
  readonly #enums = new Map<string, EnumDescriptor>();
  readonly #methods = new Map<string, { readonly requestType: string; readonly responseType: string }>();
  readonly #fields = new Map<string, readonly Field[]>();

  /** @param files encoded FileDescriptorProtos. */
  constructor(files: readonly Buffer[]) {
    const descriptors = loadSync('google/protobuf/descriptor.proto', { enums: String });
    const { deserialize } = descriptors['google.protobuf.FileDescriptorProto'] as MessageTypeDefinition<object, object>;
    for (const file of files) this.#addFile(deserialize(file) as FileDescriptor);
  }

  #addFile({ package: name = '', messageType = [], enumType = [], service = [] }: FileDescriptor): void {
    const prefix = name === '' ? '' : `${name}.`;
    for (const message of messageType) this.#addMessage(`${prefix}${message.name}`, message);
    for (const type of enumType) this.#enums.set(`${prefix}${type.name}`, type);
    for (const { name: serviceName, method: methods = [] } of service) {
      for (const { name: method, inputType, outputType } of methods) {
        const types = { requestType: absolute(inputType), responseType: absolute(outputType) };
        this.#methods.set(`/${prefix}${serviceName}/${method}`, types);
      }
    }
  }

  #addMessage(name: string, message: MessageDescriptor): void {
    this.#messages.set(name, message);
    for (const nested of message.nestedType ?? []) this.#addMessage(`${name}.${nested.name}`, nested);
    for (const nested of message.enumType ?? []) this.#enums.set(`${name}.${nested.name}`, nested);
  }

  hasMessage(name: string): boolean {
    return this.#messages.has(name);
  }

  /** The full names of a method's messages. */
  method(path: string): { readonly requestType: string; readonly responseType: string } | undefined {
    return this.#methods.get(path);
  }

  /** The fields of a message; none where it is not known. */
  fields(message: string): readonly Field[] {
    let fields = this.#fields.get(message);
    if (fields === undefined) {
      const { field = [], oneofDecl = [] } = this.#messages.get(message) ?? {};
      fields = field.map((raw) => this.#field(raw, message, oneofDecl[raw.oneofIndex ?? -1]?.name));
      this.#fields.set(message, fields);
    }
    return fields;
  }

  /** The names of an enum's values. */
  enumNames(name: string): readonly string[] {
    return this.#enums.get(name)?.value?.map((value) => value.name) ?? [];
  }

  #field({ name, label, type: kind, typeName }: FieldDescriptor, scope: string, oneof: string | undefined): Field {
    const type = typeName === undefined ? '' : this.#resolve(typeName, scope);
    const [key, value] = this.#messages.get(type)?.options?.mapEntry ? this.fields(type) : [];
    return {
      name,
      jsonName: jsonName(name),
      kind,
      type,
      repeated: label === 'LABEL_REPEATED',
      oneof,
      entry: key !== undefined && value !== undefined ? { key, value } : undefined,
    };
  }

  /** The full name of a type that is named as from inside `scope`, by protobuf's rule: the innermost that fits. */
  #resolve(name: string, scope: string): string {
    if (name.startsWith('.')) return absolute(name);
    for (let outer = scope; outer !== ''; outer = outer.slice(0, Math.max(0, outer.lastIndexOf('.')))) {
      const full = `${outer}.${name}`;
      if (this.#messages.has(full) || this.#enums.has(full)) return full;
    }
    return name;
  }
}

function absolute(name: string): string {
  return name.replace(/^\./, '');
}

/** protobuf's rule for a field's name in JSON. */
export function jsonName(name: string): string {
  return name.replace(/_+(.?)/g, (_, next: string) => next.toUpperCase());
}
