import { EventEmitter } from 'node:events';
import {
  type MethodDefinition,
  type ServerDuplexStream,
  type ServiceDefinition,
  status as Status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import type { ServedServices } from '@wherry/client';
import { loadedDescriptors } from '@wherry/worker';
import protobuf from 'protobufjs/minimal.js';
import { forEachRequest, type OwnCall, type OwnHandler } from './own-call.js';

type Files = readonly Uint8Array[];
type Method = MethodDefinition<ReflectionRequest, ReflectionResponse>;
type Call = OwnCall<ReflectionRequest, ReflectionResponse>;
type StreamHandler = (stream: ServerDuplexStream<ReflectionRequest, ReflectionResponse>) => void;

/** The parts of grpc.reflection.v1's messages that are read here. The messages of v1alpha are the same. */
interface ReflectionRequest {
  readonly host: string;
  /** Which of the fields is set. */
  readonly messageRequest?: string;
  readonly fileContainingSymbol?: string;
}

interface ReflectionResponse {
  readonly validHost: string;
  readonly originalRequest: ReflectionRequest;
  readonly listServicesResponse?: { readonly service: readonly { readonly name: string }[] };
  readonly fileDescriptorResponse?: { readonly fileDescriptorProto: readonly Uint8Array[] };
  readonly errorResponse?: { readonly errorCode: number; readonly errorMessage: string };
}

/**
 * Server reflection (v1 and v1alpha) of the services that are served now. @grpc/reflection answers for one set of files that never
 * changes. Here each service has its own set, which comes and goes with its workers. So if the programs of two services have
 * different versions of a common file, each service is shown with its own version.
 */
export class Reflection {
  readonly #served: ServedServices;
  /** The gateway's own services and their files. */
  readonly #own: ReadonlyMap<string, Files>;
  readonly #answerers = new WeakMap<Files, (request: ReflectionRequest) => ReflectionResponse>();
  readonly #calls = new Set<Call>();
  readonly #definitions = reflectionServices([]).map(([definition]) => definition);

  /** @param own services that the gateway answers itself, besides reflection; they are shown too. */
  constructor(served: ServedServices, own: readonly ServiceDefinition[]) {
    this.#served = served;
    this.#own = new Map([...own, ...this.#definitions].map((one) => [nameOf(one), loadedDescriptors(one)]));
  }

  /** The handlers of its methods, by path. */
  get handlers(): ReadonlyMap<string, OwnHandler> {
    const methods = this.#definitions.map((definition) => definition['ServerReflectionInfo'] as Method);
    return new Map(
      methods.map((method) => [
        method.path,
        forEachRequest(
          method,
          (request) => this.#answer(request),
          (call) => this.#begun(call),
        ),
      ]),
    );
  }

  /** Ends the calls: clients may keep them open for as long as they like. */
  drain(): void {
    for (const call of this.#calls) call.end();
  }

  #begun(call: Call): void {
    this.#calls.add(call);
    call.whenOver(() => this.#calls.delete(call));
  }

  #answer(request: ReflectionRequest): ReflectionResponse {
    const heading = { validHost: request.host, originalRequest: request };
    if (request.messageRequest === 'listServices') {
      return { ...heading, listServicesResponse: { service: this.#names().map((name) => ({ name })) } };
    }
    let error: ReflectionResponse['errorResponse'] = {
      errorCode: Status.NOT_FOUND,
      errorMessage: 'No worker has registered it',
    };
    for (const files of this.#filesFor(request.fileContainingSymbol)) {
      const answer = this.#answerer(files)(request);
      if (answer.errorResponse === undefined) return { ...answer, ...heading };
      error = answer.errorResponse;
    }
    return { ...heading, errorResponse: error };
  }

  #names(): string[] {
    return [...new Set([...this.#own.keys(), ...this.#served.names])].sort();
  }

  /** The files of all services. The files of the service that the symbol names or belongs to come first. */
  #filesFor(symbol: string | undefined): Files[] {
    const names = this.#names();
    const meant = names.filter((name) => symbol === name || symbol?.startsWith(`${name}.`));
    const all = [...meant, ...names].flatMap((name) => {
      const files = this.#own.get(name) ?? this.#served.fileDescriptors(name) ?? [];
      return files.length === 0 ? [] : [files];
    });
    return [...new Set(all)];
  }

  #answerer(files: Files): (request: ReflectionRequest) => ReflectionResponse {
    let answerer = this.#answerers.get(files);
    if (answerer === undefined) {
      answerer = answererOf(files);
      this.#answerers.set(files, answerer);
    }
    return answerer;
  }
}

/**
 * Answers requests about some files as @grpc/reflection does, but gives the files as they came. @grpc/reflection would serialize them again
 * and lose custom options.
 */
function answererOf(files: Files): (request: ReflectionRequest) => ReflectionResponse {
  const stream = new EventEmitter();
  const answers: ReflectionResponse[] = [];
  const write = (answer: ReflectionResponse): boolean => answers.push(answer) > 0;
  const originals = new Map(files.map((file) => [fileName(file), file]));
  try {
    const [[, handler] = []] = reflectionServices(files);
    handler?.(Object.assign(stream, { write, end: () => undefined }) as never);
  } catch {
    // The bytes are not valid files. So the service is listed, but cannot be described.
  }
  return (request) => {
    stream.emit('data', request);
    const answer = answers.pop();
    const found = answer?.fileDescriptorResponse?.fileDescriptorProto.flatMap(
      (file) => originals.get(fileName(file)) ?? [],
    );
    if (answer === undefined || found?.length === 0) return notFound(request);
    return found === undefined ? answer : { ...answer, fileDescriptorResponse: { fileDescriptorProto: found } };
  };
}

function notFound(request: ReflectionRequest): ReflectionResponse {
  const errorResponse = {
    errorCode: Status.NOT_FOUND,
    errorMessage: 'The workers of this service have registered no descriptors',
  };
  return { validHost: request.host, originalRequest: request, errorResponse };
}

/** `package.Service` */
function nameOf(definition: ServiceDefinition): string {
  const [method] = Object.values(definition);
  return method?.path.slice(1, method.path.lastIndexOf('/')) ?? '';
}

/** The services that @grpc/reflection would add to a server for these files: v1 first, then v1alpha. */
function reflectionServices(files: Files): [ServiceDefinition, StreamHandler][] {
  const services: [ServiceDefinition, StreamHandler][] = [];
  const addService = (definition: ServiceDefinition, handlers: UntypedServiceImplementation): void => {
    services.push([definition, handlers['ServerReflectionInfo'] as unknown as StreamHandler]);
  };
  new ReflectionService({ files: { fileDescriptorProtos: files } } as never).addToServer({ addService });
  return services;
}

/** `FileDescriptorProto.name`; empty if the bytes are not a `FileDescriptorProto`. */
function fileName(file: Uint8Array): string {
  try {
    for (const reader = protobuf.Reader.create(file); reader.pos < reader.len; ) {
      const tag = reader.uint32();
      if (tag === NAME_TAG) return reader.string();
      reader.skipType(tag & 7);
    }
  } catch {
    // Cut short.
  }
  return '';
}

const NAME_TAG = (1 << 3) | 2;
