import type { DescMethod, DescService, FileRegistry, JsonValue, Registry } from '@bufbuild/protobuf';
import { MessageJson } from './json/message-json.js';
import { suggestion } from './nearest-name.js';

/** A method that can be called with JSON. */
export interface Method {
  /** `/package.Service/Method`. */
  readonly path: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  /** The types that come with it. */
  readonly types: Registry;
  /**
   * The bytes of a request. `number` is the message's, from 1, for errors.
   *
   * @throws Error where the JSON does not fit the message.
   */
  encode(json: unknown, number: number): Buffer;
  /** The JSON of a reply. */
  decode(bytes: Buffer): JsonValue;
}

/** A method's name on the command line. */
export interface MethodName {
  readonly service: string;
  readonly method: string;
}

/**
 * Takes `package.Service/Method`, and `package.Service.Method` as grpcurl does.
 *
 * @throws RangeError that says what would be right.
 */
export function parseMethodName(text: string): MethodName {
  const [, service, method] = /^\/?([\w.]+)\/(\w+)$/.exec(text) ?? /^([\w.]+)\.(\w+)$/.exec(text) ?? [];
  if (service === undefined || method === undefined) {
    throw new RangeError(`${JSON.stringify(text)} is not package.Service/Method`);
  }
  return { service, method };
}

/** @throws Error where the name is that of one of these services, without a method. */
export function refuseService({ service, method }: MethodName, services: readonly string[]): void {
  const name = `${service}.${method}`;
  if (!services.includes(name) || services.includes(service)) return;
  throw new Error(`${name} is a service; name a method of it, as ${name}/Method (--list ${name} lists them)`);
}

/** @throws Error where there is no such method, with the nearest there is. */
export function findMethod(types: FileRegistry, name: MethodName): Method {
  refuseService(name, serviceNames(types));
  const { service, method } = name;
  const found = findService(types, service);
  const described = found.methods.find(({ name }) => name === method);
  if (described === undefined) {
    const names = found.methods.map(({ name }) => name);
    throw new Error(`${service} has no method ${method}${suggestion(method, names)}`);
  }
  return callable(described, types);
}

/** @throws Error where there is no such service, with the nearest there is. */
export function findService(types: FileRegistry, name: string): DescService {
  const service = types.getService(name);
  if (service !== undefined) return service;
  throw new Error(`no .proto given has service ${name}${suggestion(name, serviceNames(types))}`);
}

/** The full names of all services. */
export function serviceNames(types: FileRegistry): string[] {
  return [...types.files].flatMap(({ services }) => services.map(({ typeName }) => typeName));
}

function callable({ parent, name, methodKind, input, output }: DescMethod, types: Registry): Method {
  const json = new MessageJson(types);
  return {
    path: `/${parent.typeName}/${name}`,
    requestStream: methodKind === 'client_streaming' || methodKind === 'bidi_streaming',
    responseStream: methodKind === 'server_streaming' || methodKind === 'bidi_streaming',
    types,
    encode: (request, number) => {
      try {
        return json.encode(input, request);
      } catch (error) {
        throw new Error(`message ${number}: ${(error as Error).message}`, { cause: error });
      }
    },
    decode: (bytes) => json.decode(output, bytes),
  };
}
