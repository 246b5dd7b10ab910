import { fileURLToPath } from 'node:url';
import {
  type ChannelCredentials,
  type Client,
  type ClientOptions,
  type handleUnaryCall,
  makeClientConstructor,
  type requestCallback,
  type ServiceDefinition,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type { Call } from './closed-loop.js';

interface Payload {
  readonly body: Buffer;
}

type BenchClient = Client & {
  echo(request: Payload, options: { deadline: number }, callback: requestCallback<Payload>): void;
};

const protoFile = fileURLToPath(new URL('../../proto/bench.proto', import.meta.url));

/** As any user of proto-loader has it. */
export const benchService = loadSync(protoFile)['wherry.bench.v1.Bench'] as ServiceDefinition;

/** Answers at once. */
export const benchHandlers: { echo: handleUnaryCall<Payload, Payload> } = {
  echo: (call, callback) => callback(null, call.request),
};

/** Every call has a deadline, as a call that matters does. It is far enough to be no one's concern here. */
const DEADLINE_MS = 10_000;

/** A stub, and how it calls. */
export function benchClient(
  address: string,
  credentials: ChannelCredentials,
  options: ClientOptions,
): { client: Client; call: Call } {
  const Stub = makeClientConstructor(benchService, 'Bench');
  const client = new Stub(address, credentials, options) as unknown as BenchClient;
  const call: Call = (body, done) =>
    client.echo({ body }, { deadline: Date.now() + DEADLINE_MS }, (error, reply) => done(error, reply?.body));
  return { client, call };
}
