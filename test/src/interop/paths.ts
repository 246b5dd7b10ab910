import { type ClientOptions, Server, ServerCredentials, type ServiceDefinition } from '@grpc/grpc-js';
import { createChannel } from '@wherry/client';
import { createEgress, createGateway } from '@wherry/gateway';
import { createWorker } from '@wherry/worker';
import { newNamespace, realKafka } from '../support/brokers.js';
import type { InteropTarget } from './cases.js';
import { InteropServer } from './handlers.js';
import { type InteropServices, loadInteropServices } from './service.js';

/** A way from a client to the interop service, open. */
export interface OpenPath {
  readonly target: InteropTarget;
  /** Where any gRPC client may call; undefined where calls come over a channel alone. */
  readonly address: string | undefined;
  close(): Promise<void>;
}

/** The service at the far end: `close` ends it. */
export interface ServerAtEnd {
  readonly address: string;
  readonly nextCancel: InteropTarget['nextCancel'];
  close(): Promise<void>;
}

/** The embedded broker keeps 5 MB of a partition, read or not, and all replies come to one: so many fit. */
const MAX_LARGE_CALLS = realKafka === undefined ? 15 : Number.POSITIVE_INFINITY;

type Kafka = { readonly brokers: string; readonly namespace: string };

/** (a): stub, channel, worker. */
export async function channelToWorker(brokers: string): Promise<OpenPath> {
  return opened(async (opening) => {
    const services = loadInteropServices();
    const kafka = { brokers, namespace: newNamespace() };
    // To a channel, a service that no worker names is UNAVAILABLE. Without a handler, it is as at a server that does not have it.
    const withoutHandlers = [services.unimplementedService];
    const nextCancel = await startWorker(opening, services, kafka, withoutHandlers);
    const channel = await opening.add(createChannel(kafka));
    const stubs = stubsTo(services, 'wherry', nextCancel, { channelOverride: channel });
    const open = async () => {
      const own = await createChannel(kafka);
      return { test: services.testClient('wherry', { channelOverride: own }), close: () => own.close() };
    };
    return { target: { ...stubs, open }, address: undefined };
  });
}

/** (b): gRPC client, gateway, worker. */
export async function gatewayToWorker(brokers: string): Promise<OpenPath> {
  return opened(async (opening) => {
    const services = loadInteropServices();
    const kafka = { brokers, namespace: newNamespace() };
    const nextCancel = await startWorker(opening, services, kafka);
    return throughGateway(opening, services, kafka, nextCancel);
  });
}

/** (c): gRPC client, gateway, egress, gRPC server. */
export async function gatewayToServer(brokers: string, startServer: () => Promise<ServerAtEnd>): Promise<OpenPath> {
  return opened(async (opening) => {
    const services = loadInteropServices();
    const kafka = { brokers, namespace: newNamespace() };
    const { address, nextCancel } = await opening.add(startServer());
    await opening.add(createEgress({ ...kafka, target: address, services: ['grpc.testing.TestService'] }));
    return throughGateway(opening, services, kafka, nextCancel);
  });
}

/** A gRPC client and a server, without Kafka between them: the cases themselves are tried on it. */
export async function direct(startServer: () => Promise<ServerAtEnd>): Promise<OpenPath> {
  return opened(async (opening) => {
    const { address, nextCancel } = await opening.add(startServer());
    return clientOf(opening, loadInteropServices(), address, nextCancel);
  });
}

/** A grpc-js server with the handlers that the worker has, or with others. */
export async function startGrpcJsServer(handlers?: InteropServer['handlers']): Promise<ServerAtEnd> {
  const interop = new InteropServer();
  const server = new Server();
  const services = loadInteropServices();
  server.addService(services.testService, handlers ?? interop.handlers);
  if (handlers?.['unimplementedCall'] !== undefined) server.addService(services.unimplementedService, handlers);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return {
    address: `127.0.0.1:${port}`,
    nextCancel: () => interop.nextCancel(),
    close: async () => server.forceShutdown(),
  };
}

async function startWorker(
  opening: Opening,
  services: InteropServices,
  kafka: Kafka,
  withoutHandlers: readonly ServiceDefinition[] = [],
): Promise<InteropTarget['nextCancel']> {
  const server = new InteropServer();
  const worker = await opening.add(createWorker(kafka));
  worker.addService(services.testService, server.handlers);
  for (const service of withoutHandlers) worker.addService(service, {});
  await worker.start();
  return () => server.nextCancel();
}

async function throughGateway(
  opening: Opening,
  services: InteropServices,
  kafka: Kafka,
  nextCancel: InteropTarget['nextCancel'],
): Promise<Omit<OpenPath, 'close'>> {
  const gateway = await opening.add(createGateway({ ...kafka, listen: '127.0.0.1:0' }));
  return clientOf(opening, services, gateway.address, nextCancel);
}

async function clientOf(
  opening: Opening,
  services: InteropServices,
  address: string,
  nextCancel: InteropTarget['nextCancel'],
): Promise<Omit<OpenPath, 'close'>> {
  const stubs = stubsTo(services, address, nextCancel);
  await opening.add({
    close: async () => {
      stubs.test.close();
      stubs.unimplemented.close();
    },
  });
  // A pool of its own, or grpc-js would share the connection.
  const open = async () => {
    const test = services.testClient(address, { 'grpc.use_local_subchannel_pool': 1 });
    return { test, close: async () => test.close() };
  };
  return { target: { ...stubs, open }, address };
}

function stubsTo(
  services: InteropServices,
  address: string,
  nextCancel: InteropTarget['nextCancel'],
  options: ClientOptions = {},
): Omit<InteropTarget, 'open'> {
  return {
    maxLargeCalls: MAX_LARGE_CALLS,
    test: services.testClient(address, options),
    unimplemented: services.unimplementedClient(address, options),
    nextCancel,
  };
}

/** What was opened so far. */
class Opening {
  readonly #closers: (() => Promise<void>)[] = [];

  async add<T extends { close(): Promise<void> }>(opening: T | Promise<T>): Promise<T> {
    const resource = await opening;
    this.#closers.push(() => resource.close());
    return resource;
  }

  /** The last first. */
  async close(): Promise<void> {
    for (const close of this.#closers.splice(0).reverse()) await close();
  }
}

/** Closes what was opened when the path is closed, and at once where opening it fails. */
async function opened(open: (opening: Opening) => Promise<Omit<OpenPath, 'close'>>): Promise<OpenPath> {
  const opening = new Opening();
  try {
    return { ...(await open(opening)), close: () => opening.close() };
  } catch (error) {
    await opening.close();
    throw error;
  }
}
