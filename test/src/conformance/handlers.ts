import { setTimeout as wait } from 'node:timers/promises';
import {
  Metadata,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type StatusObject,
  type sendUnaryData,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import type {
  Any,
  BidiStreamRequest,
  ConformanceProtos,
  ErrorDefinition,
  Header,
  RequestInfo,
  Response,
  ServerStreamRequest,
  StreamResponseDefinition,
  UnaryRequest,
  UnaryResponseDefinition,
} from './service.js';

/** What the handlers use of any call. */
interface AnyCall {
  readonly metadata: Metadata;
  readonly cancelled: boolean;
  getDeadline(): Date | number;
  sendMetadata(metadata: Metadata): void;
}

type ReplyingCall =
  | ServerWritableStream<ServerStreamRequest, Response>
  | ServerDuplexStream<BidiStreamRequest, Response>;

/** The handlers of connectrpc's conformance service, as its service.proto describes them. Unimplemented has none. */
export function conformanceHandlers(protos: ConformanceProtos): UntypedServiceImplementation {
  return {
    unary: unary('UnaryRequest'),
    idempotentUnary: unary('IdempotentUnaryRequest'),
    clientStream: async (call: ServerReadableStream<UnaryRequest, Response>, callback: sendUnaryData<Response>) => {
      let definition: UnaryResponseDefinition | null | undefined;
      const requests: Any[] = [];
      try {
        for await (const request of call as AsyncIterable<UnaryRequest>) {
          if (definition === undefined) definition = request.responseDefinition;
          requests.push(protos.any('ClientStreamRequest', request));
        }
      } catch {
        // The call is over: the caller is gone, or grpc-js has refused a request.
        return;
      }
      await answerOnce(call, callback, definition ?? null, requests);
    },
    serverStream: async (call: ServerWritableStream<ServerStreamRequest, Response>) => {
      const { responseDefinition: definition } = call.request;
      const answer = new StreamAnswer(protos, call, definition);
      answer.sendHeaders();
      answer.see(protos.any('ServerStreamRequest', call.request));
      await answer.sendRest();
    },
    bidiStream: async (call: ServerDuplexStream<BidiStreamRequest, Response>) => {
      let answer: StreamAnswer | undefined;
      let fullDuplex = false;
      try {
        for await (const request of call.iterator({ destroyOnReturn: false }) as AsyncIterable<BidiStreamRequest>) {
          if (answer === undefined) {
            answer = new StreamAnswer(protos, call, request.responseDefinition);
            fullDuplex = request.fullDuplex;
            answer.sendHeaders();
          }
          answer.see(protos.any('BidiStreamRequest', request));
          if (!fullDuplex) continue;
          if (!answer.hasMore) break;
          await answer.sendNext();
        }
      } catch {
        return;
      }
      await (answer ?? new StreamAnswer(protos, call, null)).sendRest();
    },
  };

  function unary(name: string) {
    return (call: ServerUnaryCall<UnaryRequest, Response>, callback: sendUnaryData<Response>) =>
      answerOnce(call, callback, call.request.responseDefinition, [protos.any(name, call.request)]);
  }

  async function answerOnce(
    call: AnyCall,
    callback: sendUnaryData<Response>,
    definition: UnaryResponseDefinition | null,
    requests: readonly Any[],
  ): Promise<void> {
    const requestInfo = infoOf(call, requests);
    if (definition === null) {
      callback(null, { payload: { requestInfo } });
      return;
    }
    const { responseHeaders, responseTrailers, responseDelayMs, responseData, error } = definition;
    call.sendMetadata(metadataOf(responseHeaders));
    await wait(responseDelayMs);
    const trailers = metadataOf(responseTrailers);
    if (error) callback(failure(protos, error, trailers, requestInfo));
    else callback(null, { payload: { ...(responseData && { data: responseData }), requestInfo } }, trailers);
  }
}

/** The responses of a stream. The first one, or the error in its place, says all about the call. */
class StreamAnswer {
  readonly #protos: ConformanceProtos;
  readonly #call: ReplyingCall;
  readonly #definition: StreamResponseDefinition | null;
  /** Those since the last response. */
  #requests: Any[] = [];
  #sent = 0;

  constructor(protos: ConformanceProtos, call: ReplyingCall, definition: StreamResponseDefinition | null) {
    this.#protos = protos;
    this.#call = call;
    this.#definition = definition;
  }

  get hasMore(): boolean {
    return this.#sent < (this.#definition?.responseData.length ?? 0);
  }

  sendHeaders(): void {
    if (this.#definition !== null) this.#call.sendMetadata(metadataOf(this.#definition.responseHeaders));
  }

  see(request: Any): void {
    this.#requests.push(request);
  }

  async sendNext(): Promise<void> {
    if (this.#definition === null) return;
    const requests = this.#requests.splice(0);
    const all = this.#sent === 0 ? { requestInfo: infoOf(this.#call, requests) } : {};
    const payload = requests.length > 0 ? { requestInfo: { requests }, ...all } : all;
    const data = this.#definition.responseData[this.#sent];
    this.#sent++;
    await wait(this.#definition.responseDelayMs);
    this.#call.write({ payload: { ...(data && { data }), ...payload } });
  }

  /** Sends the responses that are left, and ends the call. */
  async sendRest(): Promise<void> {
    while (this.hasMore && !this.#call.cancelled) await this.sendNext();
    const { error, responseTrailers = [] } = this.#definition ?? {};
    const trailers = metadataOf(responseTrailers);
    if (!error) {
      this.#call.end(trailers);
      return;
    }
    const info = this.#sent === 0 ? infoOf(this.#call, this.#requests) : undefined;
    this.#call.emit('error', failure(this.#protos, error, trailers, info));
  }
}

function failure(
  protos: ConformanceProtos,
  error: ErrorDefinition,
  metadata: Metadata,
  info: RequestInfo | undefined,
): StatusObject {
  const { code, message = '' } = error;
  const details = [...error.details, ...(info ? [protos.any('ConformancePayload.RequestInfo', info)] : [])];
  metadata.set('grpc-status-details-bin', protos.statusDetails({ code, message, details }));
  return { code, details: message, metadata };
}

function infoOf(call: AnyCall, requests: readonly Any[]): RequestInfo {
  const left = Number(call.getDeadline()) - Date.now();
  return {
    requestHeaders: headersOf(call.metadata),
    ...(Number.isFinite(left) && { timeoutMs: Math.max(0, left) }),
    requests,
  };
}

function headersOf(metadata: Metadata): Header[] {
  return Object.keys(metadata.getMap()).map((name) => ({
    name,
    value: metadata
      .get(name)
      .map((value) => (typeof value === 'string' ? value : value.toString('base64').replace(/=+$/, ''))),
  }));
}

function metadataOf(headers: readonly Header[]): Metadata {
  const metadata = new Metadata();
  for (const { name, value } of headers) {
    const binary = name.toLowerCase().endsWith('-bin');
    for (const text of value) metadata.add(name, binary ? Buffer.from(text, 'base64') : text);
  }
  return metadata;
}
