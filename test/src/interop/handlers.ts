import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
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
import type {
  Empty,
  PayloadReply,
  SimpleRequest,
  StreamingInputCallRequest,
  StreamingInputCallResponse,
  StreamingOutputCallRequest,
} from './service.js';

/** What the two kinds of calls with replies have in common for the handlers here. */
type ReplyingCall =
  | ServerWritableStream<StreamingOutputCallRequest, PayloadReply>
  | ServerDuplexStream<StreamingOutputCallRequest, PayloadReply>;
type Duplex = ServerDuplexStream<StreamingOutputCallRequest, PayloadReply>;
type CallFailure = { code: Status; details: string };

export const initialKey = 'x-grpc-test-echo-initial';
export const trailingKey = 'x-grpc-test-echo-trailing-bin';
const COMPRESSABLE = 0;

/**
 * The server of gRPC's interop cases (doc/interop-test-descriptions.md in grpc/grpc): one implementation, run by a Wherry
 * worker and by a grpc-js server. It sees no compression, so it heeds no request for it.
 */
export class InteropServer {
  readonly #waiting: (() => void)[] = [];

  /** The methods of TestService that there are handlers for; UnimplementedCall has none. */
  readonly handlers: UntypedServiceImplementation = {
    emptyCall: (_call: ServerUnaryCall<Empty, Empty>, callback: sendUnaryData<Empty>) => callback(null, {}),
    unaryCall,
    streamingInputCall,
    streamingOutputCall: (call: ServerWritableStream<StreamingOutputCallRequest, PayloadReply>) =>
      answerStream(call, [call.request]),
    fullDuplexCall: (call: Duplex) => {
      // Not whether it had ended: to a grpc-js server a cancel is the end of the requests first.
      for (const resolve of this.#waiting.splice(0)) call.once('cancelled', resolve);
      return answerStream(call, requestsOf(call));
    },
    halfDuplexCall: async (call: Duplex) => {
      const requests: StreamingOutputCallRequest[] = [];
      for await (const request of requestsOf(call)) requests.push(request);
      await answerStream(call, requests);
    },
  };

  /** Waits until the FullDuplexCall that begins next is cancelled. */
  nextCancel(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}

function unaryCall(call: ServerUnaryCall<SimpleRequest, PayloadReply>, callback: sendUnaryData<PayloadReply>): void {
  const trailers = echoMetadata(call);
  const { request } = call;
  const failure = statusOf(request);
  if (failure !== undefined) callback({ ...failure, metadata: trailers });
  else callback(null, reply(request.responseSize), trailers);
}

function streamingInputCall(
  call: ServerReadableStream<StreamingInputCallRequest, StreamingInputCallResponse>,
  callback: sendUnaryData<StreamingInputCallResponse>,
): void {
  let aggregatedPayloadSize = 0;
  call.on('data', ({ payload }: StreamingInputCallRequest) => {
    aggregatedPayloadSize += payload?.body.length ?? 0;
  });
  call.on('end', () => callback(null, { aggregatedPayloadSize }));
}

/** Gives each request its replies, in order, until one asks for an error. */
async function answerStream(
  call: ReplyingCall,
  requests: Iterable<StreamingOutputCallRequest> | AsyncIterable<StreamingOutputCallRequest>,
): Promise<void> {
  const trailers = echoMetadata(call);
  try {
    for await (const request of requests) {
      const failure = statusOf(request);
      if (failure !== undefined) {
        call.emit('error', { ...failure, metadata: trailers });
        return;
      }
      for (const { size, intervalUs } of request.responseParameters) {
        if (intervalUs > 0) await wait(intervalUs / 1000);
        await write(call, reply(size));
      }
    }
  } catch (error) {
    if (call.cancelled) return;
    throw error;
  }
  call.end(trailers);
}

/** Its end, and an error of the handler's, do not destroy the call. */
function requestsOf(call: Duplex): AsyncIterable<StreamingOutputCallRequest> {
  return call.iterator({ destroyOnReturn: false });
}

async function write(call: ReplyingCall, message: PayloadReply): Promise<void> {
  if (call.cancelled || call.write(message)) return;
  const over = new AbortController();
  const { signal } = over;
  await Promise.race([once(call, 'drain', { signal }), once(call, 'cancelled', { signal })]);
  over.abort();
}

/** Sends back what is to come as initial metadata, and gives what is to come as trailers. */
function echoMetadata(call: { metadata: Metadata; sendMetadata(metadata: Metadata): void }): Metadata {
  const trailers = new Metadata();
  const [initial] = call.metadata.get(initialKey);
  const [trailing] = call.metadata.get(trailingKey);
  if (initial !== undefined) {
    const headers = new Metadata();
    headers.set(initialKey, initial);
    call.sendMetadata(headers);
  }
  if (trailing !== undefined) trailers.set(trailingKey, trailing);
  return trailers;
}

/** The error that a request asks for, or deserves. */
function statusOf(request: SimpleRequest | StreamingOutputCallRequest): CallFailure | undefined {
  const { responseStatus, responseType } = request;
  if (responseStatus !== null && responseStatus.code !== Status.OK) {
    return { code: responseStatus.code, details: responseStatus.message };
  }
  if (responseType !== COMPRESSABLE) {
    return { code: Status.INVALID_ARGUMENT, details: `no payload type ${responseType} is known` };
  }
  const sizes = 'responseSize' in request ? [request.responseSize] : request.responseParameters.map(({ size }) => size);
  const negative = sizes.find((size) => size < 0);
  if (negative === undefined) return undefined;
  return { code: Status.INVALID_ARGUMENT, details: `a payload cannot have ${negative} bytes` };
}

function reply(size: number): PayloadReply {
  return { payload: { type: COMPRESSABLE, body: Buffer.alloc(size) } };
}
