// The stub that README.md takes for granted, `./stub/greeter.js`: by proto-loader, with the types that a generator would have written.

import {
  type CallOptions,
  type Client,
  type ClientReadableStream,
  type ClientUnaryCall,
  type handleServerStreamingCall,
  type handleUnaryCall,
  loadPackageDefinition,
  type ServiceClientConstructor,
  type ServiceError,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

interface HelloRequest {
  name: string;
}

interface HelloReply {
  message: string;
}

export interface GreeterServer extends UntypedServiceImplementation {
  sayHello: handleUnaryCall<HelloRequest, HelloReply>;
  greetForever: handleServerStreamingCall<HelloRequest, HelloReply>;
}

export interface GreeterClient extends Client {
  sayHello(
    request: HelloRequest,
    options: CallOptions,
    callback: (error: ServiceError | null, reply: HelloReply) => void,
  ): ClientUnaryCall;
  greetForever(request: HelloRequest, options?: CallOptions): ClientReadableStream<HelloReply>;
}

const loaded = loadPackageDefinition(loadSync('greeter.proto')) as unknown as {
  readonly helloworld: { readonly Greeter: ServiceClientConstructor };
};
const { Greeter } = loaded.helloworld;

export const GreeterService = Greeter.service;
export const GreeterClient = Greeter as unknown as new (...args: ConstructorParameters<typeof Client>) => GreeterClient;
