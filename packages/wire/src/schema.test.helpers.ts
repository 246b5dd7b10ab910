import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';
import type { Envelope, Frame, MetadataEntries, Notice } from './index.js';

/** The published schema, read by protobufjs's reflection. It reads and writes the same bytes independently. */
const schema = protobuf.loadSync(
  fileURLToPath(new URL('../../../proto/wherry/wire/v1/envelope.proto', import.meta.url)),
);
export const envelopeType: protobuf.Type = schema.lookupType('wherry.wire.v1.Envelope');

/** An envelope in the form of protobufjs's reflection. */
export interface SchemaEnvelope {
  readonly methods?: readonly string[];
  readonly frames?: readonly SchemaFrame[];
}

export interface SchemaFrame {
  callId?: Buffer;
  open?: object | null;
  headers?: object | null;
  status?: object | null;
  part?: object | null;
}

/** Converts an envelope to the form of protobufjs's reflection. Defaults are left out, as in every canonical encoding. */
export function toSchemaObject({ sender, frames, notices = [] }: Envelope): Record<string, unknown> {
  const methods = [...new Set(frames.flatMap(({ open }) => open?.method ?? []))];
  return {
    version: 1,
    ...nonZero({ senderTopic: sender.topic, senderPartition: sender.partition, senderInstance: sender.instance ?? 0 }),
    ...(methods.length > 0 ? { methods } : {}),
    frames: [...frames.map((frame) => frameObject(frame, methods)), ...notices.map(noticeObject)],
  };
}

/** Encodes an envelope with protobufjs's reflection. */
export function encodeBySchema(envelope: Envelope): { key: Buffer; value: Buffer | null } {
  const messages = envelope.frames.flatMap(({ message }) => message ?? []);
  return {
    key: Buffer.from(envelopeType.encode(toSchemaObject(envelope)).finish()),
    value: messages.length > 0 ? Buffer.concat(messages) : null,
  };
}

/** Decodes a key with protobufjs's reflection. Bytes become Buffers and 64-bit numbers become numbers. */
export function decodeBySchema(key: Uint8Array, options?: protobuf.IConversionOptions): SchemaEnvelope {
  return envelopeType.toObject(envelopeType.decode(key), { longs: Number, bytes: Buffer, ...options });
}

function frameObject(frame: Frame, methods: readonly string[]): Record<string, unknown> {
  const { callId, open, headers, message, status, sequence, accept, halfClose, cancel, credit, part } = frame;
  return {
    callId: Buffer.from(callId, 'latin1'),
    ...nonZero({ sequence, accept, halfClose, cancel, credit }),
    ...(open !== undefined
      ? {
          open: {
            ...nonZero({ method: methods.indexOf(open.method), deadlineMs: open.deadline, authority: open.authority }),
            ...list('metadata', open.metadata),
            ...(open.waitForReady === undefined ? {} : { waitForReady: open.waitForReady }),
          },
        }
      : {}),
    ...(headers !== undefined ? { headers: list('entries', headers) } : {}),
    ...(message !== undefined ? { messageLength: message.length } : {}),
    ...(status !== undefined
      ? { status: { ...nonZero({ code: status.code, message: status.message }), ...list('trailers', status.trailers) } }
      : {}),
    ...(part !== undefined ? { part: nonZero({ ...part }) } : {}),
  };
}

function noticeObject(notice: Notice): Record<string, unknown> {
  if (notice.kind === 'lease') return nonZero({ sequence: notice.echo, leaseMs: notice.leaseMs });
  return { callId: Buffer.from(notice.callId, 'latin1'), begun: list('entries', notice.context) };
}

function list(name: string, entries: MetadataEntries): Record<string, unknown> {
  if (entries.length === 0) return {};
  return {
    [name]: entries.map(([key, value]) => ({
      key,
      ...(value.length > 0 ? { value: Buffer.from(value as string) } : {}),
    })),
  };
}

function nonZero(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => Boolean(value)));
}
