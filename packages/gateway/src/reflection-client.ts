import { createRequire } from 'node:module';
import {
  Client,
  type ClientDuplexStream,
  credentials,
  type Deadline,
  Metadata,
  type MethodDefinition,
  type ServiceError,
  status as Status,
} from '@grpc/grpc-js';
import { loadSync, type MessageTypeDefinition, type ServiceDefinition } from '@grpc/proto-loader';
import type { Channel } from './calls.js';

/** A service as its server describes it. */
export interface ReflectedService {
  /** `package.Service`. */
  readonly name: string;
  /** The service's file and all files that it imports, each a serialized `google.protobuf.FileDescriptorProto`. */
  readonly fileDescriptors: readonly Uint8Array[];
}

export interface ReflectionQuery {
  /** The services to describe: their names, or a choice among those that the server lists. */
  readonly services: readonly string[] | ((name: string) => boolean);
  readonly deadline: Deadline;
}

interface Request {
  readonly listServices?: string;
  readonly fileContainingSymbol?: string;
  readonly fileByFilename?: string;
}

interface Response {
  readonly listServicesResponse?: { readonly service?: readonly { readonly name: string }[] };
  readonly fileDescriptorResponse?: { readonly fileDescriptorProto?: readonly Buffer[] };
}

type Method = MethodDefinition<Request, Response>;

/** The versions of the reflection service. The newer one is asked first, and many servers know only the older one. */
const versions = ['v1', 'v1alpha'] as const;

/**
 * Asks a server for its services and their descriptors, by gRPC's server reflection: `grpc.reflection.v1`, or `v1alpha` if the
 * server lacks that.
 *
 * @throws ServiceError with which the call ended: UNIMPLEMENTED if the server has no reflection.
 */
export async function reflect(channel: Channel, query: ReflectionQuery): Promise<ReflectedService[]> {
  for (const version of versions) {
    try {
      return await reflectBy(version, channel, query);
    } catch (error) {
      const last = version === versions.at(-1);
      if (last || (error as ServiceError).code !== Status.UNIMPLEMENTED) throw error;
    }
  }
  return [];
}

async function reflectBy(version: string, channel: Channel, query: ReflectionQuery): Promise<ReflectedService[]> {
  const { path, requestSerialize, responseDeserialize } = serverReflectionInfo(version);
  const client = new Client(channel.getTarget(), credentials.createInsecure(), { channelOverride: channel });
  const { deadline } = query;
  const call = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, new Metadata(), { deadline });
  try {
    const conversation = new Conversation(call);
    const services: ReflectedService[] = [];
    const wanted = query.services;
    const names = typeof wanted === 'function' ? (await conversation.serviceNames()).filter(wanted) : wanted;
    for (const name of names) {
      services.push({ name, fileDescriptors: await conversation.filesOf(name) });
    }
    return services;
  } finally {
    call.cancel();
  }
}

function serverReflectionInfo(version: string): Method {
  const file = createRequire(import.meta.url).resolve(
    `@grpc/reflection/build/proto/grpc/reflection/${version}/reflection.proto`,
  );
  const service = loadSync(file)[`grpc.reflection.${version}.ServerReflection`] as ServiceDefinition;
  return service['ServerReflectionInfo'] as Method;
}

/** One call to a reflection service: a question, its answer, the next question. */
class Conversation {
  readonly #call: ClientDuplexStream<Request, Response>;
  readonly #answers: AsyncIterator<Response>;
  readonly #parse = fileParser();
  /** The files by name, each with the names of the files that it imports. */
  readonly #files = new Map<string, { bytes: Uint8Array; imports: readonly string[] }>();

  constructor(call: ClientDuplexStream<Request, Response>) {
    this.#call = call;
    // The iterator throws errors. This listener handles an error that comes when nothing awaits an answer any more.
    call.on('error', () => undefined);
    this.#answers = call[Symbol.asyncIterator]() as AsyncIterator<Response>;
  }

  async serviceNames(): Promise<string[]> {
    const { listServicesResponse } = await this.#ask({ listServices: '*' });
    return (listServicesResponse?.service ?? []).map(({ name }) => name);
  }

  /**
   * The file of a service and all files that it needs, as far as the server gives them. Some servers answer with all of them each
   * time, some leave out those that they sent before, and some send one file and must be asked for each of its imports.
   */
  async filesOf(service: string): Promise<Uint8Array[]> {
    const found = new Map<string, Uint8Array>();
    const wanted = await this.#read({ fileContainingSymbol: service });
    for (const name of wanted) {
      if (!this.#files.has(name)) await this.#read({ fileByFilename: name });
      const file = this.#files.get(name);
      if (file === undefined || found.has(name)) continue;
      found.set(name, file.bytes);
      wanted.push(...file.imports);
    }
    return [...found.values()];
  }

  /** @returns the names of the files in the answer. */
  async #read(request: Request): Promise<string[]> {
    const { fileDescriptorResponse } = await this.#ask(request);
    return (fileDescriptorResponse?.fileDescriptorProto ?? []).map((bytes) => {
      const { name, dependency = [] } = this.#parse(bytes);
      this.#files.set(name, { bytes, imports: dependency });
      return name;
    });
  }

  async #ask(request: Request): Promise<Response> {
    this.#call.write(request);
    const { value, done } = await this.#answers.next();
    if (done) throw new Error('the reflection service ended the call without an answer');
    return value;
  }
}

function fileParser(): (bytes: Buffer) => { name: string; dependency?: readonly string[] } {
  const descriptors = loadSync('google/protobuf/descriptor.proto');
  const { deserialize } = descriptors['google.protobuf.FileDescriptorProto'] as MessageTypeDefinition<object, object>;
  return deserialize as (bytes: Buffer) => { name: string; dependency?: readonly string[] };
}
