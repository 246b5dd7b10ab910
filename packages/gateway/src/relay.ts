import {
  type ClientOptions,
  type handleBidiStreamingCall,
  type Metadata,
  type ServerDuplexStream,
  status as Status,
} from '@grpc/grpc-js';
import { ExactMetadata } from './exact-metadata.js';
import { HOLD_MS, Replies } from './replies.js';

/** grpc-js exports a class under the name of this interface. */
export type Channel = NonNullable<ClientOptions['channelOverride']>;
type Call = ReturnType<Channel['createCall']>;

/** What a relay needs of a channel. */
export type CallMaker = Pick<Channel, 'createCall'>;

/** Bytes as they are: a relay neither knows nor needs the messages' types. */
export const identity = (bytes: Buffer): Buffer => bytes;

/** A caller's word that it would rather wait than fail where nobody serves; HTTP/2 has none of its own. */
export const waitForReadyKey = 'wherry-wait-for-ready';
/** A deadline in milliseconds since the Unix epoch, where the server that took the call could not keep it. */
export const deadlineKey = 'wherry-deadline';

/** What {@link relayTo} takes, and so gateway and egress. */
export interface RelayOptions {
  /**
   * Whether calls wait for a server that is not there yet, where they do not say themselves. Default: as the service config
   * of the channel has it, else false.
   */
  readonly waitForReady?: boolean | undefined;
}

/**
 * A handler that makes the same call on a channel and passes everything on, both ways: metadata, messages, the end of
 * each side, status and trailers, cancel and deadline. All four kinds of method are the bidirectional one to it. Neither
 * side is read faster than the other takes it: one message is in hand each way.
 *
 * The gateway relays from a grpc-js server to a Wherry channel, an egress from a Wherry worker to a grpc-js channel, and
 * nothing here depends on which is which.
 */
export function relayTo(channel: CallMaker, options: RelayOptions = {}): handleBidiStreamingCall<Buffer, Buffer> {
  return (inbound) => {
    const { metadata, deadline } = opening(inbound, options);
    let outbound: Call;
    try {
      outbound = channel.createCall(inbound.getPath(), deadline, null, null, null);
    } catch (error) {
      const code = error instanceof TypeError ? Status.UNIMPLEMENTED : Status.UNAVAILABLE;
      inbound.emit('error', { code, details: (error as Error).message });
      return;
    }
    const replies = new Replies(outbound, inbound);
    const start = once(() => replies.start(metadata));
    const timer = setTimeout(start, HOLD_MS);
    inbound.on('cancelled', () => {
      clearTimeout(timer);
      replies.drop();
      outbound.cancelWithStatus(Status.CANCELLED, 'Cancelled by the caller');
    });
    passRequests(inbound, outbound, {
      begun: () => {
        clearTimeout(timer);
        start();
      },
      ended: () => replies.holdMessage(),
    });
  };
}

/** What the call is opened with: what its caller said, as far as it is not for this hop alone. */
function opening(
  inbound: ServerDuplexStream<Buffer, Buffer>,
  options: RelayOptions,
): { metadata: Metadata; deadline: number } {
  const metadata = ExactMetadata.forwarded(inbound.metadata);
  const [wish] = metadata.get(waitForReadyKey);
  const [far] = metadata.get(deadlineKey);
  const deadline = Math.min(Number(inbound.getDeadline()), Number(far) || Number.POSITIVE_INFINITY);
  metadata.remove(waitForReadyKey);
  metadata.remove(deadlineKey);
  const asked = wish === undefined ? metadata.getOptions().waitForReady : wish === 'true';
  const waitForReady = asked ?? options.waitForReady;
  metadata.setOptions(waitForReady === undefined ? {} : { waitForReady });
  return { metadata, deadline };
}

function once(action: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    action();
  };
}

function passRequests(
  inbound: ServerDuplexStream<Buffer, Buffer>,
  outbound: Call,
  on: { begun: () => void; ended: () => void },
): void {
  inbound.on('data', (message: Buffer) => {
    on.begun();
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
    on.begun();
    on.ended();
    outbound.halfClose();
  });
}
