import { type Frame, MadeFrame, type MessagePart } from '@wherry/wire';
import { Assembly, CutMessage } from './message-parts.js';
import { CallParcel, type Parcel } from './outbox.js';
import { Queue } from './queue.js';

/** How many bytes of messages may be on their way to a reader before it has granted more (docs/wire-format.md). */
export const INITIAL_WINDOW = 262_144;
/** What a message counts for beyond its bytes, so that empty ones are bounded too. */
const MESSAGE_OVERHEAD = 32;

function cost(message: Uint8Array): number {
  return message.length + MESSAGE_OVERHEAD;
}

/** The parts a frame can be given. */
export type FrameParts = Omit<Frame, 'callId' | 'sequence'>;

class WaitingMessage {
  next: WaitingMessage | undefined;

  /** @param cut where the message is too large for one record: what of it is still to be sent. */
  constructor(
    readonly message: Uint8Array,
    readonly cut: CutMessage | undefined,
    readonly sent: (() => void) | undefined,
  ) {}
}

/**
 * One direction of a call, at its writer: numbers the frames, puts parts that arise in the same turn into the same frame,
 * and holds messages back until the reader has room for them.
 */
export class Outgoing {
  readonly #callId: string;
  readonly #post: (parcel: Parcel) => void;
  readonly #maxWhole: number;
  readonly #waiting = new Queue<WaitingMessage>();
  #sequence = 0;
  #credit = INITIAL_WINDOW;
  #last: Parcel | undefined;
  /** The end, where it waits behind messages; then `#endSent` is called. */
  #end: FrameParts | undefined;
  #endSent: (() => void) | undefined;
  #held = false;

  /**
   * @param maxWhole a message of more bytes travels in parts.
   * @param post sends a new frame; it decides where to.
   */
  constructor(callId: string, maxWhole: number, post: (parcel: Parcel) => void) {
    this.#callId = callId;
    this.#maxWhole = maxWhole;
    this.#post = post;
  }

  /** Sends parts now, in a frame that is not sealed yet where they fit there. */
  add(parts: FrameParts): void {
    const last = this.#last;
    if (last !== undefined && !last.sealed && fits(last.frame, parts)) {
      const credit = (last.frame.credit ?? 0) + (parts.credit ?? 0);
      Object.assign(last.frame, parts);
      if (credit > 0) last.frame.credit = credit;
      return;
    }
    this.#begin(Object.assign(new MadeFrame(this.#sequence, this.#callId), parts));
  }

  /** As {@link add}, of a whole message: of a stream most frames are that and nothing else. */
  #addMessage(message: Uint8Array): void {
    const last = this.#last;
    if (last !== undefined && !last.sealed && fits(last.frame, { message })) last.frame.message = message;
    else {
      const frame = new MadeFrame(this.#sequence, this.#callId);
      frame.message = message;
      this.#begin(frame);
    }
  }

