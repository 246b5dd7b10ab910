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

/** One call, and what it says as it goes. */
export interface CallRequest {
  readonly channel: NonNullable<ClientOptions['channelOverride']>;
  readonly method: Method;
  readonly metadata: Metadata;
  readonly deadline: Deadline;
  /** The requests, encoded. A method that takes one message gets the first. */
  readonly messages: Requests['messages'];
  /** Cancels the call. */
  readonly signal: AbortSignal;
  onHeaders(headers: Metadata): void;
  /** Each reply, as JSON. The next one is asked for when the promise settles. */
  onReply(reply: JsonValue): Promise<void>;
}

/** A call that has begun, of whatever kind. */
interface OpenCall {
  /** What all kinds have in common. */
  readonly call: ClientUnaryCall | ClientReadableStream<JsonValue>;
  /** Where requests go, if not with the beginning. */
  readonly requests?: ClientWritableStream<Buffer>;
  /** Settles when every reply was given. */
  readonly replies: Promise<void>;
}

/**
 * Makes a call of any kind, with grpc-js's stub for it.
 *
 * @returns the status, once the call is over and every reply was given. Messages may then still be waited for: it is
 *   for the caller to end their source.
 * @throws what `messages` throws; the call is then cancelled.
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
  // Whoever cancels does not wait for room for what came before.
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

/** A callback for the one reply, and what settles when it was called. */
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
  call.on('error', () => undefined); // also the writing side of a bidirectional stream has it
  try {
    for await (const reply of call) await onReply(reply);
  } catch {
    // The status says why it ended.
  }
}

/** Writes the messages as they come, no faster than they are taken. */
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
