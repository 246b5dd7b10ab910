import { EventEmitter } from 'node:events';
import { fileURLToPath } from 'node:url';
import {
  Metadata,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceDefinition,
  status as Status,
  type sendUnaryData,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { type EmbeddedBroker, startEmbeddedBroker } from '@wherry/kafka';
import { createWorker, type Worker } from '@wherry/worker';
import type { TestFn } from 'ava';
import protobuf from 'protobufjs';
import { realKafka } from './brokers.js';

/** The service of test/proto/echo.proto. */
export const echo = 'wherry.test.v1.Echo';
export const echoProto = fileURLToPath(new URL('../../proto/echo.proto', import.meta.url));

export interface Message {
  readonly text?: string;
  readonly number?: number;
}

export type KeptCall = [call: ServerUnaryCall<Message, Message>, callback: sendUnaryData<Message>];

/** The service of google/rpc/status.proto, as much of it as is used here. */
const { root: rpc } = protobuf.parse(`
  syntax = "proto3"; package google.rpc;
  message Any { string type_url = 1; bytes value = 2; }
  message Status { int32 code = 1; string message = 2; repeated Any details = 3; }
  message ErrorInfo { string reason = 1; string domain = 2; }`);

/** Emits how many messages a call to Expand of the text `large` has written, whenever it has to wait to write more. */
export const stalled = new EventEmitter();

/** Emits a call to Unary whose text begins with `keep` under that text: it waits for its test to answer it. */
export const kept = new EventEmitter();

/** The echo service as the tests of commands want it. */
export const handlers = {
  Unary(call: ServerUnaryCall<Message, Message>, callback: sendUnaryData<Message>): void {
    const { text = '' } = call.request;
    const trailers = new Metadata();
    trailers.add('trailing', 'yes');
    if (text.startsWith('keep')) kept.emit(text, call, callback);
    else if (text === 'details')
      callback({ code: Status.FAILED_PRECONDITION, details: 'no', metadata: statusDetails() });
    else if (text.startsWith('fail ')) callback({ code: Number(text.slice(5)), details: 'as was\nasked for' });
    else if (text === 'metadata') callback(null, { text: JSON.stringify(call.metadata.toJSON()) });
    else callback(null, call.request, trailers);
  },
  Collect(call: ServerReadableStream<Message, Message>, callback: sendUnaryData<Message>): void {
    let sum = 0;
    call.on('data', ({ number = 0 }: Message) => {
      sum += number;
    });
    call.on('end', () => callback(null, { number: sum }));
  },
  Expand(call: ServerWritableStream<Message, Message>): void {
    if (call.request.text === 'large') {
      writeLarge(call, 0);
      return;
    }
    for (let number = 1; number <= (call.request.number ?? 0); number++) call.write({ number });
    call.end();
  },
  Chat(call: ServerDuplexStream<Message, Message>): void {
    call.on('data', (message: Message) => (message.text === 'end' ? call.end() : call.write(message)));
    call.on('end', () => call.end());
  },
};

/** Writes messages of 100 KB, no faster than they are taken. */
function writeLarge(call: ServerWritableStream<Message, Message>, written: number): void {
  const payload = Buffer.alloc(100_000, 1);
  for (let number = written + 1; number <= (call.request.number ?? 0); number++) {
    if (call.cancelled) return;
    if (call.write({ number, payload } as Message)) continue;
    stalled.emit('stalled', number);
    call.once('drain', () => writeLarge(call, number));
    return;
  }
  call.end();
}

/** Trailers with the details of a status: one that is known everywhere, and one that is known nowhere. */
function statusDetails(): Metadata {
  const encode = (name: string, message: object): Uint8Array => rpc.lookupType(name).encode(message).finish();
  const info = encode('google.rpc.ErrorInfo', { reason: 'STOCKOUT', domain: 'shop.example' });
  const details = [
    { typeUrl: 'type.googleapis.com/google.rpc.ErrorInfo', value: info },
    { typeUrl: 'type.googleapis.com/nobody.Knows', value: Buffer.from('//79', 'base64') },
  ];
  const metadata = new Metadata();
  const status = encode('google.rpc.Status', { code: Status.FAILED_PRECONDITION, message: 'no', details });
  metadata.set('grpc-status-details-bin', Buffer.from(status));
  return metadata;
}

/** A broker, and a worker of it there, before the tests of a file. They end after them, the worker first. */
export function useKeptEcho(test: TestFn, namespace: string): () => string {
  let broker: EmbeddedBroker | undefined;
  let brokers = '';
  let worker: Worker | undefined;
  test.before('a broker and a worker', async () => {
    if (realKafka === undefined) broker = await startEmbeddedBroker();
    brokers = realKafka ?? broker?.bootstrapServers ?? '';
    worker = await createWorker({ brokers, namespace });
    worker.addService(loadSync(echoProto, { keepCase: true })[echo] as ServiceDefinition, handlers);
    await worker.start();
  });
  test.after.always('they end', async () => {
    await worker?.close();
    await broker?.close();
  });
  return () => brokers;
}

/** Arguments of `wherry` for a call to a method of it. */
export function callArguments(method: string, ...more: string[]): string[] {
  return ['call', `${echo}/${method}`, '--deadline', '30s', ...more];
}
