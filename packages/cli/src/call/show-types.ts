import type {
  DescEnum,
  DescExtension,
  DescField,
  DescMessage,
  DescMethod,
  DescService,
  FileRegistry,
} from '@bufbuild/protobuf';
import { ScalarType } from '@bufbuild/protobuf';
import { status as Status } from '@grpc/grpc-js';
import type { ServedServices } from '@wherry/client';
import { StatusError, UsageError } from '../errors.js';
import { findService, parseMethodName, serviceNames } from './method.js';
import { suggestion } from './nearest-name.js';
import { nobodyServes, servedTypes } from './served-types.js';

/** The services of a namespace, as a program that only reads sees them. */
export interface ReadServices {
  readonly services: ServedServices;
  /** Whether the namespace has a registry topic. */
  readonly exists: boolean;
}

const NO_REGISTRY = 'no services found: the namespace has no registry topic, so no worker has run there';
const NO_WORKERS = 'no services found: no worker is alive';

/** Whether to list or to describe, and in which form. */
export interface ShowFlags {
  readonly list: boolean | undefined;
  readonly json: boolean | undefined;
}

/**
 * Prints the services that have workers or are in the .proto files, the methods of one of them, or the definition of a service,
 * method or type.
 *
 * @throws StatusError UNAVAILABLE if nobody serves the symbol; Error if the .proto files do not have it. Each names the nearest one.
 */
export async function listOrDescribe(
  { services, exists }: ReadServices,
  protos: FileRegistry | undefined,
  symbol: string | undefined,
  { list, json }: ShowFlags,
): Promise<void> {
  const print = (type: string, name: string, more: object = {}): void =>
    void process.stdout.write(`${json ? JSON.stringify({ type, name, ...more }) : name}\n`);
  if (symbol === undefined && !list) throw new UsageError('--describe needs a service, a method or a type');
  await services.ready();
  await services.certain();
  if (protos === undefined && exists && !services.known)
    throw new Error('the registry topic cannot be read; give --proto FILE');
  if (symbol === undefined) {
    const names = protos === undefined ? services.names : serviceNames(protos);
    if (names.length === 0 && protos === undefined) process.stderr.write(`${exists ? NO_WORKERS : NO_REGISTRY}\n`);
    for (const name of [...names].sort()) print('service', name, { instances: services.instances(name) });
    return;
  }
  if (!list) {
    const text = describeSymbol(services, protos, symbol);
    process.stdout.write(json ? `${JSON.stringify({ type: 'description', name: symbol, text })}\n` : text);
    return;
  }
  if (protos === undefined && !exists) throw new StatusError(Status.UNAVAILABLE, nobodyServes(symbol, services));
  const { typeName, methods } = findService(protos ?? servedTypes(services, symbol), symbol);
  for (const { name } of methods) print('method', `${typeName}/${name}`);
}

type Described = DescService | DescMethod | DescMessage | DescEnum | DescExtension;

function describeSymbol(services: ServedServices, protos: FileRegistry | undefined, symbol: string): string {
  const name = symbol.replace(/^[./]/, '');
  const all = protos === undefined ? allServed(services) : [protos];
  for (const types of all) {
    const found = types.get(name) ?? methodOf(types, name);
    if (found !== undefined) return protoText(found);
  }
  const nearest = suggestion(name, [...new Set(all.flatMap((types) => [...types].map(({ typeName }) => typeName)))]);
  if (protos !== undefined) throw new Error(`no given .proto file has ${name}${nearest}`);
  throw new StatusError(Status.UNAVAILABLE, `nobody serves ${name}${nearest}`);
}

function allServed(services: ServedServices): FileRegistry[] {
  const described = services.names.filter((name) => services.fileDescriptors(name) !== undefined);
  return described.map((name) => servedTypes(services, name));
}

function methodOf(types: FileRegistry, name: string): DescMethod | undefined {
  if (!/[./]\w+$/.test(name)) return undefined;
  const { service, method } = parseMethodName(name);
  return types.getService(service)?.methods.find((one) => one.name === method);
}

/** The definition as in a .proto file, without comments and options. */
function protoText(described: Described): string {
  switch (described.kind) {
    case 'service':
      return block(`service ${described.typeName}`, described.methods.map(rpc));
    case 'rpc':
      return `${rpc(described)}\n${protoText(described.input)}${protoText(described.output)}`;
    case 'enum':
      return block(
        `enum ${described.typeName}`,
        described.values.map(({ name, number }) => `${name} = ${number};`),
      );
    case 'extension':
      return `extend ${described.extendee.typeName} { ${field(described)} }\n`;
    default:
      return block(`message ${described.typeName}`, described.members.flatMap(member));
  }
}

function block(head: string, lines: readonly string[]): string {
  return `${head} {\n${lines.map((line) => `  ${line}\n`).join('')}}\n`;
}

function rpc({ name, methodKind, input, output }: DescMethod): string {
  const takes = methodKind === 'client_streaming' || methodKind === 'bidi_streaming' ? 'stream ' : '';
  const gives = methodKind === 'server_streaming' || methodKind === 'bidi_streaming' ? 'stream ' : '';
  return `rpc ${name}(${takes}${input.typeName}) returns (${gives}${output.typeName});`;
}

function member(one: DescMessage['members'][number]): string[] {
  if (one.kind === 'field') return [field(one)];
  return [`oneof ${one.name} {`, ...one.fields.map((inside) => `  ${field(inside)}`), '}'];
}

function field(one: DescField | DescExtension): string {
  const optional = one.kind === 'field' && one.proto.proto3Optional ? 'optional ' : '';
  return `${optional}${fieldType(one)} ${one.name} = ${one.number};`;
}

function fieldType(one: DescField | DescExtension): string {
  const single = ({ scalar, message, enum: values }: Pick<DescField, 'scalar' | 'message' | 'enum'>): string =>
    message?.typeName ?? values?.typeName ?? ScalarType[scalar ?? ScalarType.STRING].toLowerCase();
  if (one.fieldKind === 'list') return `repeated ${single(one)}`;
  if (one.fieldKind === 'map') return `map<${ScalarType[one.mapKey].toLowerCase()}, ${single(one)}>`;
  return single(one);
}
