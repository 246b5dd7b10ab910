import { loadSync, type MethodDefinition, type PackageDefinition } from '@grpc/proto-loader';
import { MessageJson, protoLoaderOptions } from '../json/message-json.js';
import { Schema } from '../json/schema.js';
import { findProtos } from './find-protos.js';

/** A method that can be called with JSON. */
export interface Method {
  /** `/package.Service/Method`. */
  readonly path: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  /**
   * The bytes of a request. `number` is the message's, from 1, for errors.
   *
   * @throws Error where the JSON does not fit the message.
   */
  encode(json: unknown, number: number): Buffer;
  /** The JSON of a reply. */
  decode(bytes: Buffer): unknown;
}

/** A method's name on the command line. */
export interface MethodName {
  readonly service: string;
  readonly method: string;
}

/** @throws RangeError that says what would be right. */
export function parseMethodName(text: string): MethodName {
  const [, service, method] = /^\/?([\w.]+)\/(\w+)$/.exec(text) ?? [];
  if (service === undefined || method === undefined) {
    throw new RangeError(`${JSON.stringify(text)} is not package.Service/Method`);
  }
  return { service, method };
}

/**
 * Loads .proto files and finds the method in them.
 *
 * @throws Error where a file is missing or malformed, or none has the method.
 */
export function loadMethod(name: MethodName, protos: readonly string[], importPaths: readonly string[]): Method {
  const { files, includeDirs } = findProtos(protos, importPaths);
  const definition = loadDefinition(files, includeDirs);
  const found = findMethod(definition, name);
  const schema = new Schema(found.requestType.fileDescriptorProtos);
  const json = new MessageJson(schema);
  const { requestType, responseType } = schema.method(found.path) ?? { requestType: '', responseType: '' };
  return {
    path: found.path,
    requestStream: found.requestStream,
    responseStream: found.responseStream,
    encode: (request, number) => {
      try {
        return found.requestSerialize(json.fromJson(requestType, request) as object);
      } catch (error) {
        throw new Error(`message ${number}: ${(error as Error).message}`, { cause: error });
      }
    },
    decode: (bytes) => json.toJson(responseType, found.responseDeserialize(bytes) as Record<string, unknown>),
  };
}

function loadDefinition(files: readonly string[], includeDirs: readonly string[]): PackageDefinition {
  try {
    // Not load: what protobufjs finds wrong with types it throws there where nobody can catch it.
    return loadSync([...files], { ...protoLoaderOptions, includeDirs: [...includeDirs] });
  } catch (error) {
    throw new Error(`malformed .proto: ${(error as Error).message}`, { cause: error });
  }
}

function findMethod(definition: PackageDefinition, { service, method }: MethodName): MethodDefinition<object, object> {
  const services = Object.entries(definition).filter(([, { format }]) => typeof format !== 'string');
  const methods = services.find(([name]) => name === service)?.[1] as
    | Record<string, MethodDefinition<object, object>>
    | undefined;
  if (methods === undefined) {
    throw new Error(`no .proto given has service ${service}; there is ${list(services.map(([name]) => name))}`);
  }
  const found = Object.hasOwn(methods, method) ? methods[method] : undefined;
  if (found === undefined)
    throw new Error(`${service} has no method ${method}; there is ${list(Object.keys(methods))}`);
  return found;
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ');
}
