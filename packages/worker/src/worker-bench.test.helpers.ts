import {
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServiceDefinition,
  status as Status,
  type sendUnaryData,
} from '@grpc/grpc-js';
import { requestTopic } from '@wherry/endpoint';
import type { Log } from '@wherry/kafka';
import { MemoryBroker } from '@wherry/kafka/memory';
import type { Frame, Opening } from '@wherry/wire';
import type { ExecutionContext } from 'ava';
import { Arrivals, PlayedCaller } from './played-caller.test.helpers.js';
import { openWorker, type Worker } from './worker.js';
import type { WorkerOptions } from './worker-options.js';

export const service = 'test.Echo';
export const requests = requestTopic('wherry', service);
export const say = `/${service}/Say`;
export const chat = `/${service}/Chat`;

export const text = {
  requestSerialize: (value: string) => Buffer.from(value),
  requestDeserialize: (bytes: Buffer) => {
    if (bytes.toString() === 'unreadable') throw new Error('no text');
    return bytes.toString();
  },
  responseSerialize: (value: string) => {
    if (value === 'unwritable') throw new Error('no bytes');
    return Buffer.from(value);
  },
  responseDeserialize: (bytes: Buffer) => bytes.toString(),
};
export const definition: ServiceDefinition = {
  Say: { path: say, requestStream: false, responseStream: false, ...text },
  Chat: { path: chat, requestStream: true, responseStream: true, ...text },
  Missing: { path: `/${service}/Missing`, requestStream: false, responseStream: false, ...text },
};

/** A unary call that waits for the test to answer it. */
export interface Asked {
  readonly request: string;
  readonly call: ServerUnaryCall<string, string>;
  readonly answer: sendUnaryData<string>;
  /** The worker whose handler has the call. */
  readonly at: string;
}

export type Chat = ServerDuplexStream<string, string>;

/** Handlers that leave every answer to the test. */
export class Handlers {
  readonly asked = new Arrivals<Asked>();
  readonly chats = new Arrivals<Chat>();

  of(at: string) {
    return {
      Say: (call: ServerUnaryCall<string, string>, answer: sendUnaryData<string>): unknown => {
        const { request } = call;
        if (request === 'throw') throw new Error('the handler failed');
        if (request === 'reject') return Promise.reject(new Error('the handler failed later'));
        this.asked.add({ request, call, answer, at });
        return undefined;
      },
      Chat: (call: Chat) => this.chats.add(call),
    };
  }
}

export interface Bench {
  readonly broker: MemoryBroker;
  readonly handlers: Handlers;
  readonly caller: PlayedCaller;
}

export interface OpenWorker {
  readonly worker: Worker;
  readonly log: Log;
  readonly lines: string[];
}

/** A broker with a request topic, and a caller that the test plays. */
export async function makeBench(t: ExecutionContext, partitions = 1): Promise<Bench> {
  const broker = new MemoryBroker();
  const caller = await PlayedCaller.open(t, broker);
  await caller.makeTopic(requests, partitions);
  return { broker, caller, handlers: new Handlers() };
}

/** A worker, closed with the test. */
export async function openOn(
  t: ExecutionContext,
  { broker, handlers }: Bench,
  { name = 'worker', ...options }: Partial<WorkerOptions> & { name?: string } = {},
): Promise<OpenWorker> {
  const lines: string[] = [];
  const say = (...line: unknown[]): void => void lines.push(String(line.at(-1)));
  const opened: { log?: Log } = {};
  const all = {
    brokers: 'memory',
    discovery: false,
    commitIntervalMs: 1,
    logger: { warn: say, error: say },
    ...options,
  };
  const worker = await openWorker(all, (logOptions) => {
    opened.log = broker.open(logOptions);
    return Promise.resolve(opened.log);
  });
  t.teardown(() => {
    broker.reconnect();
    return worker.close();
  });
  worker.addService(definition, handlers.of(name));
  await worker.start();
  return { worker, log: opened.log as Log, lines };
}

export async function open(
  t: ExecutionContext,
  { partitions, ...options }: Partial<WorkerOptions> = {},
): Promise<Bench & OpenWorker> {
  const bench = await makeBench(t, partitions);
  return { ...bench, ...(await openOn(t, bench, options)) };
}

export function idOf(name: string): string {
  return name.padEnd(16, '.').slice(0, 16);
}

export interface Request extends Partial<Frame> {
  readonly method?: string;
  readonly opening?: Partial<Opening>;
}

/** The frame of a unary request. The call's name is also the request's text. */
export function request(name: string, { method = say, opening, ...more }: Request = {}): Frame {
  const open = { method, metadata: [], ...opening };
  return { callId: idOf(name), sequence: 0, open, message: Buffer.from(name), halfClose: true, ...more };
}

export function ask({ caller }: Bench, name: string, more: Request = {}, partition = 0): void {
  caller.write({ topic: requests, partition }, [request(name, more)]);
}

/** A stream whose handler has begun, and whose acceptance has come. */
export async function startChat(bench: Bench, more: Partial<Frame> = {}): Promise<Chat> {
  ask(bench, 'chat', { method: chat, message: undefined, halfClose: undefined, ...more });
  const stream = await bench.handlers.chats.next();
  const { frame } = await bench.caller.next();
  if (!frame.accept) throw new Error('the call was not accepted');
  return stream;
}

/** The parts that a frame has, and the name of its call. */
export function parts({ callId, ...frame }: Frame): Record<string, unknown> {
  const has = Object.entries(frame).filter(([, value]) => value !== undefined && value !== false);
  return { of: callId.replace(/\.+$/, ''), ...Object.fromEntries(has) };
}

/** How a call ends, as its last frame says. */
export function endOf({ status }: Frame): string {
  return status === undefined ? 'no end' : `${Status[status.code]} ${status.message}`.trim();
}

export function committed({ broker }: Bench, partition = 0): number | undefined {
  return broker.committed(requests, requests, partition);
}

export function timers(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
}
