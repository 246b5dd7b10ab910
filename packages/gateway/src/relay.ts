import { type Metadata, status as Status } from '@grpc/grpc-js';
import type { CallHandler, CallMaker, InboundCall, InboundListener } from './calls.js';
import { ExactMetadata } from './exact-metadata.js';
import { HOLD_MS, Replies } from './replies.js';

type Call = ReturnType<CallMaker['createCall']>;

/**
 * The metadata key by which a caller says, with `true` or `false`, whether its call waits if nobody serves it yet. gRPC over HTTP/2
 * has no such field.
 */
export const waitForReadyKey = 'wherry-wait-for-ready';

/** The options of {@link relayTo}, and so of a gateway and an egress. */
export interface RelayOptions {
  /**
   * Whether a call waits for a server that is not up yet, if the call itself does not say. Default: as the channel's service config
   * says, or else false.
   */
  readonly waitForReady?: boolean | undefined;
}

/**
 * Returns a handler that passes calls on. For each call that the handler takes, it makes a call on the channel. It passes everything on,
 * both ways: metadata, messages, the end of each side, status and trailers, cancel and deadline. It does not need to know the kind of the
 * method. It reads neither side faster than the other side takes messages: it holds one message each way.
 *
 * A gateway relays from HTTP/2 to a Wherry channel. An egress relays from a Wherry worker to a grpc-js channel. Both use this relay.
 */
export function relayTo(channel: CallMaker, options: RelayOptions = {}): CallHandler {
  return (path, inbound) => inbound.start(new Requests(channel, options, path, inbound));
}

/** Passes the request of a call on to the channel. */
class Requests implements InboundListener {
  readonly #channel: CallMaker;
  readonly #options: RelayOptions;
  readonly #path: string;
  readonly #inbound: InboundCall;
  #outbound: Call | undefined;
  #replies: Replies | undefined;
  #metadata: Metadata | undefined;
  /** Starts the call if no message comes soon. */
  #timer: NodeJS.Timeout | undefined;

  constructor(channel: CallMaker, options: RelayOptions, path: string, inbound: InboundCall) {
    this.#channel = channel;
    this.#options = options;
    this.#path = path;
    this.#inbound = inbound;
  }

  onReceiveMetadata(received: Metadata): void {
    try {
      this.#outbound = this.#channel.createCall(this.#path, this.#inbound.getDeadline(), null, null, null);
    } catch (error) {
      const code = error instanceof TypeError ? Status.UNIMPLEMENTED : Status.UNAVAILABLE;
      this.#inbound.sendStatus({ code, details: (error as Error).message });
      return;
    }
    this.#metadata = opening(received, this.#options);
    this.#replies = new Replies(this.#outbound, this.#inbound);
    this.#timer = setTimeout(() => this.#begin(), HOLD_MS);
    this.#inbound.startRead();
  }

  onReceiveMessage(message: Buffer): void {
    this.#begin();
    this.#outbound?.sendMessageWithContext({ callback: () => this.#inbound.startRead() }, message);
  }

  onReceiveHalfClose(): void {
    this.#begin();
    this.#replies?.holdMessage();
    this.#outbound?.halfClose();
  }

  onCancel(): void {
    clearTimeout(this.#timer);
    this.#replies?.drop();
    this.#outbound?.cancelWithStatus(Status.CANCELLED, 'Cancelled by the caller');
  }

  #begin(): void {
    if (this.#metadata === undefined) return;
    clearTimeout(this.#timer);
    this.#replies?.start(this.#metadata);
    this.#metadata = undefined;
  }
}

/** The metadata of the call on the channel: the caller's metadata without the keys that are for this hop alone. */
function opening(received: Metadata, options: RelayOptions): Metadata {
  const metadata = ExactMetadata.forwarded(received);
  const [wish] = metadata.get(waitForReadyKey);
  if (wish !== undefined) metadata.remove(waitForReadyKey);
  const asked = wish === undefined ? metadata.getOptions().waitForReady : wish === 'true';
  const waitForReady = asked ?? options.waitForReady;
  metadata.setOptions(waitForReady === undefined ? {} : { waitForReady });
  return metadata;
}
