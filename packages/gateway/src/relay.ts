import { type Metadata, status as Status } from '@grpc/grpc-js';
import type { CallHandler, CallMaker, InboundCall, InboundListener } from './calls.js';
import { ExactMetadata } from './exact-metadata.js';
import { HOLD_MS, Replies } from './replies.js';

type Call = ReturnType<CallMaker['createCall']>;

/** A caller's word that it would rather wait than fail where nobody serves; HTTP/2 has none of its own. */
export const waitForReadyKey = 'wherry-wait-for-ready';

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
 * each side, status and trailers, cancel and deadline. It neither knows nor needs the kind of the method. Neither
 * side is read faster than the other takes it: one message is in hand each way.
 *
 * The gateway relays from HTTP/2 to a Wherry channel, an egress from a Wherry worker to a grpc-js channel, and
 * nothing here depends on which is which.
 */
export function relayTo(channel: CallMaker, options: RelayOptions = {}): CallHandler {
  return (path, inbound) => inbound.start(new Requests(channel, options, path, inbound));
}

/** Passes what comes of a call on to the channel. */
class Requests implements InboundListener {
  readonly #channel: CallMaker;
  readonly #options: RelayOptions;
  readonly #path: string;
  readonly #inbound: InboundCall;
  #outbound: Call | undefined;
  #replies: Replies | undefined;
  #metadata: Metadata | undefined;
  /** Starts the call where no message comes soon. */
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

/** What the call is opened with: what its caller said, as far as it is not for this hop alone. */
function opening(received: Metadata, options: RelayOptions): Metadata {
  const metadata = ExactMetadata.forwarded(received);
  const [wish] = metadata.get(waitForReadyKey);
  if (wish !== undefined) metadata.remove(waitForReadyKey);
  const asked = wish === undefined ? metadata.getOptions().waitForReady : wish === 'true';
  const waitForReady = asked ?? options.waitForReady;
  metadata.setOptions(waitForReady === undefined ? {} : { waitForReady });
  return metadata;
}
