import { DescriptorCodec, type FileDescriptor, type MessageDescriptor, type MethodDescriptor } from './descriptors.js';

/** The options of a method in its .proto. */
export interface MethodOptions {
  /** protobuf's `idempotency_level`. Absent if the level is unknown. */
  readonly idempotencyLevel?: 'NO_SIDE_EFFECTS' | 'IDEMPOTENT' | undefined;
  /** Wherry's `ordering_key`: a field of the request, or a path to a field (proto/wherry/v1/options.proto). */
  readonly orderingKey?: string | undefined;
  /** Wherry's `timeout`: how long a call may take if its caller gives no deadline, in milliseconds. */
  readonly timeoutMs?: number | undefined;
  /** Wherry's `partitions`: how many partitions the service's request topic should have. */
  readonly partitions?: number | undefined;
}

/** A method, read from its descriptors. */
export interface MethodEntry {
  readonly options: MethodOptions;
  /** The path to the ordering key as field numbers. Undefined if the method has no ordering key. */
  readonly orderingField: readonly number[] | undefined;
  /**
   * Converts the name of a field of the request, or a path of names, to field numbers. Undefined if the path does not lead to a single
   * scalar field.
   */
  requestField(path: string): readonly number[] | undefined;
}

const idempotencyLevels = [undefined, 'NO_SIDE_EFFECTS', 'IDEMPOTENT'] as const;
/** A higher number of partitions is most likely a mistake. */
const MAX_PARTITIONS = 10_000;
const REPEATED = 3;
const GROUP = 10;
const MESSAGE = 11;

/**
 * Reads the methods of a service from its files, each a serialized `FileDescriptorProto`.
 *
 * @param wrong is called for each invalid option, with the name of its file, and if the files cannot be read. An invalid option is
 *   ignored.
 * @returns the methods by their paths, `/package.Service/Method`.
 */
export function readMethods(
  service: string,
  files: readonly Uint8Array[],
  wrong: (problem: string, file?: string) => void,
): ReadonlyMap<string, MethodEntry> {
  const decoded = decodeAll(service, files, wrong);
  const messages = new Map<string, MessageDescriptor>();
  for (const file of decoded) addMessages(messages, file.package, file.messageType);
  const methods = new Map<string, MethodEntry>();
  for (const file of decoded) {
    for (const { name, method } of file.service ?? []) {
      if (nameIn(file.package, name) !== service) continue;
      for (const one of method ?? [])
        methods.set(
          `/${service}/${one.name}`,
          entryOf(service, one, messages, (problem) => wrong(problem, file.name)),
        );
    }
  }
  return methods;
}

function decodeAll(service: string, files: readonly Uint8Array[], wrong: (problem: string) => void): FileDescriptor[] {
  const codec = new DescriptorCodec();
  try {
    return files.map((file) => codec.decode(file));
  } catch (error) {
    wrong(`the descriptors of ${service} cannot be read: ${error instanceof Error ? error.message : error}`);
    return [];
  }
}

function entryOf(
  service: string,
  { name, inputType, options = {} }: MethodDescriptor,
  messages: ReadonlyMap<string, MessageDescriptor>,
  wrong: (problem: string) => void,
): MethodEntry {
  const { orderingKey, timeout, partitions } = options;
  const refuse = (option: string, value: unknown, right: string): void =>
    wrong(`the option ${option} of /${service}/${name} is ${JSON.stringify(value)}; it must be ${right}`);
  const requestField = (path: string) => fieldPath(path, inputType, messages);
  const orderingField = orderingKey ? requestField(orderingKey) : undefined;
  if (orderingKey && orderingField === undefined) {
    refuse(
      'ordering_key',
      orderingKey,
      'a single number, bool, enum, string or bytes field of its request, or a path to one',
    );
  }
  const timeoutMs = timeout === undefined ? undefined : timeoutOf(timeout);
  if (timeout !== undefined && timeoutMs === undefined) refuse('timeout', timeout, 'seconds above 0, such as "1.5s"');
  const isCount = partitions !== undefined && partitions > 0 && partitions <= MAX_PARTITIONS;
  if (partitions !== undefined && !isCount) refuse('partitions', partitions, `from 1 to ${MAX_PARTITIONS}`);
  return {
    options: {
      idempotencyLevel: idempotencyLevels[options.idempotencyLevel ?? 0],
      orderingKey: orderingKey || undefined,
      timeoutMs,
      partitions: isCount ? partitions : undefined,
    },
    orderingField,
    requestField,
  };
}

/** Converts a time in protobuf's JSON, such as `1.5s`, to milliseconds, rounded up. Undefined if the text is not a time above 0. */
function timeoutOf(text: string): number | undefined {
  if (!/^\d{1,12}(\.\d{1,9})?s$/.test(text)) return undefined;
  const ms = Math.ceil(Number((Number(text.slice(0, -1)) * 1000).toFixed(6)));
  return ms > 0 ? ms : undefined;
}

/** Converts a path of names in the message `type` to field numbers. Undefined if the path does not lead to a single scalar field. */
function fieldPath(
  path: string,
  type: string | undefined,
  messages: ReadonlyMap<string, MessageDescriptor>,
): readonly number[] | undefined {
  const numbers: number[] = [];
  const names = path.split('.');
  let message = messages.get(type?.replace(/^\./, '') ?? '');
  for (const [index, name] of names.entries()) {
    const field =
      message?.field?.find((one) => one.name === name) ??
      message?.field?.find((one) => plain(one.name) === plain(name));
    if (field?.number === undefined || field.label === REPEATED || field.type === GROUP) return undefined;
    numbers.push(field.number);
    const isLast = index === names.length - 1;
    if ((field.type === MESSAGE) === isLast) return undefined;
    message = messages.get(field.typeName?.replace(/^\./, '') ?? '');
  }
  return numbers;
}

/** A form of a name that ignores case and underscores. proto-loader gives names in lowerCamelCase unless `keepCase` is set. */
function plain(name: string | undefined): string | undefined {
  return name?.replaceAll('_', '').toLowerCase();
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
