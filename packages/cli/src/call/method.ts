import type { DescMethod, DescService, FileRegistry, JsonValue, Registry } from '@bufbuild/protobuf';
import { MessageJson } from './json/message-json.js';
import { suggestion } from './nearest-name.js';

/** A method that can be called with JSON. */
export interface Method {
  /** `/package.Service/Method`. */
  readonly path: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  /** All types of the files that define it. */
  readonly types: Registry;
  /**
   * Encodes a request. Errors give its `number`, which counts from 1.
   *
   * @throws Error if the JSON does not fit the message.
   */
  encode(json: unknown, number: number): Buffer;
  /** Decodes a reply to JSON. */
  decode(bytes: Buffer): JsonValue;
}

/** The name of a method on the command line. */
export interface MethodName {
  readonly service: string;
  readonly method: string;
}

/**
 * Parses `package.Service/Method` and, as grpcurl does, `package.Service.Method`.
 *
 * @throws RangeError that says which form is right.
 */
export function parseMethodName(text: string): MethodName {
  const [, service, method] = /^\/?([\w.]+)\/(\w+)$/.exec(text) ?? /^([\w.]+)\.(\w+)$/.exec(text) ?? [];
  if (service === undefined || method === undefined) {
    throw new RangeError(`${JSON.stringify(text)} is not package.Service/Method`);
  }
  return { service, method };
}

/** @throws Error if the name is that of one of these services, without a method. */
export function refuseService({ service, method }: MethodName, services: readonly string[]): void {
  const name = `${service}.${method}`;
  if (!services.includes(name) || services.includes(service)) return;
  throw new Error(`${name} is a service; name one of its methods, as ${name}/Method (--list ${name} lists them)`);
}

/** @throws Error with the nearest name if the types have no such method. */
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

/** @throws Error with the nearest name if the types have no such service. */
export function findService(types: FileRegistry, name: string): DescService {
  const service = types.getService(name);
  if (service !== undefined) return service;
  throw new Error(`no given .proto file has service ${name}${suggestion(name, serviceNames(types))}`);
}

/** Returns the full names of all services. */
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
