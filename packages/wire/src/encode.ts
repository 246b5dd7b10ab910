import { entryTag, envelopeTag, frameTag, metadataTag, openTag, partTag, statusTag } from './fields.js';
import {
  type Envelope,
  type Frame,
  LAST_STATUS_CODE,
  type MessagePart,
  type MetadataEntries,
  type Notice,
  type Opening,
  UNKNOWN_STATUS_CODE,
  type WireStatus,
} from './frame.js';
import { Writer } from './writer.js';

/** The version of the format this package reads and writes. */
export const WIRE_VERSION = 1;

/** Expected sizes of an envelope without its frames, and of a frame. If the buffer turns out too small, it is copied. */
const ENVELOPE_BYTES = 128;
const FRAME_BYTES = 48;
const noNotices: readonly Notice[] = [];

/** A record's key and value. The value is null if no frame carries a message. */
export interface WireRecord {
  readonly key: Buffer;
  readonly value: Buffer | null;
}

/**
 * Writes an envelope and the messages of its frames as a record's key and value. If there is only one message, it becomes the
 * value without a copy.
 */
export function encodeRecord(envelope: Envelope): WireRecord {
  const { sender, frames, notices = noNotices } = envelope;
  const methods = new Map<string, number>();
  const messages: Uint8Array[] = [];
  for (const frame of frames) {
    if (frame.open !== undefined && !methods.has(frame.open.method)) methods.set(frame.open.method, methods.size);
    if (frame.message !== undefined) messages.push(frame.message);
  }

  const writer = new Writer(ENVELOPE_BYTES + (frames.length + notices.length) * FRAME_BYTES);
  writer.uint32(envelopeTag.version).uint32(WIRE_VERSION).uint32(envelopeTag.senderTopic).string(sender.topic);
  if (sender.partition !== 0) writer.uint32(envelopeTag.senderPartition).uint32(sender.partition);
  for (const method of methods.keys()) writer.uint32(envelopeTag.methods).string(method);
  for (const frame of frames) writeFrame(writer.uint32(envelopeTag.frames).fork(), frame, methods).ldelim();
  for (const notice of notices) writeNotice(writer.uint32(envelopeTag.frames).fork(), notice).ldelim();
  if (sender.instance) writer.uint32(envelopeTag.senderInstance).uint32(sender.instance);
  return { key: writer.finish(), value: joinMessages(messages) };
}

function writeFrame(writer: Writer, frame: Frame, methods: Map<string, number>): Writer {
  writer.uint32(frameTag.callId).latin1(frame.callId);
  if (frame.sequence !== 0) writer.uint32(frameTag.sequence).uint32(frame.sequence);
  if (frame.open !== undefined) {
    writeOpening(writer.uint32(frameTag.open).fork(), frame.open, methods.get(frame.open.method) ?? 0).ldelim();
  }
  if (frame.accept) writer.uint32(frameTag.accept).bool(true);
  if (frame.headers !== undefined)
    writeEntries(writer.uint32(frameTag.headers).fork(), metadataTag.entries, frame.headers).ldelim();
  if (frame.message !== undefined) writer.uint32(frameTag.messageLength).uint32(frame.message.length);
  if (frame.halfClose) writer.uint32(frameTag.halfClose).bool(true);
  if (frame.cancel) writer.uint32(frameTag.cancel).bool(true);
  if (frame.status !== undefined) writeStatus(writer.uint32(frameTag.status).fork(), frame.status).ldelim();
  if (frame.credit) writer.uint32(frameTag.credit).uint32(frame.credit);
  if (frame.part !== undefined) writePart(writer.uint32(frameTag.part).fork(), frame.part).ldelim();
  return writer;
}

/** A notice has the form of a frame, in the same field of the envelope. */
function writeNotice(writer: Writer, notice: Notice): Writer {
  if (notice.kind === 'begun') {
    writer.uint32(frameTag.callId).latin1(notice.callId);
    return writeEntries(writer.uint32(frameTag.begun).fork(), metadataTag.entries, notice.context).ldelim();
  }
  if (notice.echo !== 0) writer.uint32(frameTag.sequence).uint32(notice.echo);
  return writer.uint32(frameTag.leaseMs).uint32(notice.leaseMs);
}

function writeOpening(writer: Writer, open: Opening, method: number): Writer {
  if (method !== 0) writer.uint32(openTag.method).uint32(method);
  if (open.deadline !== undefined) writer.uint32(openTag.deadline).uint64(wholeDeadline(open.deadline));
  writeEntries(writer, openTag.metadata, open.metadata);
  if (open.authority) writer.uint32(openTag.authority).string(open.authority);
  if (open.waitForReady !== undefined) writer.uint32(openTag.waitForReady).bool(open.waitForReady);
  return writer;
}

function writePart(writer: Writer, { offset, total, checksum }: MessagePart): Writer {
  if (offset !== 0) writer.uint32(partTag.offset).uint32(offset);
  writer.uint32(partTag.total).uint32(total);
  if (checksum) writer.uint32(partTag.checksum).uint32(checksum);
  return writer;
}

function writeStatus(writer: Writer, status: WireStatus): Writer {
  const code = knownCode(status.code);
  if (code !== 0) writer.uint32(statusTag.code).uint32(code);
  if (status.message !== '') writer.uint32(statusTag.message).string(status.message);
  return writeEntries(writer, statusTag.trailers, status.trailers);
}

function writeEntries(writer: Writer, tag: number, entries: MetadataEntries): Writer {
  for (const [key, value] of entries) {
    const entry = writer.uint32(tag).fork();
    entry.uint32(entryTag.key).string(key);
    if (value.length > 0) {
      entry.uint32(entryTag.value);
      if (typeof value === 'string') entry.string(value);
      else entry.bytes(value);
    }
    entry.ldelim();
  }
  return writer;
}

/** Converts the deadline to the form that the format needs: a whole number above 0, because 0 means no deadline. */
function wholeDeadline(deadline: number): number {
  return Math.min(Math.max(Math.trunc(deadline), 1), Number.MAX_SAFE_INTEGER);
}

/** Replaces a code that gRPC does not define with UNKNOWN, as gRPC itself does. */
function knownCode(code: number): number {
  return Number.isInteger(code) && code >= 0 && code <= LAST_STATUS_CODE ? code : UNKNOWN_STATUS_CODE;
}

function joinMessages(messages: readonly Uint8Array[]): Buffer | null {
  const [first] = messages;
  if (first === undefined) return null;
  return messages.length === 1 ? asBuffer(first) : Buffer.concat(messages);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
