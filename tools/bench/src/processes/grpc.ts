import { credentials, Server, ServerCredentials } from '@grpc/grpc-js';
import type { ClientInstrumentation } from '@wherry/client';
import type { WorkerInstrumentation } from '@wherry/worker';
import type { BenchClient } from '../gen/bench.js';
import type { Call } from '../load/load.js';
import { BenchHandlers, benchClient, benchService, DEADLINE_MS } from './bench-service.js';
import type { BenchProcess, Setting } from './protocol.js';

// Wherry's processes and grpc-js's. Each imports the package that it runs, and no other.

export async function startWorker(
  { brokers, namespace, compression, worker: options }: Setting,
  instrumentation?: WorkerInstrumentation,
): Promise<BenchProcess> {
  const { createWorker } = await import('@wherry/worker');
  const worker = await createWorker({ brokers, namespace, compression, instrumentation, ...options });
  const handlers = new BenchHandlers();
  worker.addService(benchService, handlers.handlers);
  await worker.start();
  return { handlers, close: async () => void (await worker.drain()) };
}

export async function startChannelCaller(
  { brokers, namespace, compression }: Setting,
  instrumentation?: ClientInstrumentation,
): Promise<BenchProcess> {
  const { createChannel } = await import('@wherry/client');
  const channel = await createChannel({ brokers, namespace, compression, instrumentation });
  const { call, openStream } = benchClient('wherry', credentials.createInsecure(), { channelOverride: channel });
  return { call, openStream, close: () => channel.close() };
}

/** A client that `wherry gen` made: over a channel, or over HTTP/2 if there is an address. */
export async function startGeneratedCaller({
  brokers,
  namespace,
  compression,
  address,
}: Setting): Promise<BenchProcess> {
  const { BenchClient } = await import('../gen/bench.js');
  if (address !== undefined) {
    const client = new BenchClient(address);
    return { call: callOf(client), close: async () => client.close() };
  }
  const { createChannel } = await import('@wherry/client');
  const channel = await createChannel({ brokers, namespace, compression });
  return { call: callOf(new BenchClient(channel)), close: () => channel.close() };
}

function callOf(client: BenchClient): Call {
  return (body, waitMs, done) => {
    client.echo({ body, waitMs }, { timeoutMs: DEADLINE_MS + waitMs }).then(
      (reply) => done(null, Buffer.from(reply.body.buffer, reply.body.byteOffset, reply.body.length)),
      (error: Error) => done(error),
    );
  };
}

/** Opens its channel when it makes its one call, so that the call's time includes both. Modules are loaded by then. */
export async function startColdCaller(setting: Setting): Promise<BenchProcess> {
  await import('@wherry/client');
  let opening: Promise<BenchProcess> | undefined;
  const call: Call = (body, waitMs, done) => {
    opening ??= startChannelCaller(setting);
    opening.then(
      ({ call }) => call?.(body, waitMs, done),
      (error) => done(error),
    );
  };
  return { call, close: async () => (await opening)?.close() };
}

/** A channel that measures how long each opening waits until its record leaves. That costs time, so it is a separate system. */
export async function startWatchedCaller(setting: Setting): Promise<BenchProcess> {
  const { PackingWatch } = await import('./instrumentation.js');
  const packing = new PackingWatch();
  return { ...(await startChannelCaller(setting, packing)), packing };
}

export async function startGateway({ brokers, namespace, compression }: Setting): Promise<BenchProcess> {
  const { createGateway } = await import('@wherry/gateway');
  const gateway = await createGateway({ brokers, namespace, compression, listen: '127.0.0.1:0' });
  return { address: gateway.address, close: async () => void (await gateway.drain()) };
}

/** grpc-js's own server, over HTTP/2. */
export async function startServer(): Promise<BenchProcess> {
  const server = new Server();
  const handlers = new BenchHandlers();
  server.addService(benchService, handlers.handlers);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    );
  });
  const close = () => new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
  return { address: `127.0.0.1:${port}`, handlers, close };
}

/** An ordinary grpc-js client. It calls the server or the gateway, and does not know which. */
export async function startGrpcCaller({ address }: Setting): Promise<BenchProcess> {
  if (address === undefined) throw new Error('no process before it announced an address');
  const { client, call, openStream } = benchClient(address, credentials.createInsecure(), {});
  return { call, openStream, close: async () => client.close() };
}
