import { DescriptorCodec, type FileDescriptor, type MessageDescriptor, type MethodDescriptor } from '@wherry/wire';

/** What a method's .proto says of it beyond its types. */
export interface MethodOptions {
  /** protobuf's `idempotency_level`; absent where it is not known. */
  readonly idempotencyLevel?: 'NO_SIDE_EFFECTS' | 'IDEMPOTENT' | undefined;
  /** Wherry's `ordering_key`: a field of the request, or a path to one (proto/wherry/v1/options.proto). */
  readonly orderingKey?: string | undefined;
}

/** A method as its descriptors have it. */
export interface MethodEntry {
  readonly options: MethodOptions;
  /** The numbers of the fields on the way to the ordering key; absent where there is none. */
  readonly orderingField: readonly number[] | undefined;
  /** The same for any field of the request, by its name or the names on the way to it. */
  requestField(path: string): readonly number[] | undefined;
}

const idempotencyLevels = [undefined, 'NO_SIDE_EFFECTS', 'IDEMPOTENT'] as const;
const REPEATED = 3;
const GROUP = 10;
const MESSAGE = 11;

/**
 * The methods of a service by their paths, read from its files: each a serialized `FileDescriptorProto`. `warn` is told of an
 * ordering key that is none, and of a file that cannot be read.
 */
export function readMethods(
  service: string,
  files: readonly Uint8Array[],
  warn: (message: string) => void,
): ReadonlyMap<string, MethodEntry> {
  const decoded = decodeAll(service, files, warn);
  const messages = new Map<string, MessageDescriptor>();
  for (const file of decoded) addMessages(messages, file.package, file.messageType);
  const methods = new Map<string, MethodEntry>();
  for (const file of decoded) {
    for (const { name, method } of file.service ?? []) {
      if (nameIn(file.package, name) !== service) continue;
      for (const one of method ?? []) methods.set(`/${service}/${one.name}`, entryOf(service, one, messages, warn));
    }
  }
  return methods;
}

function decodeAll(service: string, files: readonly Uint8Array[], warn: (message: string) => void): FileDescriptor[] {
  const codec = new DescriptorCodec();
  try {
    return files.map((file) => codec.decode(file));
  } catch (error) {
    warn(`the descriptors of ${service} cannot be read: ${error instanceof Error ? error.message : error}`);
    return [];
  }
}

function entryOf(
  service: string,
  { name, inputType, options = {} }: MethodDescriptor,
  messages: ReadonlyMap<string, MessageDescriptor>,
  warn: (message: string) => void,
): MethodEntry {
  const { orderingKey } = options;
  const requestField = (path: string) => fieldPath(path, inputType, messages);
  const orderingField = orderingKey ? requestField(orderingKey) : undefined;
  if (orderingKey && orderingField === undefined) {
    warn(
      `the option ordering_key of /${service}/${name} is ${JSON.stringify(orderingKey)}, which is no single number, bool, ` +
        'enum, string or bytes of its request; its calls are not ordered',
    );
  }
  const idempotencyLevel = idempotencyLevels[options.idempotencyLevel ?? 0];
  return { options: { idempotencyLevel, orderingKey: orderingKey || undefined }, orderingField, requestField };
}

/** The numbers of the fields that `path` names, from the message `type` on; undefined where it does not lead to a scalar. */
function fieldPath(
  path: string,
  type: string | undefined,
  messages: ReadonlyMap<string, MessageDescriptor>,
): readonly number[] | undefined {
  const numbers: number[] = [];
  const names = path.split('.');
  let message = messages.get(type?.replace(/^\./, '') ?? '');
  for (const [index, name] of names.entries()) {
    const field = message?.field?.find((one) => one.name === name);
    if (field?.number === undefined || field.label === REPEATED || field.type === GROUP) return undefined;
    numbers.push(field.number);
    const isLast = index === names.length - 1;
    if ((field.type === MESSAGE) === isLast) return undefined;
    message = messages.get(field.typeName?.replace(/^\./, '') ?? '');
  }
  return numbers;
}

function addMessages(
  messages: Map<string, MessageDescriptor>,
  scope: string | undefined,
  added: readonly MessageDescriptor[] = [],
): void {
  for (const message of added) {
    const name = nameIn(scope, message.name);
    messages.set(name, message);
    addMessages(messages, name, message.nestedType);
  }
}

function nameIn(scope: string | undefined, name: string | undefined): string {
  return scope ? `${scope}.${name}` : `${name}`;
}
