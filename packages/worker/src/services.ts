import {
  type ServerInterceptingCallInterface,
  type ServiceDefinition,
  status as Status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { type PublishedService, serviceOf } from '@wherry/endpoint/internal';
import { readMethods } from '@wherry/wire';
import { isMadeUp, loadedDescriptors } from './loaded-descriptors.js';

/** A method of a service, and the handler that answers its calls. */
export type Method = HandledMethod | GenericMethod;

interface MethodKind {
  /** `/package.Service/Method`. */
  readonly path: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  readonly requestDeserialize: (bytes: Buffer) => unknown;
  readonly responseSerialize: (message: unknown) => Buffer;
}

/** A method whose definition is known. */
export interface HandledMethod extends MethodKind {
  /** Takes a server call, and also a callback if the method answers with one message. */
  readonly handler: (...args: unknown[]) => unknown;
}

interface GenericMethod extends MethodKind {
  readonly generic: GenericHandler;
}

/** The options of a service that a worker adds. */
export interface ServiceOptions {
  /**
   * The service's .proto files and all files that they import, each as a serialized `google.protobuf.FileDescriptorProto`. Reflection shows
   * them. Default: the files in the service definition, if @wherry/codegen or @grpc/proto-loader made it; else none.
   */
  readonly fileDescriptors?: readonly Uint8Array[] | undefined;
}

/**
 * A handler of every method of a service. It takes the path (`/package.Service/Method`), and the call as interceptors see it, with messages
 * as bytes.
 */
export type GenericHandler = (path: string, call: ServerInterceptingCallInterface) => void;

/** The services of a worker. */
export class Services {
  readonly #methods = new Map<string, Method>();
  readonly #generic = new Map<string, GenericHandler>();
  readonly #fileDescriptors = new Map<string, readonly Uint8Array[]>();
  readonly #partitions = new Map<string, number>();

  /** @throws TypeError if the definition has no methods, the service was added before, or its .proto has a wrong option. */
  add(definition: ServiceDefinition, implementation: UntypedServiceImplementation, options: ServiceOptions = {}): void {
    const methods = Object.entries(definition);
    const [first] = methods;
    if (first === undefined) throw new TypeError('addService: the definition has no methods');
    this.#addName('addService', serviceOf(first[1].path), options.fileDescriptors ?? loadedDescriptors(definition));
    for (const [name, method] of methods) {
      const handler = implementation[name] ?? (method.originalName ? implementation[method.originalName] : undefined);
      this.#methods.set(method.path, {
        path: method.path,
        requestStream: method.requestStream,
        responseStream: method.responseStream,
        requestDeserialize: method.requestDeserialize,
        responseSerialize: method.responseSerialize,
        handler: (handler?.bind(implementation) as HandledMethod['handler'] | undefined) ?? unimplemented(method),
      });
    }
  }

  /** @throws TypeError if the service was added before, or its .proto has a wrong option. */
  addGeneric(service: string, handler: GenericHandler, options: ServiceOptions = {}): void {
    this.#addName('addGenericService', service, options.fileDescriptors ?? []);
    this.#generic.set(service, handler);
  }

  #addName(adding: string, service: string, fileDescriptors: readonly Uint8Array[]): void {
    if (this.#fileDescriptors.has(service)) throw new TypeError(`${adding}: ${service} was added before`);
    const methods = readMethods(service, fileDescriptors, (problem, file) => {
      throw new TypeError(`${adding}: ${file === undefined || isMadeUp(file) ? '' : `${file}: `}${problem}`);
    });
    const partitions = [...methods.values()].map(({ options }) => options.partitions ?? 0);
    this.#partitions.set(service, Math.max(0, ...partitions));
    this.#fileDescriptors.set(service, fileDescriptors);
  }

  /** How many partitions a service's .proto requires of the request topic; undefined if it does not say. */
  partitions(service: string): number | undefined {
    return this.#partitions.get(service) || undefined;
  }

  /** The names of the services: `package.Service`. */
  get names(): readonly string[] {
    return [...this.#fileDescriptors.keys()];
  }

  /** The .proto files of a service, as far as they are known. See {@link ServiceOptions}. */
  fileDescriptors(service: string): readonly Uint8Array[] {
    return this.#fileDescriptors.get(service) ?? [];
  }

  /** The services in the form in which they are registered. */
  get published(): readonly PublishedService[] {
    return this.names.map((name) => ({ name, fileDescriptors: this.fileDescriptors(name) }));
  }

  method(path: string): Method | undefined {
    return this.#methods.get(path) ?? this.#genericMethod(path);
  }

  #genericMethod(path: string): Method | undefined {
    const generic = this.#generic.get(serviceOf(path));
    if (generic === undefined) return undefined;
    return {
      path,
      requestStream: true,
      responseStream: true,
      requestDeserialize: identity,
      responseSerialize: identity as MethodKind['responseSerialize'],
      generic,
    };
  }
}

const identity = (bytes: unknown): unknown => bytes;

/** The handler of a method that is in the definition but not in the implementation. */
function unimplemented({ path, responseStream }: { path: string; responseStream: boolean }): HandledMethod['handler'] {
  const error = { code: Status.UNIMPLEMENTED, details: `The server does not implement the method ${path}` };
  return (call, callback) => {
    if (responseStream) (call as NodeJS.EventEmitter).emit('error', error);
    else (callback as (error: unknown) => void)(error);
  };
}
