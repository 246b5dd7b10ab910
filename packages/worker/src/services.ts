import { type ServiceDefinition, status as Status, type UntypedServiceImplementation } from '@grpc/grpc-js';

/** A method of a service, and what answers it. */
export interface Method {
  /** `/package.Service/Method`. */
  readonly path: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  readonly requestDeserialize: (bytes: Buffer) => unknown;
  readonly responseSerialize: (message: unknown) => Buffer;
  /** Takes a server call, and a callback where it answers with one message. */
  readonly handler: (...args: unknown[]) => unknown;
}

/** The services of a worker. */
export class Services {
  readonly #methods = new Map<string, Method>();
  readonly #names = new Set<string>();

  /** @throws TypeError for a service that is none, or that was added before. */
  add(definition: ServiceDefinition, implementation: UntypedServiceImplementation): void {
    const methods = Object.entries(definition);
    const [first] = methods;
    if (first === undefined) throw new TypeError('addService: the definition has no methods');
    const service = serviceOf(first[1].path);
    if (this.#names.has(service)) throw new TypeError(`addService: ${service} was added before`);
    this.#names.add(service);
    for (const [name, method] of methods) {
      const handler = implementation[name] ?? (method.originalName ? implementation[method.originalName] : undefined);
      this.#methods.set(method.path, {
        path: method.path,
        requestStream: method.requestStream,
        responseStream: method.responseStream,
        requestDeserialize: method.requestDeserialize,
        responseSerialize: method.responseSerialize,
        handler: (handler?.bind(implementation) as Method['handler'] | undefined) ?? unimplemented(method),
      });
    }
  }

  /** The names of the services: `package.Service`. */
  get names(): readonly string[] {
    return [...this.#names];
  }

  method(path: string): Method | undefined {
    return this.#methods.get(path);
  }
}

export function serviceOf(path: string): string {
  return path.slice(1, path.lastIndexOf('/'));
}

/** What a method answers that the definition has and the implementation has not. */
function unimplemented({ path, responseStream }: { path: string; responseStream: boolean }): Method['handler'] {
  const error = { code: Status.UNIMPLEMENTED, details: `The server does not implement the method ${path}` };
  return (call, callback) => {
    if (responseStream) (call as NodeJS.EventEmitter).emit('error', error);
    else (callback as (error: unknown) => void)(error);
  };
}
