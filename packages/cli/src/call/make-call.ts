import type { JsonValue } from '@bufbuild/protobuf';
import {
  Client,
  type ClientOptions,
  type ClientReadableStream,
  type ClientUnaryCall,
  type ClientWritableStream,
  credentials,
  type Deadline,
  type Metadata,
  type StatusObject,
} from '@grpc/grpc-js';
import type { Method } from './method.js';
import type { Requests } from './requests.js';

/** One call, and the receivers of its headers and replies. */
export interface CallRequest {
  readonly channel: NonNullable<ClientOptions['channelOverride']>;
  readonly method: Method;
  readonly metadata: Metadata;
  readonly deadline: Deadline;
  /** The encoded requests. A method that takes one message gets the first of them. */
  readonly messages: Requests['messages'];
  /** Cancels the call. */
  readonly signal: AbortSignal;
  onHeaders(headers: Metadata): void;
  /** Receives each reply, as JSON. The call reads the next one when the promise settles. */
  onReply(reply: JsonValue): Promise<void>;
}

/** A call of any kind that has started. */
interface OpenCall {
  /** The call, with the methods that all kinds have. */
  readonly call: ClientUnaryCall | ClientReadableStream<JsonValue>;
  /** Takes the requests of a request stream. */
  readonly requests?: ClientWritableStream<Buffer>;
  /** Settles when `onReply` has handled every reply. */
  readonly replies: Promise<void>;
}

/**
 * Makes a call of any kind, by the grpc-js client method for that kind.
 *
 * @returns the status, when the call is over and `onReply` has handled every reply. The call may still wait for `messages`: the
 *   caller of this function must end their source.
 * @throws the error of `messages`, after it has cancelled the call.
 */
export async function makeCall(request: CallRequest): Promise<StatusObject> {
  const { method, signal, messages } = request;
  const { call, requests, replies } = method.requestStream
    ? openRequestStream(request)
    : openRequest(request, await firstOf(messages));
  const status = new Promise<StatusObject>((resolve) => call.once('status', resolve));
  let cancelled: () => void = () => undefined;
  const cancel = (): void => {
    call.cancel();
    cancelled();
  };
  // After a cancellation it does not wait until the output has room for earlier replies.
  const over = new Promise<void>((resolve) => {
    cancelled = resolve;
  });
  call.once('metadata', (headers: Metadata) => request.onHeaders(headers));
  signal.addEventListener('abort', cancel);
  if (signal.aborted) cancel();
  const failed: unknown[] = [];
  if (requests !== undefined) {
    sendAll(requests, messages, status).catch((error: unknown) => {
      failed.push(error);
      cancel();
    });
  }
  await Promise.race([replies, over]);
  const end = await status;
  signal.removeEventListener('abort', cancel);
  if (failed.length > 0) throw failed[0];
  return end;
}

const identity = (bytes: Buffer): Buffer => bytes;

function openRequest({ method, metadata, deadline, channel, onReply }: CallRequest, first: Buffer): OpenCall {
  const client = new Client('wherry', credentials.createInsecure(), { channelOverride: channel });
  const { path, decode } = method;
  if (method.responseStream) {
    const call = client.makeServerStreamRequest(path, identity, decode, first, metadata, { deadline });
    return { call, replies: readAll(call, onReply) };
  }
  const { callback, replies } = oneReply(onReply);
  return { call: client.makeUnaryRequest(path, identity, decode, first, metadata, { deadline }, callback), replies };
}

function openRequestStream({ method, metadata, deadline, channel, onReply }: CallRequest): OpenCall {
  const client = new Client('wherry', credentials.createInsecure(), { channelOverride: channel });
  const { path, decode } = method;
  if (method.responseStream) {
    const call = client.makeBidiStreamRequest(path, identity, decode, metadata, { deadline });
    return { call, requests: call, replies: readAll(call, onReply) };
  }
  const { callback, replies } = oneReply(onReply);
  const call = client.makeClientStreamRequest(path, identity, decode, metadata, { deadline }, callback);
  return { call, requests: call, replies };
}

/** Makes a callback for the only reply, and a promise that settles when the reply is handled. */
function oneReply(onReply: CallRequest['onReply']) {
  let settle: (given: Promise<void> | undefined) => void;
  const replies = new Promise<void>((resolve) => {
    settle = resolve;
  });
  const callback = (error: Error | null, reply?: JsonValue): void => {
    settle(error === null && reply !== undefined ? onReply(reply) : undefined);
  };
  return { callback, replies };
}

async function readAll(call: ClientReadableStream<JsonValue>, onReply: CallRequest['onReply']): Promise<void> {
  call.on('error', () => undefined); // the writing side of a bidirectional stream emits it too
  try {
    for await (const reply of call) await onReply(reply);
  } catch {
    // The status says why the call ended.
  }
}

/** Writes each message when it comes, and no faster than the call takes them. */
async function sendAll(
  requests: ClientWritableStream<Buffer>,
  messages: Requests['messages'],
  over: Promise<unknown>,
): Promise<void> {
  let ended = false;
  void over.then(() => {
    ended = true;
  });
  for await (const message of messages) {
    if (ended) return;
    const taken = new Promise((resolve) => requests.write(message, resolve));
    await Promise.race([taken, over]);
  }
  requests.end();
}

async function firstOf(messages: Requests['messages']): Promise<Buffer> {
  for await (const message of messages) return message;
  throw new Error('the method takes one message; none was given');
}
