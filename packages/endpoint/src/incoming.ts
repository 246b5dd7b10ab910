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
 * One direction of a call, at its reader. Checks the rules of the protocol: frames come in order and none is missing, no message is larger
 * than the reader takes, parts fit together, and nothing follows the end. Keeps messages until they are wanted, and grants their writer
 * room for more (docs/wire-format.md, "The course of a call").
 */
export class Incoming {
  readonly #direction: 'request' | 'reply';
  readonly #maxMessageLength: number;
  readonly #grant: (credit: number) => void;
  readonly #messages = new Queue<ReceivedMessage>();
  /** Made only once a message comes in parts, because most messages come whole. */
  #assembly: Assembly | undefined;
  /** How much of the window the received parts of an unfinished message take. Parts that were granted back do not count. */
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

  /** Whether the frame was received before. */
  repeats(frame: Frame): boolean {
    return this.#distance(frame) < 0;
  }

  /** Takes a frame that is not repeated. @returns the fault that ends the call, if the frame has one. */
  receive(frame: Frame): ProtocolFault | undefined {
    const direction = this.#direction;
    if (this.#distance(frame) !== 0) {
      return new ProtocolFault(DATA_LOSS, `a part of the ${direction} is missing before frame ${frame.sequence}`);
    }
    this.#next = (this.#next + 1) >>> 0;
    const { message, part, halfClose, status } = frame;
    if (this.#ended && (message !== undefined || halfClose || status !== undefined)) {
      return new ProtocolFault(INTERNAL, `the ${direction} continues after its end`);
    }
    if (message !== undefined) {
      const fault = this.#take(message, part);
      if (fault !== undefined) return fault;
    }
    if (!halfClose && status === undefined) return undefined;
    this.#ended = true;
    // A status other than OK drops the parts of an unfinished message.
    if (this.partial && (status === undefined || status.code === OK)) {
      return new ProtocolFault(DATA_LOSS, `the ${direction} ended within a message`);
    }
    return undefined;
  }

  #distance(frame: Frame): number {
    // After 2^32 the numbers begin again at 0, so only the distance between two numbers shows which is earlier.
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

  /** Takes a message, or a part of one, from a frame. @returns false if the part does not fit the parts before it. */
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

  /** Takes the next message, to be delivered now; undefined if no whole message has come. */
  take(): Uint8Array | undefined {
    const next = this.#messages.shift();
    if (next === undefined) return undefined;
    this.#consume(next.cost);
    this.#grantParts();
    return next.message;
  }

  /**
   * Grants back the cost of the next message's parts as they come. The message may be larger than the window, and without these grants it
   * would never be whole. So at most one window and one message are held.
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
