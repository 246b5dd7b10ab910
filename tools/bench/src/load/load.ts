/** Makes one call, whose handler takes `waitMs`. `done` is called once, never before this has returned; `body` stays as it is until then. */
export type Call = (body: Buffer, waitMs: number, done: (error: Error | null, reply?: Buffer) => void) => void;

/** Opens a stream that gives back what is sent on it. `onEnd` is called once, never before this has returned. */
export type OpenStream = (onEcho: (body: Buffer) => void, onEnd: (error: Error | null) => void) => EchoStream;

export interface EchoStream {
  /** `body` stays as it is until it has come back. */
  send(body: Buffer): void;
  end(): void;
}

/** What is asked of a caller. */
export type Load = LoadShape & {
  /** No call begins after this. */
  readonly durationMs: number;
  /** At most so many calls, or messages of streams, in all. */
  readonly maxCalls: number;
};

export type LoadShape = ClosedLoop | OpenLoop | StreamLoop;

interface Common {
  /** How long the body of a call is; a message has a tag and a length more. */
  readonly bodyBytes: number;
}

/** Each caller makes its next call when it has the answer to the one before. */
export interface ClosedLoop extends Common {
  readonly kind: 'closed';
  readonly callers: number;
  readonly wait: Wait;
}

/** Calls begin at random moments (Poisson), however long those before them take. */
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

/** How long handlers wait before they answer, in whole milliseconds: at random, each as likely as the others. 0 and 0: not at all. */
export interface Wait {
  readonly minMs: number;
  readonly maxMs: number;
}

export const noWait: Wait = { minMs: 0, maxMs: 0 };

export function randomWait({ minMs, maxMs }: Wait): number {
  return minMs + Math.floor(Math.random() * (maxMs - minMs + 1));
}

/** What came of it. */
export interface Figures {
  /** Or messages that came back, of streams. */
  readonly calls: number;
  readonly seconds: number;
  /** Milliseconds that a call took beyond its handler's wait. In an open loop they count from when it was due. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** Of an open loop: arrivals that were not begun, as {@link MAX_UNDER_WAY} calls were under way. */
  readonly refused?: number;
  /** How long openings waited for others to share their record, where that is watched. Milliseconds. */
  readonly packing?: { readonly p50: number; readonly p99: number; readonly max: number };
}

/** An answer that takes longer is taken for lost, and fails the run. */
export const ANSWER_LIMIT_MS = 40_000;
