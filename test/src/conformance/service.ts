import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ServiceDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import protobuf from 'protobufjs';

/** connectrpc's conformance service, as its protos have it. Fields are those that the handlers use. */

/** Its field has this name because protobufjs brings the type itself. */
export interface Any {
  readonly type_url: string;
  readonly value: Buffer;
}

export interface Header {
  readonly name: string;
  readonly value: readonly string[];
}

export interface ErrorDefinition {
  readonly code: number;
  readonly message?: string;
  readonly details: readonly Any[];
}

/** What every definition of a response has. */
export interface ResponseDefinition {
  readonly responseHeaders: readonly Header[];
  readonly responseTrailers: readonly Header[];
  readonly responseDelayMs: number;
  readonly error?: ErrorDefinition | null;
}

export interface UnaryResponseDefinition extends ResponseDefinition {
  readonly responseData?: Buffer;
}

export interface StreamResponseDefinition extends ResponseDefinition {
  readonly responseData: readonly Buffer[];
}

export interface UnaryRequest {
  readonly responseDefinition: UnaryResponseDefinition | null;
}

export interface ServerStreamRequest {
  readonly responseDefinition: StreamResponseDefinition | null;
}

export interface BidiStreamRequest extends ServerStreamRequest {
  readonly fullDuplex: boolean;
}

export interface RequestInfo {
  readonly requestHeaders?: readonly Header[];
  readonly timeoutMs?: number;
  readonly requests: readonly Any[];
}

/** The reply to any method. */
export interface Response {
  readonly payload: { readonly data?: Buffer; readonly requestInfo?: RequestInfo };
}

export interface ServerCompatRequest {
  readonly useTls: boolean;
  readonly clientTlsCert: Buffer;
  readonly messageReceiveLimit: number;
  readonly serverCreds: { readonly cert: Buffer; readonly key: Buffer } | null;
}

export interface ServerCompatResponse {
  readonly host: string;
  readonly port: number;
  readonly pemCert?: Buffer;
}

const folder = fileURLToPath(new URL('../../proto/', import.meta.url));
const packageName = 'connectrpc.conformance.v1';
const serviceProto = 'connectrpc/conformance/v1/service.proto';
/** So that what is not in a message is empty, or null, or absent if it is optional. */
const conversion = { defaults: true, longs: Number };

/** The service for grpc-js, and the messages that are not its requests and replies. */
export class ConformanceProtos {
  readonly service: ServiceDefinition;
  readonly #root = new protobuf.Root();

  constructor() {
    const loaded = loadSync(serviceProto, { includeDirs: [folder], ...conversion });
    this.service = loaded[`${packageName}.ConformanceService`] as ServiceDefinition;
    this.#root.resolvePath = (_origin, target) => join(folder, target);
    this.#root.loadSync([serviceProto, 'connectrpc/conformance/v1/server_compat.proto', 'google/rpc/status.proto']);
  }

  readRequest(bytes: Buffer): ServerCompatRequest {
    const type = this.#root.lookupType(`${packageName}.ServerCompatRequest`);
    return type.toObject(type.decode(bytes), conversion) as ServerCompatRequest;
  }

  writeResponse(response: ServerCompatResponse): Buffer {
    return this.#encode(`${packageName}.ServerCompatResponse`, response);
  }

  /** @param name of the message, without its package. */
  any(name: string, message: object): Any {
    const fullName = `${packageName}.${name}`;
    return { type_url: `type.googleapis.com/${fullName}`, value: this.#encode(fullName, message) };
  }

  /** The value of `grpc-status-details-bin`. */
  statusDetails({ code, message = '', details }: ErrorDefinition): Buffer {
    return this.#encode('google.rpc.Status', { code, message, details });
  }

  #encode(name: string, message: object): Buffer {
    const type = this.#root.lookupType(name);
    return Buffer.from(type.encode(type.fromObject(message)).finish());
  }
}
