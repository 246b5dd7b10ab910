import protobuf from 'protobufjs/minimal.js';
import { WIRE_VERSION } from './encode.js';
import { entryTag, envelopeTag, frameTag, metadataTag, openTag, statusTag } from './fields.js';
import {
  CALL_ID_BYTES,
  type Envelope,
  type Frame,
  type MetadataEntry,
  type Opening,
  type WireStatus,
} from './frame.js';
import { RecordError } from './record-error.js';

/**
 * Reads a record. Messages and binary metadata are views into `key` and `value`, not copies. Fields it does not know
 * are skipped.
 *
 * @throws {@link RecordError} and nothing else, whatever the bytes are.
 */
export function decodeRecord(key: Uint8Array | null | undefined, value: Uint8Array | null | undefined): Envelope {
  if (key == null) throw new RecordError('foreign', 'it has no key');
  if (key[0] !== envelopeTag.version) throw new RecordError('foreign', 'its key is no envelope');
  try {
    return readEnvelope(new Reader(asBuffer(key)), value == null ? noBytes : asBuffer(value));
  } catch (error) {
    throw asRecordError(error);
  }
}

/**
 * The call ids in a record's key, for when a record comes back as undeliverable and its value is not at hand.
 *
 * @throws {@link RecordError} as {@link decodeRecord} does.
 */
export function readCallIds(key: Uint8Array | null | undefined): string[] {
  if (key == null || key[0] !== envelopeTag.version) throw new RecordError('foreign', 'its key is no envelope');
  try {
    const ids: string[] = [];
    for (const reader = new Reader(asBuffer(key)); !reader.done; ) {
      const tag = reader.uint32();
      if (tag !== envelopeTag.frames) {
        reader.skipType(tag & 7);
        continue;
      }
      for (const frame = reader.nested(); !frame.done; ) {
        const field = frame.uint32();
        if (field === frameTag.callId) ids.push(callId(frame.bytes()));
        else frame.skipType(field & 7);
      }
    }
    return ids;
  } catch (error) {
    throw asRecordError(error);
  }
}

/** A message reader that knows where the message it is in ends. */
class Reader extends protobuf.BufferReader {
  get done(): boolean {
    return this.pos >= this.len;
  }

  /** A reader over the submessage that comes next; this one then stands behind it. */
  nested(): Reader {
    return new Reader(asBuffer(this.bytes()));
  }

