// Made by `wherry gen` from bench.proto. Do not edit: change that, and make it again.
/* eslint-disable */
import * as rt from '@wherry/codegen/runtime';

/** `bench.proto`, described for reflection. */
export const protoFile: rt.ProtoFile = {
  name: 'bench.proto',
  descriptor: 'CgtiZW5jaC5wcm90bxIPd2hlcnJ5LmJlbmNoLnYxIjYKB1BheWxvYWQSEgoEYm9keRgBIAEoDFIEYm9keRIXCgd3YWl0X21zGAIgASgNUgZ3YWl0TXMygwEKBUJlbmNoEjoKBEVjaG8SGC53aGVycnkuYmVuY2gudjEuUGF5bG9hZBoYLndoZXJyeS5iZW5jaC52MS5QYXlsb2FkEj4KBENoYXQSGC53aGVycnkuYmVuY2gudjEuUGF5bG9hZBoYLndoZXJyeS5iZW5jaC52MS5QYXlsb2FkKAEwAWIGcHJvdG8z',
  dependencies: [],
};

export interface Payload {
  body: Uint8Array;
  /** How long the handler waits before it answers, in milliseconds. */
  waitMs: number;
}

/** The codec of `wherry.bench.v1.Payload`. */
export const Payload: rt.MessageType<Payload> = rt.messageType('wherry.bench.v1.Payload', createPayload, writePayload, readPayload);

function emptyPayload(): Payload {
  return {
    body: rt.noBytes,
    waitMs: 0,
  };
}

function createPayload(init: rt.Init<Payload> = {}): Payload {
  const m = emptyPayload();
  if (init.body !== undefined) m.body = init.body;
  if (init.waitMs !== undefined) m.waitMs = init.waitMs;
  return m;
}

function writePayload(m: rt.Init<Payload>, w: rt.Writer): rt.Writer {
  if (m.body !== undefined && m.body.length > 0) w.uint32(10).bytes(m.body);
  if (m.waitMs) w.uint32(16).uint32(m.waitMs);
  return w;
}

function readPayload(r: rt.Reader, end: number, m = emptyPayload()): Payload {
  while (r.pos < end) {
    const tag = r.uint32();
    switch (tag) {
      case 10:
        m.body = r.bytes();
        break;
      case 16:
        m.waitMs = r.uint32();
        break;
      default:
        r.skip(tag);
    }
  }
  if (r.pos !== end) r.ended(end);
  return m;
}

export const BenchService = {
  echo: rt.method({
    path: '/wherry.bench.v1.Bench/Echo',
    name: 'Echo',
    request: Payload,
    response: Payload,
    requestStream: false,
    responseStream: false,
    file: protoFile,
  }),
  chat: rt.method({
    path: '/wherry.bench.v1.Bench/Chat',
    name: 'Chat',
    request: Payload,
    response: Payload,
    requestStream: true,
    responseStream: true,
    file: protoFile,
  }),
};

/** Handlers of `wherry.bench.v1.Bench` as grpc-js's `addService` takes them, and Wherry's. */
export type BenchServer = {
  echo: rt.UnaryHandler<Payload, Payload>;
  chat: rt.BidiHandler<Payload, Payload>;
};

/** Handlers of `wherry.bench.v1.Bench` as async functions and generators: see {@link benchHandlers}. */
export interface BenchHandlers {
  echo(request: Payload, context: rt.CallContext): rt.Response<Payload>;
  chat(requests: AsyncIterable<Payload>, context: rt.CallContext): rt.Responses<Payload>;
}

/** Makes of async handlers those that `addService` takes beside {@link BenchService}. */
export function benchHandlers(handlers: BenchHandlers, options?: rt.HandlerOptions): BenchServer {
  return rt.asyncHandlers(BenchService, handlers, options);
}

/** A client of `wherry.bench.v1.Bench` over any grpc-js channel, or a server's address. */
export class BenchClient extends rt.ServiceClient {
  echo(request: rt.Init<Payload>, options?: rt.CallOptions): Promise<Payload> {
    return rt.callUnary(this.channel, BenchService.echo, request, options);
  }

  chat(requests: rt.Requests<Payload>, options?: rt.CallOptions): rt.ResponseStream<Payload> {
    return rt.callBidi(this.channel, BenchService.chat, requests, options);
  }
}
