import { fileURLToPath } from 'node:url';
import {
  type Client,
  type ClientDuplexStream,
  type ClientOptions,
  type ClientReadableStream,
  type ClientUnaryCall,
  type ClientWritableStream,
  credentials,
  loadPackageDefinition,
  type Metadata,
  type ServiceClientConstructor,
  type ServiceDefinition,
  type ServiceError,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

/** gRPC's interop services, as protos and as grpc-js knows them. */

export interface Payload {
  readonly type: number;
  readonly body: Buffer;
}

export interface EchoStatus {
  readonly code: number;
  readonly message: string;
}

export interface ResponseParameters {
  readonly size: number;
  readonly intervalUs: number;
}

export interface SimpleRequest {
  readonly responseType: number;
  readonly responseSize: number;
  readonly payload: Payload | null;
  readonly responseStatus: EchoStatus | null;
}

export interface StreamingInputCallRequest {
  readonly payload: Payload | null;
}

export interface StreamingOutputCallRequest {
  readonly responseType: number;
  readonly responseParameters: readonly ResponseParameters[];
  readonly payload: Payload | null;
  readonly responseStatus: EchoStatus | null;
}

/** A unary reply, and a streamed one: they differ in name alone. */
export interface PayloadReply {
  readonly payload: Payload | null;
}

export interface StreamingInputCallResponse {
  readonly aggregatedPayloadSize: number;
}

export type Empty = Record<string, never>;

/** What may be left out of a message that is sent. */
type Sent<T> = { readonly [K in keyof T]?: T[K] extends object | null ? Sent<T[K]> | Buffer | null : T[K] };
type Options = { readonly deadline: number };
type Callback<T> = (error: ServiceError | null, reply?: T) => void;
type Unary<Q, R> = (request: Sent<Q>, metadata: Metadata, options: Options, callback: Callback<R>) => ClientUnaryCall;

export interface TestServiceClient extends Client {
  readonly emptyCall: Unary<Empty, Empty>;
  readonly unaryCall: Unary<SimpleRequest, PayloadReply>;
  readonly unimplementedCall: Unary<Empty, Empty>;
  streamingOutputCall(
    request: Sent<StreamingOutputCallRequest>,
    metadata: Metadata,
    options: Options,
  ): ClientReadableStream<PayloadReply>;
  streamingInputCall(
    metadata: Metadata,
    options: Options,
    callback: Callback<StreamingInputCallResponse>,
  ): ClientWritableStream<Sent<StreamingInputCallRequest>>;
  fullDuplexCall(
    metadata: Metadata,
    options: Options,
  ): ClientDuplexStream<Sent<StreamingOutputCallRequest>, PayloadReply>;
}

export interface UnimplementedServiceClient extends Client {
  readonly unimplementedCall: Unary<Empty, Empty>;
}

export interface InteropServices {
  readonly testService: ServiceDefinition;
  readonly unimplementedService: ServiceDefinition;
  /** @param options `channelOverride` for a stub over Kafka; the address is then not used. */
  testClient(address: string, options?: ClientOptions): TestServiceClient;
  unimplementedClient(address: string, options?: ClientOptions): UnimplementedServiceClient;
}

export function loadInteropServices(): InteropServices {
  const root = fileURLToPath(new URL('../../proto/', import.meta.url));
  const loaded = loadPackageDefinition(
    loadSync('grpc/testing/test.proto', { includeDirs: [root], defaults: true, enums: Number }),
  );
  const { testing } = loaded['grpc'] as unknown as {
    testing: { TestService: ServiceClientConstructor; UnimplementedService: ServiceClientConstructor };
  };
  const { TestService, UnimplementedService } = testing;
  const insecure = credentials.createInsecure();
  return {
    testService: TestService.service,
    unimplementedService: UnimplementedService.service,
    testClient: (address, options = {}) => new TestService(address, insecure, options) as unknown as TestServiceClient,
    unimplementedClient: (address, options = {}) =>
      new UnimplementedService(address, insecure, options) as unknown as UnimplementedServiceClient,
  };
}
