import {
  type ClientOptions,
  type handleBidiStreamingCall,
  type Metadata,
  type ServerDuplexStream,
  status as Status,
  type StatusObject,
} from '@grpc/grpc-js';

/** grpc-js exports a class under the name of this interface. */
export type Channel = NonNullable<ClientOptions['channelOverride']>;
type Call = ReturnType<Channel['createCall']>;

/** Bytes as they are: a relay neither knows nor needs the messages' types. */
export const identity = (bytes: Buffer): Buffer => bytes;

/** A caller's word that it would rather wait than fail where nobody serves; HTTP/2 has none of its own. */
export const waitForReadyKey = 'wherry-wait-for-ready';

export interface RelayOptions {
  /**
   * Whether calls wait for a service that nobody serves yet, where their metadata does not say. Default: as the service
   * config has it, else false.
   */
  readonly waitForReady?: boolean | undefined;
}

/**
 * A handler that makes the same call on a channel and passes everything on, both ways: metadata, messages, the end of
 * each side, status and trailers, cancel and deadline. All four kinds of method are the bidirectional one to it. Neither
 * side is read faster than the other takes it: one message is in hand each way.
 *
 * The gateway relays from a grpc-js server to a Wherry channel, and nothing here depends on which is which.
 */
export function relayTo(channel: Channel, options: RelayOptions = {}): handleBidiStreamingCall<Buffer, Buffer> {
  return (inbound) => {
    const metadata = forwarded(inbound.metadata);
    const [wish] = metadata.get(waitForReadyKey);
    metadata.remove(waitForReadyKey);
    const waitForReady = wish === undefined ? options.waitForReady : wish === 'true';
    if (waitForReady !== undefined) metadata.setOptions({ waitForReady });
    let outbound: Call;
    try {
      outbound = channel.createCall(inbound.getPath(), inbound.getDeadline(), null, null, null);
    } catch (error) {
      inbound.emit('error', { code: Status.UNAVAILABLE, details: (error as Error).message });
      return;
    }
    const start = once(() => passReplies(outbound, inbound, metadata));
    const timer = setTimeout(start, OPENING_MS);
    inbound.on('cancelled', () => {
      clearTimeout(timer);
      outbound.cancelWithStatus(Status.CANCELLED, 'Cancelled by the caller');
    });
    passRequests(inbound, outbound, () => {
      clearTimeout(timer);
      start();
    });
  };
}

/**
 * The first message of a call may come a little behind its metadata. Waiting for it lets both go on as one, which spares
 * a unary call half its records; a caller that sends nothing yet is opened after so many milliseconds.
 */
const OPENING_MS = 5;

function once(action: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    action();
  };
}

function passReplies(outbound: Call, inbound: ServerDuplexStream<Buffer, Buffer>, metadata: Metadata): void {
  outbound.start(metadata, {
    onReceiveMetadata: (headers) => inbound.sendMetadata(forwarded(headers)),
    onReceiveMessage: (message: Buffer | null) => {
      if (message === null) return;
      if (inbound.write(message)) outbound.startRead();
      else inbound.once('drain', () => outbound.startRead());
    },
    onReceiveStatus: (status) => end(inbound, status),
  });
  outbound.startRead();
}

function passRequests(inbound: ServerDuplexStream<Buffer, Buffer>, outbound: Call, start: () => void): void {
  inbound.on('data', (message: Buffer) => {
    start();
    let taken = false;
    let paused = false;
    const callback = (): void => {
      taken = true;
      if (paused) inbound.resume();
    };
    outbound.sendMessageWithContext({ callback }, message);
    if (taken) return;
    paused = true;
    inbound.pause();
  });
  inbound.on('end', () => {
    start();
    outbound.halfClose();
  });
}

function end(inbound: ServerDuplexStream<Buffer, Buffer>, { code, details, metadata }: StatusObject): void {
  if (inbound.cancelled) return;
  const trailers = forwarded(metadata);
  if (code === Status.OK) inbound.end(trailers);
  else inbound.emit('error', { code, details, metadata: trailers });
}

/** What belongs to one hop, and is not passed on to the next. */
const hopByHop = [
  'accept-encoding',
  'connection',
  'content-length',
  'content-type',
  'date',
  'grpc-accept-encoding',
  'grpc-encoding',
  'grpc-message',
  'grpc-status',
  'grpc-timeout',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

function forwarded(metadata: Metadata): Metadata {
  const copy = metadata.clone();
  for (const key of hopByHop) copy.remove(key);
  return copy;
}