  /** A number whatever its size; above 2^53 it is rounded, as no time of day is so late. */
  uint64AsNumber(): number {
    let value = 0;
    for (let scale = 1; this.pos < this.len; scale *= 128) {
      const byte = this.buf[this.pos++] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    throw new RangeError('a number without an end');
  }
}

function readEnvelope(reader: Reader, value: Buffer): Envelope {
  let topic = '';
  let partition = 0;
  const methods: string[] = [];
  const frames: Frame[] = [];
  let position = 0;
  while (!reader.done) {
    const tag = reader.uint32();
    switch (tag) {
      case envelopeTag.version: {
        const version = reader.uint32();
        if (version !== WIRE_VERSION) {
          throw new RecordError('version', `version ${version}; this reader knows version ${WIRE_VERSION}`);
        }
        break;
      }
      case envelopeTag.senderTopic:
        topic = reader.string();
        break;
      case envelopeTag.senderPartition:
        partition = reader.uint32();
        break;
      case envelopeTag.methods:
        methods.push(methodName(reader.string()));
        break;
      case envelopeTag.frames: {
        const frame = readFrame(reader.nested(), methods, value, position);
        position += frame.message?.length ?? 0;
        frames.push(frame);
        break;
      }
      default:
        reader.skipType(tag & 7);
    }
  }
  if (topic === '') throw new RecordError('malformed', 'no sender');
  if (frames.length === 0) throw new RecordError('malformed', 'no frames');
  if (position !== value.length) {
    throw new RecordError('malformed', `its frames carry ${position} bytes of messages, its value has ${value.length}`);
  }
  return { sender: { topic, partition }, frames };
}

function readFrame(reader: Reader, methods: readonly string[], value: Buffer, position: number): Frame {
  const frame: Frame = { sequence: 0 };
  while (!reader.done) {
    const tag = reader.uint32();
    switch (tag) {
      case frameTag.callId:
        frame.callId = callId(reader.bytes());
        break;
      case frameTag.sequence:
        frame.sequence = reader.uint32();
        break;
      case frameTag.open:
        frame.open = readOpening(reader.nested(), methods);
        break;
      case frameTag.accept:
        frame.accept = reader.bool();
        break;
      case frameTag.headers:
        frame.headers = readMetadata(reader.nested());
        break;
      case frameTag.messageLength: {
        const end = position + reader.uint32();
        if (end > value.length) throw new RecordError('malformed', `a message ends behind its value`);
        frame.message = value.subarray(position, end);
        break;
      }
      case frameTag.halfClose:
        frame.halfClose = reader.bool();
        break;
      case frameTag.cancel:
        frame.cancel = reader.bool();
        break;
      case frameTag.status:
        frame.status = readStatus(reader.nested());
        break;
      case frameTag.credit:
        frame.credit = reader.uint32();
        break;
      case frameTag.leaseMs:
        frame.leaseMs = reader.uint32();
        break;
      default:
        reader.skipType(tag & 7);
    }
  }
  if (frame.callId === undefined && frame.leaseMs === undefined)
    throw new RecordError('malformed', 'a frame of no call');
  return frame;
}

function readOpening(reader: Reader, methods: readonly string[]): Opening {
  let index = 0;
  let deadline: number | undefined;
  let authority: string | undefined;
  const metadata: MetadataEntry[] = [];
  while (!reader.done) {
    const tag = reader.uint32();
    switch (tag) {
      case openTag.method:
        index = reader.uint32();
        break;
      case openTag.deadline:
        deadline = reader.uint64AsNumber() || undefined;
        break;
      case openTag.metadata:
        metadata.push(readEntry(reader.nested()));
        break;
      case openTag.authority:
        authority = reader.string();
        break;
      default:
        reader.skipType(tag & 7);
    }
  }
  const method = methods[index];
  if (method === undefined) throw new RecordError('malformed', `an opening of method ${index} of ${methods.length}`);
  return { method, deadline, metadata, authority };
}

function readMetadata(reader: Reader): MetadataEntry[] {
  const entries: MetadataEntry[] = [];
  while (!reader.done) {
    const tag = reader.uint32();
    if (tag === metadataTag.entries) entries.push(readEntry(reader.nested()));
    else reader.skipType(tag & 7);
  }
  return entries;
}

function readEntry(reader: Reader): MetadataEntry {
  let key = '';
  let value: Buffer = noBytes;
  while (!reader.done) {
    const tag = reader.uint32();
    if (tag === entryTag.key) key = reader.string();
    else if (tag === entryTag.value) value = asBuffer(reader.bytes());
    else reader.skipType(tag & 7);
  }
  if (!metadataKey.test(key)) throw new RecordError('malformed', `metadata key ${JSON.stringify(key)}`);
  if (key.endsWith('-bin')) return [key, value];
  const text = value.toString('latin1');
  if (!metadataText.test(text))
    throw new RecordError('malformed', `the text of metadata ${key} is not printable ASCII`);
  return [key, text];
}

function readStatus(reader: Reader): WireStatus {
  let code = 0;
  let message = '';
  const trailers: MetadataEntry[] = [];
  while (!reader.done) {
    const tag = reader.uint32();
    switch (tag) {
      case statusTag.code:
        code = reader.uint32();
        break;
      case statusTag.message:
        message = reader.string();
        break;
      case statusTag.trailers:
        trailers.push(readEntry(reader.nested()));
        break;
      default:
        reader.skipType(tag & 7);
    }
  }
  if (code > lastStatusCode) throw new RecordError('malformed', `status code ${code}`);
  return { code, message, trailers };
}

/** What protobufjs throws at the end of its bytes, or at a wire type that it does not know, is one error here. */
function asRecordError(error: unknown): RecordError {
  if (error instanceof RecordError) return error;
  return new RecordError('malformed', 'its key ends or breaks off within a field', { cause: error });
}

function callId(bytes: Uint8Array): string {
  if (bytes.length !== CALL_ID_BYTES) throw new RecordError('malformed', `a call id of ${bytes.length} bytes`);
  return asBuffer(bytes).toString('latin1');
}

function methodName(name: string): string {
  if (!methodPath.test(name)) throw new RecordError('malformed', `method ${JSON.stringify(name)}`);
  return name;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

const noBytes = Buffer.alloc(0);
const lastStatusCode = 16;
/** The gRPC specification's Header-Name and ASCII-Value. */
const metadataKey = /^[0-9a-z_.-]+$/;
const metadataText = /^[\x20-\x7e]*$/;
const methodPath = /^\/[^/]+\/[^/]+$/;
