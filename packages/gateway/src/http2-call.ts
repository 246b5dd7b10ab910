import { constants, type IncomingHttpHeaders, type OutgoingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { promisify } from 'node:util';
import { gunzip, inflate } from 'node:zlib';
import { Metadata, status as Status } from '@grpc/grpc-js';
import type { InboundCall, InboundListener, PartialStatus } from './calls.js';
import { headersLength, percentEncodedPart } from './exact-metadata.js';
import { MessageReader, MessageTooLarge, PREFIX_BYTES, type ReceivedMessage, UnknownFlag } from './message-reader.js';
import type { PartialBytes } from './partial-bytes.js';
import { type PendingMessage, RequestDelivery } from './request-delivery.js';
import { deadlineOf, metadataOf } from './request-headers.js';

/** How long messages may be, in bytes; below 0 there is no limit. */
export interface MessageLimits {
  readonly maxReceiveMessageLength: number;
  readonly maxSendMessageLength: number;
}

const responseHeaders = { ':status': 200, 'content-type': 'application/grpc+proto' };
/** No gRPC client needs the header `date`. Node's types lack `sendDate`. */
const responseOptions = { waitForTrailers: true, sendDate: false };
const trailersOnlyOptions = { endStream: true, sendDate: false };

/**
 * The largest block of headers, as HTTP/2 counts it. A larger one does not reach every client: Node's HTTP/2 drops it silently, and
 * the call never ends. A status's text has its own, lower limit, because only people read it.
 */
export const MAX_METADATA_BYTES = 64 * 1024;
const MAX_DETAILS_BYTES = 8 * 1024;

/**
 * A gRPC call on one of Node's HTTP/2 streams, with messages as bytes. It has only the features that a relay needs. So it costs about 30 %
 * less CPU than a call of grpc-js's server.
 *
 * The call reads one part of its request ahead. The rest stays in the stream, whose window then stops the client. The call knows its
 * deadline, but does not end by itself when the deadline passes: the handler must end it.
 */
export class Http2Call implements InboundCall {
  readonly #stream: ServerHttp2Stream;
  readonly #headers: IncomingHttpHeaders;
  readonly #limits: MessageLimits;
  readonly #reader: MessageReader;
  readonly #partialBytes: PartialBytes;
  /** How many of the {@link PartialBytes} are this call's. */
  #held = 0;
  readonly #delivery = new RequestDelivery();
  readonly #deadline: number | undefined;
  #listener: InboundListener | undefined;
  #paused = false;
  #requestBegun = false;
  #headersSent = false;
  #statusSent = false;

  /** @param stream has a listener for errors already. */
  constructor(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    limits: MessageLimits,
    partialBytes: PartialBytes,
  ) {
    this.#stream = stream;
    this.#headers = headers;
    this.#limits = limits;
    this.#partialBytes = partialBytes;
    this.#reader = new MessageReader(limits.maxReceiveMessageLength);
    this.#deadline = deadlineOf(headers);
  }

  // The handler calls these.

  start(listener: InboundListener): void {
    this.#listener = listener;
    if (this.#deadline === undefined) {
      this.#refuse(Status.INTERNAL, `Invalid grpc-timeout value "${this.#headers['grpc-timeout']}"`);
      return;
    }
    const encoding = this.#encoding;
    if (encoding !== 'identity' && !decompressors.has(encoding)) {
      const metadata = new Metadata();
      metadata.set('grpc-accept-encoding', acceptEncoding);
      this.#refuse(
        Status.UNIMPLEMENTED,
        `Received a request with the unsupported grpc-encoding "${encoding}"`,
        metadata,
      );
      return;
    }
    this.#delivery.begin(listener);
    this.#stream.on('close', () => this.#closed());
    listener.onReceiveMetadata(metadataOf(this.#headers));
    this.#stream.on('data', (part: Buffer) => this.#take(part));
    this.#stream.on('end', () => this.#end());
  }

  startRead(): void {
    this.#delivery.ask();
    this.#deliver();
  }

  sendMetadata(metadata: Metadata): void {
    if (this.#over || this.#headersSent) return;
    const headers = metadata.toHttp2Headers();
    const length = headersLength(headers);
    if (length > MAX_METADATA_BYTES) {
      this.#fail(Status.RESOURCE_EXHAUSTED, tooLarge('initial metadata', length));
      return;
    }
    this.#headersSent = true;
    this.#stream.respond({ ...responseHeaders, ...headers }, responseOptions);
  }

  /** @param callback is called when the stream has room for the next message. If the call ends before that, `callback` is never called. */
  sendMessage(message: Uint8Array, callback: () => void): void {
    if (this.#over) return;
    const max = this.#limits.maxSendMessageLength;
    if (max >= 0 && message.length > max) {
      this.#fail(Status.RESOURCE_EXHAUSTED, `Sent message larger than max (${message.length} vs. ${max})`);
      return;
    }
    if (!this.#headersSent) this.sendMetadata(new Metadata());
    const body = Buffer.allocUnsafe(PREFIX_BYTES + message.length);
    body[0] = 0;
    body.writeUInt32BE(message.length, 1);
    body.set(message, PREFIX_BYTES);
    if (this.#stream.write(body)) process.nextTick(callback);
    else this.#stream.once('drain', callback);
  }

  sendStatus({ code, details, metadata }: PartialStatus): void {
    if (this.#over) return;
    this.#statusSent = true;
    const trailers = trailersOf(code ?? Status.UNKNOWN, details ?? '', metadata?.toHttp2Headers());
    if (this.#headersSent) {
      this.#stream.once('wantTrailers', () => {
        this.#stream.sendTrailers(trailers);
        stopRequest(this.#stream);
      });
      this.#stream.end();
      this.#dropRequest();
    } else {
      this.#stream.respond({ ...responseHeaders, ...trailers }, trailersOnlyOptions);
      this.#dropRequest();
      stopRequest(this.#stream);
    }
  }

  getDeadline(): number {
    return this.#deadline ?? Number.POSITIVE_INFINITY;
  }

  // The server calls these.

  /** Whether nothing of the request's body and nothing of the reply has come. */
  get waitsForRequest(): boolean {
    return !this.#requestBegun && !this.#headersSent && !this.#over;
  }

  /** The request has not begun in time. */
  requestMissing(timeoutMs: number): void {
    const details = `no message came within ${timeoutMs} ms (limits.firstMessageTimeoutMs of the gateway)`;
    this.#fail(Status.DEADLINE_EXCEEDED, details);
  }

  // The stream calls these.

  get #encoding(): string {
    return String(this.#headers['grpc-encoding'] ?? 'identity');
  }

  get #over(): boolean {
    return this.#statusSent || this.#stream.destroyed || this.#stream.closed;
  }

  #take(part: Buffer): void {
    if (this.#over) return;
    this.#requestBegun = true;
    try {
      for (const received of this.#reader.read(part)) this.#arrive(received);
    } catch (error) {
      if (error instanceof MessageTooLarge) this.#fail(Status.RESOURCE_EXHAUSTED, error.message);
      else if (error instanceof UnknownFlag) this.#fail(Status.INTERNAL, error.message);
      else throw error;
      return;
    }
    if (!this.#hold(this.#reader.partialBytes)) {
      this.#fail(Status.RESOURCE_EXHAUSTED, 'the gateway holds too many parts of messages (limits.maxPartialBytes)');
      return;
    }
    this.#deliver();
    if (this.#delivery.empty || this.#statusSent) return;
    this.#paused = true;
    this.#stream.pause();
  }

  #arrive({ bytes, compressed }: ReceivedMessage): void {
    if (!compressed) {
      this.#delivery.push(bytes);
      return;
    }
    const pending: PendingMessage = { message: undefined };
    this.#delivery.push(pending);
    void this.#decompress(bytes, pending);
  }

  async #decompress(bytes: Buffer, pending: PendingMessage): Promise<void> {
    const decompress = decompressors.get(this.#encoding);
    if (decompress === undefined) {
      this.#fail(Status.INTERNAL, 'Received a compressed message, and no grpc-encoding');
      return;
    }
    const max = this.#limits.maxReceiveMessageLength;
    try {
      pending.message = await decompress(bytes, max < 0 ? {} : { maxOutputLength: Math.max(1, max) });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
        const details = `Received message that decompresses to a size larger than ${max}`;
        this.#fail(Status.RESOURCE_EXHAUSTED, details);
      } else {
        this.#fail(Status.INTERNAL, 'Failed to decompress message');
      }
      return;
    }
    this.#deliver();
  }

  #end(): void {
    if (this.#over) return;
    this.#requestBegun = true;
    if (this.#reader.partialBytes > 0) {
      this.#fail(Status.INTERNAL, 'the request ended within a message');
      return;
    }
    this.#delivery.end();
    this.#deliver();
  }

  #deliver(): void {
    if (this.#over || !this.#delivery.deliver() || !this.#paused) return;
    this.#paused = false;
    this.#stream.resume();
  }

  /** @returns false if all calls together hold too many bytes of messages that are not whole. */
  #hold(bytes: number): boolean {
    const more = bytes - this.#held;
    this.#held = bytes;
    return more === 0 || this.#partialBytes.add(more);
  }

  /** The call is over. Reads the rest of its request and drops it, because otherwise the stream would never end. */
  #dropRequest(): void {
    this.#delivery.stop();
    this.#hold(0);
    this.#paused = false;
    this.#stream.resume();
  }

  /** Ends the call with an error of the gateway's own, and tells the handler that the call is over. */
  #fail(code: Status, details: string, metadata: Metadata | null = null): void {
    if (this.#over) return;
    this.#refuse(code, details, metadata);
    this.#listener?.onCancel();
  }

  #refuse(code: Status, details: string, metadata: Metadata | null = null): void {
    this.#listener?.onRefused?.({ code, details }, metadataOf(this.#headers));
    this.sendStatus({ code, details, metadata });
  }

  /** The stream is closed. If no status was sent, the client has cancelled the call, or is gone. */
  #closed(): void {
    if (this.#statusSent) return;
    this.#statusSent = true;
    this.#delivery.stop();
    this.#hold(0);
    this.#listener?.onCancel();
  }
}

/**
 * If the client still sends its request, tells the client to stop, because the reply is complete (RFC 9113, section 8.1).
 *
 * The reset waits until the reply has left the session's queue. If the reset came into the queue behind headers or trailers, nghttp2 would
 * drop these (nghttp2's issue 692), and the client would never learn the status of its call.
 */
export function stopRequest(stream: ServerHttp2Stream): void {
  // Node writes the queue in an immediate, which it may set later than this one. So the queue is looked at in the one after that.
  if (!requestEnded(stream)) setImmediate(() => setImmediate(() => resetBehindReply(stream)));
}

function resetBehindReply(stream: ServerHttp2Stream): void {
  const { session } = stream;
  if (requestEnded(stream) || session === undefined || session.destroyed) return;
  const reset = () => stream.close(constants.NGHTTP2_NO_ERROR);
  if (session.state.outboundQueueSize === 0) reset();
  // The queue is written as one. When the client has answered the ping, the reply has left too.
  else session.ping((error) => error === null && !requestEnded(stream) && reset());
}

function requestEnded(stream: ServerHttp2Stream): boolean {
  return stream.destroyed || stream.closed || stream.readableEnded || stream.state.remoteClose === 1;
}

function trailersOf(code: Status, details: string, metadata: OutgoingHttpHeaders = {}): OutgoingHttpHeaders {
  const length = headersLength(metadata);
  if (length > MAX_METADATA_BYTES) {
    const text = `${tooLarge('trailing metadata', length)}, in the place of ${Status[code] ?? code}`;
    return trailersOf(Status.RESOURCE_EXHAUSTED, details ? `${text}: ${details}` : text);
  }
  const status: OutgoingHttpHeaders = { 'grpc-status': code };
  if (code !== Status.OK && details) status['grpc-message'] = percentEncodedPart(String(details), MAX_DETAILS_BYTES);
  return { ...status, ...metadata };
}

function tooLarge(what: string, length: number): string {
  return `${what} of ${length} bytes, larger than the ${MAX_METADATA_BYTES} that a gateway sends`;
}

type Decompress = (bytes: Buffer, options: { maxOutputLength?: number }) => Promise<Buffer>;

const decompressors: ReadonlyMap<string, Decompress> = new Map([
  ['deflate', promisify<Buffer, { maxOutputLength?: number }, Buffer>(inflate)],
  ['gzip', promisify<Buffer, { maxOutputLength?: number }, Buffer>(gunzip)],
]);
const acceptEncoding = ['identity', ...decompressors.keys()].join(',');
