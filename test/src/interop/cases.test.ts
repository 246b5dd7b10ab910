import {
  Metadata,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  status as Status,
  type sendUnaryData,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { type InteropCaseName, interopCases } from '@wherry/tools/interop';
import test from 'ava';
import { InteropServer, initialKey, trailingKey } from './handlers.js';
import { direct, startGrpcJsServer } from './paths.js';
import type { PayloadReply, SimpleRequest, StreamingOutputCallRequest } from './service.js';
import { suite } from './suite.js';

// The cases and the service themselves, without Wherry: a stock client and a stock server. Every case passes there, and
// every case fails where the server does wrong what the case is about.

for (const name of interopCases) {
  test(`${name} passes between a stock client and a stock server`, async (t) => {
    t.timeout(60_000);
    const path = await direct(() => startGrpcJsServer());
    t.teardown(() => path.close());
    await t.notThrowsAsync(suite[name](path.target));
  });
}

type UnaryCall = ServerUnaryCall<SimpleRequest, PayloadReply>;
type Answer = sendUnaryData<PayloadReply>;
type OutputCall = ServerWritableStream<StreamingOutputCallRequest, PayloadReply>;
type Duplex = ServerDuplexStream<StreamingOutputCallRequest, PayloadReply>;

const reply = (size: number, byte = 0): PayloadReply => ({ payload: { type: 0, body: Buffer.alloc(size, byte) } });

/** Answers the requests as they come, each reply by `make`, and then as `end` does. */
function duplex(make: (size: number) => PayloadReply[], end: (call: Duplex) => void = (call) => call.end()) {
  return (call: Duplex): void => {
    call.on('data', ({ responseParameters }: StreamingOutputCallRequest) => {
      for (const { size } of responseParameters) for (const message of make(size)) call.write(message);
    });
    call.on('end', () => end(call));
  };
}

function echo(call: UnaryCall, callback: Answer, keys: { initial: string; trailing: string }): void {
  const [initial, trailing] = [call.metadata.get(initialKey)[0], call.metadata.get(trailingKey)[0]];
  const [headers, trailers] = [new Metadata(), new Metadata()];
  if (initial !== undefined) headers.set(keys.initial, initial);
  if (trailing !== undefined) trailers.set(keys.trailing, trailing);
  call.sendMetadata(headers);
  callback(null, reply(call.request.responseSize), trailers);
}

/** What a server may do wrong, and the cases that must see it. */
const flaws: { flaw: string; seenBy: InteropCaseName[]; handlers: UntypedServiceImplementation }[] = [
  {
    flaw: 'answers no call',
    seenBy: [...interopCases],
    handlers: {
      emptyCall: (_call: unknown, callback: Answer) => callback({ code: Status.INTERNAL }),
      unaryCall: (_call: unknown, callback: Answer) => callback({ code: Status.INTERNAL }),
      streamingInputCall: (_call: unknown, callback: Answer) => callback({ code: Status.INTERNAL }),
      streamingOutputCall: (call: OutputCall) => call.emit('error', { code: Status.INTERNAL }),
      fullDuplexCall: (call: Duplex) => call.emit('error', { code: Status.INTERNAL }),
      unimplementedCall: (_call: unknown, callback: Answer) => callback({ code: Status.INTERNAL }),
    },
  },
  {
    flaw: 'sends other bytes than zeros',
    seenBy: ['large_unary', 'rpc_soak', 'channel_soak', 'concurrent_large_unary', 'ping_pong'],
    handlers: {
      unaryCall: ({ request }: UnaryCall, callback: Answer) => callback(null, reply(request.responseSize, 1)),
      fullDuplexCall: duplex((size) => [reply(size, 1)]),
    },
  },
  {
    flaw: 'sends a byte less',
    seenBy: ['large_unary', 'ping_pong', 'cancel_after_first_response', 'server_streaming', 'client_streaming'],
    handlers: {
      unaryCall: ({ request }: UnaryCall, callback: Answer) => callback(null, reply(request.responseSize - 1)),
      fullDuplexCall: duplex((size) => [reply(size - 1)]),
      streamingOutputCall: (call: OutputCall) => {
        for (const { size } of call.request.responseParameters) call.write(reply(size - 1));
        call.end();
      },
      streamingInputCall: (call: ServerReadableStream<object, object>, callback: sendUnaryData<object>) => {
        call.on('data', () => undefined);
        call.on('end', () => callback(null, { aggregatedPayloadSize: 74_921 }));
      },
    },
  },
  {
    flaw: 'sends a reply too many',
    seenBy: ['ping_pong', 'empty_stream', 'server_streaming', 'status_code_and_message'],
    handlers: {
      fullDuplexCall: duplex(
        (size) => [reply(size)],
        (call) => {
          call.write(reply(1));
          call.end();
        },
      ),
      streamingOutputCall: (call: OutputCall) => {
        for (const { size } of call.request.responseParameters) call.write(reply(size));
        call.write(reply(1));
        call.end();
      },
    },
  },
  {
    flaw: 'answers everything twice',
    seenBy: ['ping_pong'],
    handlers: { fullDuplexCall: duplex((size) => [reply(size), reply(size)]) },
  },
  {
    flaw: 'sends back no initial metadata',
    seenBy: ['custom_metadata'],
    handlers: {
      unaryCall: (call: UnaryCall, callback: Answer) => echo(call, callback, { initial: 'x', trailing: trailingKey }),
    },
  },
  {
    flaw: 'sends back no trailing metadata',
    seenBy: ['custom_metadata'],
    handlers: {
      unaryCall: (call: UnaryCall, callback: Answer) =>
        echo(call, callback, { initial: initialKey, trailing: 'x-bin' }),
    },
  },
  {
    flaw: 'has another code',
    seenBy: ['status_code_and_message', 'special_status_message'],
    handlers: {
      unaryCall: ({ request }: UnaryCall, callback: Answer) =>
        callback({ code: Status.ABORTED, details: request.responseStatus?.message ?? '' }),
    },
  },
  {
    flaw: 'trims messages',
    seenBy: ['special_status_message'],
    handlers: {
      unaryCall: ({ request }: UnaryCall, callback: Answer) =>
        callback({ code: Status.UNKNOWN, details: request.responseStatus?.message.trim() ?? '' }),
    },
  },
  {
    flaw: 'implements what is not to be',
    seenBy: ['unimplemented_method', 'unimplemented_service'],
    handlers: { unimplementedCall: (_call: unknown, callback: sendUnaryData<object>) => callback(null, {}) },
  },
];

for (const { flaw, seenBy, handlers } of flaws) {
  for (const name of seenBy) {
    test(`${name} fails on a server that ${flaw}`, async (t) => {
      t.timeout(60_000);
      const path = await direct(() => startGrpcJsServer({ ...new InteropServer().handlers, ...handlers }));
      t.teardown(() => path.close());
      await t.throwsAsync(suite[name](path.target), { code: 'ERR_ASSERTION' });
    });
  }
}
