import { WIRE_VERSION } from './encode.js';
import { entryTag, envelopeTag, frameTag, metadataTag, openTag, partTag, statusTag } from './fields.js';
import {
  CALL_ID_BYTES,
  type Frame,
  LAST_STATUS_CODE,
  type MessagePart,
  type MetadataEntries,
  type MetadataEntry,
  type Notice,
  type Opening,
  type ReceivedEnvelope,
  UNKNOWN_STATUS_CODE,
  type WireStatus,
} from './frame.js';
import { FrameObject, noEntries, OpeningObject, WireStatusObject } from './frame-objects.js';
import { Reader } from './reader.js';
import { RecordError } from './record-error.js';

/**
 * Reads a record. Messages and binary metadata are views into `key` and `value`, not copies. Unknown fields are skipped.
 *
 * @throws {@link RecordError} if the bytes are not a record. It throws no other error, for any bytes.
 */
export function decodeRecord(
  key: Uint8Array | null | undefined,
  value: Uint8Array | null | undefined,
): ReceivedEnvelope {
  return readEnvelope(openKey(key), value == null ? noBytes : asBuffer(value));
}

/**
 * Reads the call ids in a record's key. It helps when a record could not be delivered and only its key is at hand.
 *
 * @throws {@link RecordError} and no other error, as {@link decodeRecord} does.
 */
export function readCallIds(key: Uint8Array | null | undefined): string[] {
  const ids: string[] = [];
  for (const reader = openKey(key); !reader.done; ) {
    const tag = reader.tag();
    if (tag === envelopeTag.version) {
      checkVersion(reader.uint32());
    } else if (tag === envelopeTag.frames) {
      const id = readCallId(reader.nested());
      if (id !== undefined) ids.push(id);
    } else {
      reader.skip(tag);
    }
  }
  return ids;
}

function readCallId(frame: Reader): string | undefined {
  let id: string | undefined;
  while (!frame.done) {
    const tag = frame.tag();
    if (tag === frameTag.callId) id = callId(frame);
    else frame.skip(tag);
  }
  return id;
}

/**
 * Makes a reader of the key.
 *
 * @throws RecordError if the first byte shows that the key is not an envelope of any version.
 */
export function openKey(key: Uint8Array | null | undefined): Reader {
  if (key == null) throw new RecordError('foreign', 'it has no key');
  if (key[0] !== envelopeTag.version) throw new RecordError('foreign', 'its key is not an envelope');
  return new Reader(asBuffer(key));
}

/** @throws RecordError if the version is not {@link WIRE_VERSION}. */
export function checkVersion(version: number): void {
  if (version === WIRE_VERSION) return;
  throw new RecordError('version', `version ${version}; this reader knows version ${WIRE_VERSION}`);
}

function readEnvelope(reader: Reader, value: Buffer): ReceivedEnvelope {
  let topic = '';
  let partition = 0;
  let instance = 0;
  const methods: string[] = [];
  const frames: Frame[] = [];
  let notices: Notice[] | undefined;
  let position = 0;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case envelopeTag.version:
        checkVersion(reader.uint32());
        break;
      case envelopeTag.senderTopic:
        topic = reader.text();
        break;
      case envelopeTag.senderPartition:
        partition = reader.uint32();
        break;
      case envelopeTag.senderInstance:
        instance = reader.uint32();
        break;
      case envelopeTag.methods:
        methods.push(methodName(reader.text()));
        break;
      case envelopeTag.frames: {
        const entry = readEntryOfFrames(reader.nested(), methods, value, position, frames.at(-1)?.callId);
        if (entry instanceof FrameObject) {
          position += entry.message?.length ?? 0;
          frames.push(entry);
        } else {
          notices ??= [];
          notices.push(entry);
        }
        break;
      }
      default:
        reader.skip(tag);
    }
  }
  checkSender(topic, partition);
  if (frames.length === 0 && notices === undefined) throw new RecordError('malformed', 'it has no frames');
  if (position !== value.length) {
    throw new RecordError('malformed', `its frames carry ${position} bytes of messages; its value has ${value.length}`);
  }
  const sender = instance === 0 ? { topic, partition } : { topic, partition, instance };
  return { sender, frames, notices: notices ?? noNotices };
}

/** @param likelyId the call id of the frame before. Frames of one stream often follow one another. */
function readEntryOfFrames(
  reader: Reader,
  methods: readonly string[],
  value: Buffer,
  position: number,
  likelyId: string | undefined,
): FrameObject | Notice {
  const frame = new FrameObject(0, '');
  let leaseMs = 0;
  let begun: MetadataEntries | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case frameTag.callId:
        frame.callId = callId(reader, likelyId);
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
        if (end > value.length) throw new RecordError('malformed', 'a message extends beyond the value');
        frame.message = position === 0 && end === value.length ? value : value.subarray(position, end);
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
        leaseMs = reader.uint32();
        break;
      case frameTag.part:
        frame.part = readPart(reader.nested());
        break;
      case frameTag.begun:
        begun = readMetadata(reader.nested());
        break;
      default:
        reader.skip(tag);
    }
  }
  if (begun !== undefined || frame.callId === '') return asNotice(frame, leaseMs, begun);
  if (frame.part !== undefined) checkPart(frame, frame.part);
  return frame;
}