  #begin(frame: Frame): void {
    this.#sequence = (this.#sequence + 1) >>> 0;
    this.#last = new CallParcel(frame);
    this.#post(this.#last);
  }

  /** Sends a message now, where it need not wait for anything; false where it is to be written. */
  offer(message: Uint8Array): boolean {
    if (this.#waiting.first !== undefined || this.#credit <= 0 || this.#held || message.length > this.#maxWhole)
      return false;
    this.#credit -= cost(message);
    this.#addMessage(message);
    return true;
  }

  /** Sends a message as soon as the reader has room, then calls `sent`. */
  write(message: Uint8Array, sent?: () => void): void {
    const cut = message.length > this.#maxWhole ? new CutMessage(message, this.#maxWhole) : undefined;
    this.#waiting.push(new WaitingMessage(message, cut, sent));
    this.pump();
  }

  /** Ends the direction behind every message that was written, then calls `sent`. */
  end(parts: FrameParts, sent?: () => void): void {
    this.#end = parts;
    this.#endSent = sent;
    this.pump();
  }

  /** The message that is sent next, where one waits. */
  get next(): Uint8Array | undefined {
    return this.#waiting.first?.message;
  }

  /** The reader has room for so many bytes more. */
  grant(credit: number): void {
    this.#credit += credit;
    this.pump();
  }

  /**
   * Until {@link release}, sends nothing but what fits into the frame that is being made: the other side is not known
   * yet.
   */
  hold(): void {
    this.#held = true;
  }

  release(): void {
    this.#held = false;
    this.pump();
  }

  /** Forgets what was not sent, and lets its writers go on. */
  abandon(): void {
    this.#end = undefined;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) next.sent?.();
  }

  /** The call is over, so that nothing is added to its last frame: what keeps the call does not keep that too. */
  close(): void {
    this.#last = undefined;
  }

  /** Sends what may be sent now. */
  pump(): void {
    while (this.#credit > 0) {
      const next = this.#waiting.first;
      // A part does not go with an opening: somebody has to say first that he wants the rest.
      if (next === undefined || (next.cut !== undefined && this.#held) || !this.#mayAdd({ message: next.message }))
        break;
      if (next.cut === undefined) {
        this.#credit -= cost(next.message);
        this.#addMessage(next.message);
      } else {
        const part = next.cut.next();
        this.#credit -= cost(part.message);
        this.add(part);
        if (!next.cut.done) continue;
      }
      this.#waiting.shift();
      next.sent?.();
    }
    if (this.#waiting.first === undefined && this.#end !== undefined && this.#mayAdd(this.#end)) {
      const parts = this.#end;
      const sent = this.#endSent;
      this.#end = undefined;
      this.#endSent = undefined;
      this.add(parts);
      sent?.();
    }
  }

  #mayAdd(parts: FrameParts): boolean {
    if (!this.#held) return true;
    return this.#last !== undefined && !this.#last.sealed && fits(this.#last.frame, parts);
  }
}

/** Within a frame the order is fixed: headers, message, end. */
function fits(frame: Frame, parts: FrameParts): boolean {
  if (frame.halfClose || frame.status !== undefined || frame.cancel) return false;
  if (frame.message === undefined) return true;
  return parts.message === undefined && parts.headers === undefined && parts.accept === undefined;
}

class ReceivedMessage {
  next: ReceivedMessage | undefined;

  constructor(
    readonly message: Uint8Array,
    readonly cost: number,
  ) {}
}

/** One direction of a call, at its reader: checks that no frame is missing, and keeps messages until they are wanted. */
export class Incoming {
  readonly #grant: (credit: number) => void;
  readonly #messages = new Queue<ReceivedMessage>();
  /** Made for the first part of a message: most come whole. */
  #assembly: Assembly | undefined;
  /** What the parts that have come of a message cost, where they are not granted anew yet. */
  #partsCost = 0;
  #next = 0;
  #consumed = 0;

  /** @param grant is called when the writer should be told of more room. */
  constructor(grant: (credit: number) => void) {
    this.#grant = grant;
  }

  /** Whether a frame is the next one of its direction, one that came before, or one after a gap. */
  check(frame: Frame): 'next' | 'repeated' | 'gap' {
    // Numbers begin anew after 2^32, so what counts is the distance.
    const distance = (frame.sequence - this.#next) | 0;
    if (distance < 0) return 'repeated';
    if (distance > 0) return 'gap';
    this.#next = (this.#next + 1) >>> 0;
    return 'next';
  }

  /** Takes the message of a frame, or the part of one; false where the part does not fit to those before it. */
  push(message: Uint8Array, part?: MessagePart): boolean {
    if (part === undefined) {
      this.#messages.push(new ReceivedMessage(message, cost(message)));
      return !this.partial;
    }
    this.#assembly ??= new Assembly();
    const assembled = this.#assembly.add(message, part);
    if (assembled === 'broken') return false;
    this.#partsCost += cost(message);
    if (assembled === 'more') {
      this.#grantParts();
    } else {
      this.#messages.push(new ReceivedMessage(assembled, this.#partsCost));
      this.#partsCost = 0;
    }
    return true;
  }

  get empty(): boolean {
    return this.#messages.first === undefined;
  }

  /** Whether a message has begun to come and is not whole. */
  get partial(): boolean {
    return this.#assembly?.partial ?? false;
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
