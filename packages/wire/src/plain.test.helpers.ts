import type { Envelope, Frame, MetadataEntries, MetadataEntry } from './index.js';

/** An envelope as plain JSON. Bytes are in hex. Fields that are absent, false or a default number are left out. */
export interface PlainEnvelope {
  readonly sender: { readonly topic: string; readonly partition?: number; readonly instance?: number };
  readonly frames: readonly PlainFrame[];
}

/** Values of keys that end in `-bin` are hex. */
type PlainEntries = readonly (readonly [key: string, value: string])[];

export interface PlainFrame {
  readonly callId?: string;
  readonly sequence?: number;
  readonly open?: {
    readonly method: string;
    readonly deadline?: number;
    readonly metadata?: PlainEntries;
    readonly authority?: string;
    readonly waitForReady?: boolean;
  };
  readonly accept?: boolean;
  readonly headers?: PlainEntries;
  readonly message?: string;
  readonly halfClose?: boolean;
  readonly cancel?: boolean;
  readonly status?: { readonly code?: number; readonly message?: string; readonly trailers?: PlainEntries };
  readonly credit?: number;
  readonly leaseMs?: number;
  readonly part?: { readonly offset?: number; readonly total: number; readonly checksum?: number };
  readonly begun?: PlainEntries;
}

export function toPlain({ sender, frames }: Envelope): PlainEnvelope {
  return withoutDefaults({ sender: withoutDefaults({ ...sender }), frames: frames.map(plainFrame) });
}

export function fromPlain({ sender, frames }: PlainEnvelope): Envelope {
  return { sender: { ...sender, partition: sender.partition ?? 0 }, frames: frames.map(frameOf) };
}

/** Converts a call id, a string with one character for each byte, to hex and back. */
export const idToHex = (id: string): string => Buffer.from(id, 'latin1').toString('hex');
export const idFromHex = (hex: string): string => Buffer.from(hex, 'hex').toString('latin1');

function plainFrame(frame: Frame): PlainFrame {
  const { callId, open, headers, message, part, status, begun } = frame;
  return withoutDefaults({
    ...frame,
    callId: callId === undefined ? undefined : idToHex(callId),
    open: open && withoutDefaults({ ...open, metadata: optional(plainEntries(open.metadata)) }),
    headers: headers && plainEntries(headers),
    message: message && Buffer.from(message).toString('hex'),
    part: part && withoutDefaults({ ...part }),
    begun: begun && plainEntries(begun),
    status: status && withoutDefaults({ ...status, trailers: optional(plainEntries(status.trailers)) }, ['message']),
  }) as PlainFrame;
}

function frameOf({ callId, sequence, open, headers, message, part, status, begun, ...rest }: PlainFrame): Frame {
  const frame: Frame = { sequence: sequence ?? 0, ...rest };
  if (callId !== undefined) frame.callId = idFromHex(callId);
  if (open !== undefined) frame.open = { ...open, metadata: entriesOf(open.metadata ?? []) };
  if (headers !== undefined) frame.headers = entriesOf(headers);
  if (message !== undefined) frame.message = Buffer.from(message, 'hex');
  if (part !== undefined) frame.part = { offset: 0, ...part };
  if (begun !== undefined) frame.begun = entriesOf(begun);
  if (status !== undefined) {
    const { code = 0, message: text = '', trailers = [] } = status;
    frame.status = { code, message: text, trailers: entriesOf(trailers) };
  }
  return frame;
}

function plainEntries(entries: MetadataEntries): PlainEntries {
  return entries.map(([key, value]) => [key, typeof value === 'string' ? value : Buffer.from(value).toString('hex')]);
}

function entriesOf(entries: PlainEntries): MetadataEntry[] {
  return entries.map(([key, value]) => [key, key.endsWith('-bin') ? Buffer.from(value, 'hex') : value]);
}

function optional(entries: PlainEntries): PlainEntries | undefined {
  return entries.length === 0 ? undefined : entries;
}

/** Leaves out defaults. An empty string is left out only if `texts` names its field, because an empty message is a message. */
function withoutDefaults<T extends object>(fields: T, texts: readonly string[] = ['authority']): T {
  const kept = Object.entries(fields).filter(
    ([name, value]) =>
      value !== undefined &&
      value !== 0 &&
      !(value === false && name !== 'waitForReady') &&
      !(value === '' && texts.includes(name)),
  );
  return Object.fromEntries(kept) as T;
}
