/** Makes one call, whose handler takes `waitMs`. `done` is called once, never before this has returned; `body` stays as it is until then. */
export type Call = (body: Buffer, waitMs: number, done: (error: Error | null, reply?: Buffer) => void) => void;

/** Opens a stream that gives back each message sent on it. `onEnd` is called once, never before this has returned. */
export type OpenStream = (onEcho: (body: Buffer) => void, onEnd: (error: Error | null) => void) => EchoStream;

export interface EchoStream {
  /** `body` stays as it is until it has come back. */
  send(body: Buffer): void;
  end(): void;
}

/** The load that a caller is asked to make. */
export type Load = LoadShape & {
  /** No call begins after this. */
  readonly durationMs: number;
  /** The most calls, or messages of streams, in all. */
  readonly maxCalls: number;
};

export type LoadShape = ClosedLoop | OpenLoop | StreamLoop;

interface Common {
  /** Bytes of a call's body; a message has a tag and a length more. */
  readonly bodyBytes: number;
}

/** Each caller makes its next call when it has the answer to the one before. */
export interface ClosedLoop extends Common {
  readonly kind: 'closed';
  readonly callers: number;
  readonly wait: Wait;
}

/** Calls begin at random moments (Poisson), however long the calls before them take. */
export interface OpenLoop extends Common {
  readonly kind: 'open';
  /** On average. */
  readonly perSecond: number;
  readonly wait: Wait;
}

/** Each stream keeps `window` messages on their way, there or back. */
export interface StreamLoop extends Common {
  readonly kind: 'streams';
  readonly streams: number;
  readonly window: number;
}

/** How long handlers wait before they answer, in whole milliseconds: random and evenly distributed. 0 and 0: not at all. */
export interface Wait {
  readonly minMs: number;
  readonly maxMs: number;
}

export const noWait: Wait = { minMs: 0, maxMs: 0 };

export function randomWait({ minMs, maxMs }: Wait): number {
  return minMs + Math.floor(Math.random() * (maxMs - minMs + 1));
}

/** Milliseconds. */
export interface Percentiles {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/**
 * The figures of one measurement. Times are those of calls, less their handlers' waits; 0 if a handler answered early. In
 * an open loop they count from when the call was due.
 */
export interface Figures extends Percentiles {
  /** Of streams: messages that came back. */
  readonly calls: number;
  readonly seconds: number;
  /** Of an open loop: arrivals that were not begun, because too many calls were under way. */
  readonly refused?: number;
  /** How long openings waited for others to share their record, if that is watched. */
  readonly packing?: Percentiles;
}

/** The figures, and the readings at the moment when the last answer had come. */
export interface Measured<T> {
  readonly figures: Figures;
  readonly atEnd: T;
}

/** An answer that takes longer counts as lost, and fails the run. */
export const ANSWER_LIMIT_MS = 40_000;

/** The body of a caller's messages. No two calls have the same body, so that an answer to another call is noticed. */
export class Body {
  readonly bytes: Buffer;
  #uses = 0;

  /** @param number of the caller, in the first four bytes. They also identify the call: a caller has one at a time. */
  constructor(number: number, length: number) {
    // From Node's pool, so that bodies lie together: thousands of them are on their way.
    this.bytes = Buffer.allocUnsafe(length).fill('wherry ');
    this.bytes.writeUInt32LE(number, 0);
  }

  next(): Buffer {
    this.bytes.writeUInt32LE(this.#uses++, 4);
    return this.bytes;
  }

  /** Says what is wrong with an answer; null if it is right. */
  wrong(reply: Buffer | undefined): Error | null {
    if (reply?.equals(this.bytes)) return null;
    return new Error(`wrong answer: sent ${show(this.bytes)}, got ${reply === undefined ? 'nothing' : show(reply)}`);
  }
}

function show(bytes: Buffer): string {
  return `${bytes.length} bytes ${bytes.subarray(0, 100).toString('hex')}`;
}