function asNotice({ callId, sequence, message }: Frame, leaseMs: number, begun: MetadataEntries | undefined): Notice {
  if (message !== undefined) throw new RecordError('malformed', 'a message belongs to no call');
  if (callId !== '' && begun !== undefined) return { kind: 'begun', callId, context: begun };
  // A lease of 0 counts as absent, because readers in other languages cannot tell the two apart.
  if (leaseMs === 0) throw new RecordError('malformed', 'a frame has neither a call id nor a lease');
  return { kind: 'lease', leaseMs, echo: sequence };
}

function readPart(reader: Reader): MessagePart {
  let offset = 0;
  let total = 0;
  let checksum = 0;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === partTag.offset) offset = reader.uint32();
    else if (tag === partTag.total) total = reader.uint32();
    else if (tag === partTag.checksum) checksum = reader.uint32();
    else reader.skip(tag);
  }
  return checksum === 0 ? { offset, total } : { offset, total, checksum };
}

function checkPart({ message, open }: Frame, { offset, total }: MessagePart): void {
  if (open !== undefined) throw new RecordError('malformed', 'an opening carries a part of a message');
  if (message === undefined || message.length === 0) throw new RecordError('malformed', 'a part has no bytes');
  if (offset + message.length > total) throw new RecordError('malformed', 'a part extends beyond its message');
}

function readOpening(reader: Reader, methods: readonly string[]): Opening {
  let index = 0;
  let deadline: number | undefined;
  let authority: string | undefined;
  let waitForReady: boolean | undefined;
  let metadata: MetadataEntry[] | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case openTag.method:
        index = reader.uint32();
        break;
      case openTag.deadline:
        deadline = Math.min(reader.uint64(), Number.MAX_SAFE_INTEGER) || undefined;
        break;
      case openTag.metadata:
        metadata = withEntry(metadata, reader.nested());
        break;
      case openTag.authority:
        authority = reader.text();
        break;
      case openTag.waitForReady:
        waitForReady = reader.bool();
        break;
      default:
        reader.skip(tag);
    }
  }
  const method = methods[index];
  if (method === undefined) {
    throw new RecordError(
      'malformed',
      `an opening calls method ${index}, and ${methods.length} methods come before it`,
    );
  }
  return new OpeningObject(method, deadline, metadata ?? noEntries, authority, waitForReady);
}

/** Adds an entry to `entries`. Makes the list only for the first entry, because most metadata is empty. */
function withEntry(entries: MetadataEntry[] | undefined, reader: Reader): MetadataEntry[] {
  const list = entries ?? [];
  list.push(readEntry(reader));
  return list;
}

function readMetadata(reader: Reader): MetadataEntries {
  let entries: MetadataEntry[] | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === metadataTag.entries) entries = withEntry(entries, reader.nested());
    else reader.skip(tag);
  }
  return entries ?? noEntries;
}

function readEntry(reader: Reader): MetadataEntry {
  let key = '';
  let value: Buffer = noBytes;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === entryTag.key) key = reader.text();
    else if (tag === entryTag.value) value = reader.data();
    else reader.skip(tag);
  }
  if (!metadataKey.test(key)) throw new RecordError('malformed', `illegal metadata key ${JSON.stringify(key)}`);
  if (key.endsWith('-bin')) return [key, value];
  const text = value.toString('latin1');
  if (!metadataText.test(text))
    throw new RecordError('malformed', `the value of metadata ${key} is not printable ASCII`);
  return [key, text];
}

function readStatus(reader: Reader): WireStatus {
  let code = 0;
  let message = '';
  let trailers: MetadataEntry[] | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case statusTag.code:
        code = reader.uint32();
        break;
      case statusTag.message:
        message = reader.text();
        break;
      case statusTag.trailers:
        trailers = withEntry(trailers, reader.nested());
        break;
      default:
        reader.skip(tag);
    }
  }
  return new WireStatusObject(code > LAST_STATUS_CODE ? UNKNOWN_STATUS_CODE : code, message, trailers ?? noEntries);
}

/**
 * Checks the inbox of a record's sender. Answers go there, so it must be a topic and partition that Kafka allows.
 *
 * @throws RecordError if it is not.
 */
export function checkSender(topic: string, partition: number): void {
  if (!topicName.test(topic)) throw new RecordError('malformed', `illegal sender topic ${JSON.stringify(topic)}`);
  if (partition > lastPartition) throw new RecordError('malformed', `illegal sender partition ${partition}`);
}

function callId(reader: Reader, likely?: string): string {
  const id = reader.latin1(likely);
  if (id.length !== CALL_ID_BYTES)
    throw new RecordError('malformed', `a call id has ${id.length} bytes, not ${CALL_ID_BYTES}`);
  return id;
}

function methodName(name: string): string {
  if (!methodPath.test(name)) throw new RecordError('malformed', `illegal method name ${JSON.stringify(name)}`);
  return name;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

const noBytes = Buffer.alloc(0);
const noNotices: readonly Notice[] = Object.freeze([]);
/** Kafka's rules for the name of a topic, and the highest number of a partition. */
const topicName = /^(?!\.{1,2}$)[a-zA-Z0-9._-]{1,249}$/;
const lastPartition = 2 ** 31 - 1;
/** Header-Name and ASCII-Value of the gRPC specification. */
const metadataKey = /^[0-9a-z_.-]+$/;
const metadataText = /^[\x20-\x7e]*$/;
const methodPath = /^\/[^/]+\/[^/]+$/;
