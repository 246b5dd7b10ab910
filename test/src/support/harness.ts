import { type ClientOptions, credentials } from '@grpc/grpc-js';
import { type ChannelOptions, createChannel, type WherryChannel } from '@wherry/client';
import type { EndpointOptions } from '@wherry/endpoint';
import {
  createEgress,
  createGateway,
  type Egress,
  type EgressOptions,
  type Gateway,
  type GatewayOptions,
} from '@wherry/gateway';
import { type Log, openLog } from '@wherry/kafka';
import { createWorker, type Worker, type WorkerOptions } from '@wherry/worker';
import type { ExecutionContext } from 'ava';
import { EchoClient, type EchoServer, EchoService } from '../gen/echo.js';
import { newNamespace } from './brokers.js';
import { echo } from './echo.js';

/** Makes channels, workers and what else a test needs, and closes each of them at its end. */
export class Harness {
  readonly namespace = newNamespace();
  /** What endpoints of this test logged. */
  readonly logged: string[] = [];

  constructor(
    readonly t: ExecutionContext,
    readonly brokers: string,
  ) {}

  get options(): EndpointOptions {
    const log = (...line: unknown[]): void => {
      this.logged.push(String(line.at(-1)));
    };
    return { brokers: this.brokers, namespace: this.namespace, logger: { warn: log, error: log } };
  }

  async channel(options: Partial<ChannelOptions> = {}): Promise<WherryChannel> {
    const channel = await createChannel({ ...this.options, ...options });
    this.t.teardown(() => channel.close());
    return channel;
  }

  /** A worker that was started, with the echo service. */
  async worker(handlers: EchoServer = echo, options: Partial<WorkerOptions> = {}): Promise<Worker> {
    const worker = await createWorker({ ...this.options, ...options });
    this.t.teardown(() => worker.close());
    worker.addService(EchoService, handlers);
    await worker.start();
    return worker;
  }

  async client(options: Partial<ChannelOptions> = {}): Promise<EchoClient> {
    return clientOf(await this.channel(options));
  }

  async gateway(options: Partial<GatewayOptions> = {}): Promise<Gateway> {
    const gateway = await createGateway({ ...this.options, listen: '127.0.0.1:0', ...options });
    this.t.teardown(() => gateway.close());
    return gateway;
  }

  /** Kafka in front of a gRPC server, which has the echo service unless `options` say more. */
  async egress(target: string, options: Partial<EgressOptions> = {}): Promise<Egress> {
    const egress = await createEgress({ ...this.options, target, services: ['wherry.test.v1.Echo'], ...options });
    this.t.teardown(() => egress.close());
    return egress;
  }

  /** A stock client of a gRPC server, be it a gateway. */
  clientTo(address: string, options: ClientOptions = {}): EchoClient {
    const client = new EchoClient(address, credentials.createInsecure(), options);
    this.t.teardown(() => client.close());
    return client;
  }

  /** The log itself, to look at topics or to write what no endpoint would. */
  async log(): Promise<Log> {
    const log = await openLog({
      brokers: this.brokers,
      acknowledgements: true,
      onUndelivered: (record, error) => this.t.log(`undelivered to ${record.topic}: ${error.message}`),
      onTrouble: () => undefined,
    });
    this.t.teardown(() => log.close());
    return log;
  }
}

/** The stub goes over the channel; the address is not used. */
export function clientOf(channel: WherryChannel): EchoClient {
  return new EchoClient('wherry', credentials.createInsecure(), { channelOverride: channel });
}

/** Waits until a worker has its partitions: it answers, if only that it lacks the method. */
export function workerReady(client: EchoClient): Promise<void> {
  const bytes = (buffer: Buffer): Buffer => buffer;
  return new Promise((resolve) => {
    client.makeUnaryRequest('/wherry.test.v1.Echo/AreYouThere', bytes, bytes, Buffer.alloc(0), () => resolve());
  });
}

/** A promise and what settles it: for waiting until something has happened elsewhere. */
export function signal<T = void>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
