import type { Frame, MessagePart } from '@wherry/wire';
import { INITIAL_WINDOW, windowCost } from './flow-window.js';
import { Assembly } from './message-parts.js';
import { Queue } from './queue.js';

/** gRPC status codes that this file ends calls with. */
const OK = 0;
const RESOURCE_EXHAUSTED = 8;
const INTERNAL = 13;
const DATA_LOSS = 15;

/** A frame that breaks a rule of the protocol, and the status that its call ends with. */
export class ProtocolFault {
  constructor(
    /** A gRPC status code. */
    readonly code: number,
    readonly details: string,
  ) {}
}

class ReceivedMessage {
  next: ReceivedMessage | undefined;

  constructor(
    readonly message: Uint8Array,
    readonly cost: number,
  ) {}
}

/**
 * One direction of a call, at its reader. Holds the rules of the protocol: frames come in order and none is missing, no message is larger
 * than the reader takes, parts fit together, and nothing follows the end. Keeps messages until they are wanted, and grants their writer room
 * for more (docs/wire-format.md, "The life of a call").
 */
export class Incoming {
  readonly #direction: 'request' | 'reply';
  readonly #maxMessageLength: number;
  readonly #grant: (credit: number) => void;
  readonly #messages = new Queue<ReceivedMessage>();
  /** Made for the first part of a message: most messages come whole. */
  #assembly: Assembly | undefined;
  /** The cost of the parts that came of a message, as far as they are not granted again. */
  #partsCost = 0;
  #next = 0;
  #consumed = 0;
  #ended = false;

  /**
   * @param maxMessageLength in bytes; -1: any.
   * @param grant is called when the writer should be told of more room.
   */
  constructor(direction: 'request' | 'reply', maxMessageLength: number, grant: (credit: number) => void) {
    this.#direction = direction;
    this.#maxMessageLength = maxMessageLength;
    this.#grant = grant;
  }

  /** The frame that ends the direction was received: a half-close or a status. */
  get ended(): boolean {
    return this.#ended;
  }

  get empty(): boolean {
    return this.#messages.first === undefined;
  }

  /** A message has begun to come and is not whole. */
  get partial(): boolean {
    return this.#assembly?.partial ?? false;
  }

  /** Whether the frame came before. */
  repeats(frame: Frame): boolean {
    return this.#distance(frame) < 0;
  }

  /** Takes a frame that is no repetition. @returns the fault that ends the call, if the frame has one. */
  receive(frame: Frame): ProtocolFault | undefined {
    const direction = this.#direction;
    if (this.#distance(frame) !== 0) {
      return new ProtocolFault(DATA_LOSS, `a part of the ${direction} is missing before frame ${frame.sequence}`);
    }
    this.#next = (this.#next + 1) >>> 0;
    const { message, part, halfClose, status } = frame;
    if (this.#ended && (message !== undefined || halfClose || status !== undefined)) {
      return new ProtocolFault(INTERNAL, `the ${direction} goes on behind its end`);
    }
    if (message !== undefined) {
      const fault = this.#take(message, part);
      if (fault !== undefined) return fault;
    }
    if (!halfClose && status === undefined) return undefined;
    this.#ended = true;
    // Any other status drops the part of a message that came.
    if (this.partial && (status === undefined || status.code === OK)) {
      return new ProtocolFault(DATA_LOSS, `the ${direction} ended within a message`);
    }
    return undefined;
  }

  #distance(frame: Frame): number {
    // After 2^32 the numbers begin again at 0, so the distance counts.
    return (frame.sequence - this.#next) | 0;
  }

  #take(message: Uint8Array, part: MessagePart | undefined): ProtocolFault | undefined {
    const max = this.#maxMessageLength;
    // A message that is too large is refused with its first part.
    const length = part?.total ?? message.length;
    if (max >= 0 && length > max) {
      return new ProtocolFault(RESOURCE_EXHAUSTED, `Received message larger than max (${length} vs. ${max})`);
    }
    if (this.push(message, part)) return undefined;
    return new ProtocolFault(DATA_LOSS, `the parts of a ${this.#direction} message do not fit together`);
  }

  /** Takes the message of a frame, or the part of one; false where the part does not fit to those before it. */
  push(message: Uint8Array, part?: MessagePart): boolean {
    if (part === undefined) {
      this.#messages.push(new ReceivedMessage(message, windowCost(message)));
      return !this.partial;
    }
    this.#assembly ??= new Assembly();
    const assembled = this.#assembly.add(message, part);
    if (assembled === 'broken') return false;
    this.#partsCost += windowCost(message);
    if (assembled === 'more') {
      this.#grantParts();
    } else {
      this.#messages.push(new ReceivedMessage(assembled, this.#partsCost));
      this.#partsCost = 0;
    }
    return true;
  }

  /** The next message, to be delivered now. */
  take(): Uint8Array | undefined {
    const next = this.#messages.shift();
    if (next === undefined) return undefined;
    this.#consume(next.cost);
    this.#grantParts();
    return next.message;
  }

  /**
   * The message that is next may be larger than the window: its parts are granted anew as they come, or it would never be
   * whole. So what is held is bounded by the window and one message.
   */
  #grantParts(): void {
    if (!this.empty || this.#partsCost === 0) return;
    const parts = this.#partsCost;
    this.#partsCost = 0;
    this.#consume(parts);
  }

  #consume(consumed: number): void {
    this.#consumed += consumed;
    if (this.#consumed < INITIAL_WINDOW / 2) return;
    const credit = this.#consumed;
    this.#consumed = 0;
    this.#grant(credit);
  }

  clear(): void {
    this.#messages.clear();
    this.#assembly?.clear();
  }
}
