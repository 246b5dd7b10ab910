import { EventEmitter } from 'node:events';
import {
  type Server,
  type ServerDuplexStream,
  type ServiceDefinition,
  status as Status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import type { ServedServices } from '@wherry/client';
import { loadedDescriptors } from '@wherry/worker';
import protobuf from 'protobufjs/minimal.js';

type Files = readonly Uint8Array[];
type Stream = ServerDuplexStream<ReflectionRequest, ReflectionResponse>;
type Handler = (stream: Pick<Stream, 'on' | 'write' | 'end'>) => void;

/** grpc.reflection.v1's messages, as far as they are looked at here; those of v1alpha are the same. */
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
 * Server reflection (v1 and v1alpha) of what is served now. @grpc/reflection speaks the protocol for a set of files that never
 * changes; here each service has such a set of its own, which comes and goes with its workers. So two services
 * whose programs know different versions of a common file are each shown as they are.
 */
export class Reflection {
  readonly #served: ServedServices;
  /** The gateway's own services and their files. */
  readonly #own = new Map<string, Files>();
  readonly #answerers = new WeakMap<Files, (request: ReflectionRequest) => ReflectionResponse>();
  readonly #streams = new Set<Stream>();

  constructor(served: ServedServices) {
    this.#served = served;
  }

  /** Also shows a service that the gateway itself answers. */
  addOwn(definition: ServiceDefinition): void {
    const [method] = Object.values(definition);
    if (method === undefined) return;
    this.#own.set(method.path.slice(1, method.path.lastIndexOf('/')), loadedDescriptors(definition));
  }

  addToServer(server: Pick<Server, 'addService'>): void {
    for (const [definition] of reflectionServices([])) {
      this.addOwn(definition);
      server.addService(definition, { ServerReflectionInfo: (stream: Stream) => this.#serve(stream) });
    }
  }

  /** Ends the streams, which clients may keep open for as long as they like. */
  drain(): void {
    for (const stream of this.#streams) stream.end();
  }

  #serve(stream: Stream): void {
    this.#streams.add(stream);
    stream.on('data', (request: ReflectionRequest) => {
      if (stream.write(this.#answer(request))) return;
      stream.pause();
      stream.once('drain', () => stream.resume());
    });
    stream.on('end', () => stream.end());
    for (const over of ['finish', 'cancelled', 'close']) stream.on(over, () => this.#streams.delete(stream));
  }

  #answer(request: ReflectionRequest): ReflectionResponse {
    const heading = { validHost: request.host, originalRequest: request };
    if (request.messageRequest === 'listServices') {
      return { ...heading, listServicesResponse: { service: this.#names().map((name) => ({ name })) } };
    }
    let error: ReflectionResponse['errorResponse'] = {
      errorCode: Status.NOT_FOUND,
      errorMessage: 'No worker told of it',
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

  /** The files of all services; first those of the service that the symbol is, or is in. */
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

/** What @grpc/reflection answers about some files. It writes them anew, and loses custom options; here they are as they came. */
function answererOf(files: Files): (request: ReflectionRequest) => ReflectionResponse {
  const stream = new EventEmitter();
  const answers: ReflectionResponse[] = [];
  const write = (answer: ReflectionResponse): boolean => answers.push(answer) > 0;
  const originals = new Map(files.map((file) => [fileName(file), file]));
  try {
    const [[, handler] = []] = reflectionServices(files);
    handler?.(Object.assign(stream, { write, end: () => undefined }) as unknown as Stream);
  } catch {
    // Files that are none: the service is listed, and cannot be described.
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
    errorMessage: 'The workers of this service told no descriptors',
  };
  return { validHost: request.host, originalRequest: request, errorResponse };
}

/** The services that @grpc/reflection would add to a server for these files: v1 first, then v1alpha. */
function reflectionServices(files: Files): [ServiceDefinition, Handler][] {
  const services: [ServiceDefinition, Handler][] = [];
  const addService = (definition: ServiceDefinition, handlers: UntypedServiceImplementation): void => {
    services.push([definition, handlers['ServerReflectionInfo'] as unknown as Handler]);
  };
  new ReflectionService({ files: { fileDescriptorProtos: files } } as never).addToServer({ addService });
  return services;
}

/** `FileDescriptorProto.name`; empty where the file is none. */
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
