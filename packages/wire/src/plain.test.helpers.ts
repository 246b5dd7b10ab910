import type { Envelope, Frame, MetadataEntries, MetadataEntry, Notice } from './index.js';

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

/** Notices stand behind the frames, as they are written. */
export function toPlain({ sender, frames, notices = [] }: Envelope): PlainEnvelope {
  return withoutDefaults({
    sender: withoutDefaults({ ...sender }),
    frames: [...frames.map(plainFrame), ...notices.map(plainNotice)],
  });
}

export function fromPlain({ sender, frames }: PlainEnvelope): Envelope {
  const whole = { ...sender, partition: sender.partition ?? 0 };
  return {
    sender: whole,
    frames: frames.filter((frame) => !isNotice(frame)).map(frameOf),
    notices: frames.filter(isNotice).map(noticeOf),
  };
}

/** The call ids of an envelope, in the order they are written. */
export function idsOf({ frames, notices = [] }: Envelope): string[] {
  return [...frames, ...notices].flatMap((entry) => ('callId' in entry ? entry.callId : []));
}

export function isNotice({ callId, begun }: PlainFrame): boolean {
  return callId === undefined || begun !== undefined;
}

/** The order that a reader of this package gives the frames in: those of calls, and then the notices. */
export function inReadOrder({ sender, frames }: PlainEnvelope): PlainEnvelope {
  const ofCalls = frames.filter((frame) => !isNotice(frame)).map(({ leaseMs: _, ...frame }) => frame);
  return { sender, frames: [...ofCalls, ...frames.filter(isNotice)] };
}

/** Converts a call id, a string with one character for each byte, to hex and back. */
export const idToHex = (id: string): string => Buffer.from(id, 'latin1').toString('hex');
export const idFromHex = (hex: string): string => Buffer.from(hex, 'hex').toString('latin1');

function plainFrame(frame: Frame): PlainFrame {
  const { callId, open, headers, message, part, status } = frame;
  return withoutDefaults({
    ...frame,
    callId: idToHex(callId),
    open: open && withoutDefaults({ ...open, metadata: optional(plainEntries(open.metadata)) }),
    headers: headers && plainEntries(headers),
    message: message && Buffer.from(message).toString('hex'),
    part: part && withoutDefaults({ ...part }),
    status: status && withoutDefaults({ ...status, trailers: optional(plainEntries(status.trailers)) }, ['message']),
  }) as PlainFrame;
}

function plainNotice(notice: Notice): PlainFrame {
  if (notice.kind === 'lease') return withoutDefaults({ sequence: notice.echo, leaseMs: notice.leaseMs });
  return { callId: idToHex(notice.callId), begun: plainEntries(notice.context) };
}

function noticeOf({ callId = '', sequence = 0, leaseMs = 0, begun }: PlainFrame): Notice {
  if (begun === undefined) return { kind: 'lease', leaseMs, echo: sequence };
  return { kind: 'begun', callId: idFromHex(callId), context: entriesOf(begun) };
}

function frameOf({
  callId = '',
  sequence,
  open,
  headers,
  message,
  part,
  status,
  leaseMs: _,
  ...rest
}: PlainFrame): Frame {
  const frame: Frame = { callId: idFromHex(callId), sequence: sequence ?? 0, ...rest };
  if (open !== undefined) frame.open = { ...open, metadata: entriesOf(open.metadata ?? []) };
  if (headers !== undefined) frame.headers = entriesOf(headers);
  if (message !== undefined) frame.message = Buffer.from(message, 'hex');
  if (part !== undefined) frame.part = { offset: 0, ...part };
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
