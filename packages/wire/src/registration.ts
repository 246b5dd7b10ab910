import { createHash } from 'node:crypto';
import { checkSender, checkVersion, openKey } from './decode.js';
import { WIRE_VERSION, type WireRecord } from './encode.js';
import { partitionsTag, registrationTag, registryKeyTag, serviceTag } from './fields.js';
import type { InboxAddress } from './frame.js';
import { Reader } from './reader.js';
import { RecordError } from './record-error.js';
import { Writer } from './writer.js';

/** A worker's entry in the registry topic. Times are milliseconds since the Unix epoch, by the worker's clock. */
export interface Registration {
  readonly writtenAt: number;
  readonly startedAt: number;
  /** The worker will write its entry again within this many milliseconds. */
  readonly leaseMs: number;
  readonly services: readonly RegisteredService[];
  /** How often the worker writes its entry again, in milliseconds. Undefined if it does not say. */
  readonly renewMs?: number | undefined;
}

/** A service that a worker serves. */
export interface RegisteredService {
  /** `package.Service`. */
  readonly name: string;
  /** The SHA-256 of its descriptors, in hex. Undefined if the service has no descriptors. */
  readonly descriptors: string | undefined;
  /** The partitions of the service's request topic that the worker reads. Undefined if it does not say. */
  readonly partitions?: readonly number[] | undefined;
}

/** A record of the registry topic. */
export type RegistryRecord =
  /** The registration of an instance. Undefined if the instance has left. */
  | { readonly kind: 'instance'; readonly instance: InboxAddress; readonly registration: Registration | undefined }
  /** Files, each a serialized `FileDescriptorProto`. Undefined if the record deletes them. */
  | { readonly kind: 'descriptors'; readonly hash: string; readonly files: readonly Buffer[] | undefined };

/** Limits of one record of the registry. A reader passes over a record that exceeds one of them (docs/limits.md). */
export const registryRecordLimits = {
  /** The length of a registration, in bytes. */
  registrationBytes: 262_144,
  /** How many services a registration names. */
  services: 1000,
  /** How many partitions a registration names for a service. */
  partitions: 10_000,
  /** The length of the descriptors of a service, in bytes. */
  descriptorsBytes: 4_194_304,
  /** How many files the descriptors of a service have. */
  files: 10_000,
} as const;

/** Writes the registration of an instance. Undefined writes that the instance has left. */
export function encodeRegistration(instance: InboxAddress, registration: Registration | undefined): WireRecord {
  const key = startKey().uint32(registryKeyTag.inboxTopic).string(instance.topic);
  if (instance.partition !== 0) key.uint32(registryKeyTag.inboxPartition).uint32(instance.partition);
  if (instance.instance) key.uint32(registryKeyTag.inboxInstance).uint32(instance.instance);
  return { key: key.finish(), value: registration === undefined ? null : writeRegistration(registration).finish() };
}

/**
 * Writes the files of a service, each a serialized `FileDescriptorProto`, as a `FileDescriptorSet` under its hash. Equal
 * sets of files give equal records, in any order and even if a file is there twice.
 */
export function encodeDescriptors(files: readonly Uint8Array[]): WireRecord & { readonly hash: string } {
  const sorted = files.map(asBuffer).sort(Buffer.compare);
  const set = new Writer();
  sorted.forEach((file, index) => {
    if (index === 0 || !sorted[index - 1]?.equals(file)) set.uint32(FILE_TAG).bytes(file);
  });
  const value = set.finish();
  const hash = descriptorsHash(value);
  return { key: startKey().uint32(registryKeyTag.descriptors).bytes(Buffer.from(hash, 'hex')).finish(), value, hash };
}

/** The SHA-256 of a serialized `FileDescriptorSet`, in hex. */
export function descriptorsHash(value: Uint8Array): string {
  return createHash('sha256').update(value).digest('hex');
}

/**
 * Reads a record of the registry topic that is within {@link registryRecordLimits}. Files are views into `value`, not copies. It skips
 * unknown fields.
 *
 * @throws {@link RecordError} if the bytes are not such a record. It throws no other error, for any bytes.
 */
export function decodeRegistryRecord(
  key: Uint8Array | null | undefined,
  value: Uint8Array | null | undefined,
): RegistryRecord {
  const reader = openKey(key);
  let topic: string | undefined;
  let partition = 0;
  let instance = 0;
  let hash: string | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === registryKeyTag.version) checkVersion(reader.uint32());
    else if (tag === registryKeyTag.inboxTopic) topic = reader.text();
    else if (tag === registryKeyTag.inboxPartition) partition = reader.uint32();
    else if (tag === registryKeyTag.inboxInstance) instance = reader.uint32();
    else if (tag === registryKeyTag.descriptors) hash = readHash(reader.data());
    else reader.skip(tag);
  }
  if ((topic === undefined) === (hash === undefined)) {
    throw new RecordError('malformed', 'its key must name either an inbox or descriptors');
  }
  const bytes = value == null || value.length === 0 ? undefined : asBuffer(value);
  const { descriptorsBytes, registrationBytes } = registryRecordLimits;
  const maxBytes = hash === undefined ? registrationBytes : descriptorsBytes;
  checkLimit('bytes', bytes?.length ?? 0, maxBytes);
  if (hash !== undefined) return { kind: 'descriptors', hash, files: bytes && readFiles(bytes, hash) };
  checkSender(topic ?? '', partition);
  return {
    kind: 'instance',
    instance: { topic: topic ?? '', partition, ...(instance === 0 ? {} : { instance }) },
    registration: bytes && readRegistration(new Reader(bytes)),
  };
}

function writeRegistration({ writtenAt, startedAt, leaseMs, services, renewMs }: Registration): Writer {
  const writer = new Writer()
    .uint32(registrationTag.writtenAt)
    .uint64(wholeTime(writtenAt))
    .uint32(registrationTag.startedAt)
    .uint64(wholeTime(startedAt))
    .uint32(registrationTag.leaseMs)
    .uint32(leaseMs);
  for (const { name, descriptors, partitions } of services) {
    writer.uint32(registrationTag.services).fork().uint32(serviceTag.name).string(name);
    if (descriptors !== undefined) writer.uint32(serviceTag.descriptors).bytes(Buffer.from(descriptors, 'hex'));
    if (partitions !== undefined) writePartitions(writer.uint32(serviceTag.partitions).fork(), partitions);
    writer.ldelim();
  }
  if (renewMs !== undefined) writer.uint32(registrationTag.renewMs).uint32(renewMs);
  return writer;
}

function writePartitions(writer: Writer, partitions: readonly number[]): void {
  if (partitions.length > 0) {
    writer.uint32(partitionsTag.packed).fork();
    for (const partition of partitions) writer.uint32(partition);
    writer.ldelim();
  }
  writer.ldelim();
}

function readRegistration(reader: Reader): Registration {
  let writtenAt = 0;
  let startedAt = 0;
  let leaseMs = 0;
  const services: RegisteredService[] = [];
  let renewMs = 0;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === registrationTag.writtenAt) writtenAt = wholeTime(reader.uint64());
    else if (tag === registrationTag.startedAt) startedAt = wholeTime(reader.uint64());
    else if (tag === registrationTag.leaseMs) leaseMs = reader.uint32();
    else if (tag === registrationTag.services) {
      checkLimit('services', services.push(readService(reader.nested())), registryRecordLimits.services);
    } else if (tag === registrationTag.renewMs) renewMs = reader.uint32();
    else reader.skip(tag);
  }
  if (leaseMs === 0) throw new RecordError('malformed', 'a registration has no lease');
  return { writtenAt, startedAt, leaseMs, services, ...(renewMs === 0 ? {} : { renewMs }) };
}

function readService(reader: Reader): RegisteredService {
  let name = '';
  let descriptors: string | undefined;
  let partitions: readonly number[] | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === serviceTag.name) name = reader.text();
    else if (tag === serviceTag.descriptors) descriptors = readHash(reader.data());
    else if (tag === serviceTag.partitions) partitions = readPartitions(reader.nested());
    else reader.skip(tag);
  }
  if (!serviceName.test(name)) throw new RecordError('malformed', `illegal service name ${JSON.stringify(name)}`);
  return { name, descriptors, ...(partitions && { partitions }) };
}

function readPartitions(reader: Reader): number[] {
  const partitions: number[] = [];
  const add = (partition: number): void =>
    checkLimit('partitions of a service', partitions.push(partition), registryRecordLimits.partitions);
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === partitionsTag.packed) for (const packed = reader.nested(); !packed.done; ) add(packed.uint32());
    else if (tag === partitionsTag.number) add(reader.uint32());
    else reader.skip(tag);
  }
  return partitions;
}

/** Reads the files of a set. It refuses a set that does not have the hash in its key, because that set was damaged or forged. */
function readFiles(value: Buffer, hash: string): Buffer[] {
  if (descriptorsHash(value) !== hash)
    throw new RecordError('malformed', 'the descriptors do not have the hash in the key');
  const files: Buffer[] = [];
  for (const reader = new Reader(value); !reader.done; ) {
    const tag = reader.tag();
    if (tag === FILE_TAG) checkLimit('files', files.push(reader.data()), registryRecordLimits.files);
    else reader.skip(tag);
  }
  return files;
}

function checkLimit(what: string, count: number, max: number): void {
  if (count > max) throw new RecordError('limit', `it has more than ${max} ${what}`);
}

function readHash(bytes: Buffer): string {
  if (bytes.length !== HASH_BYTES)
    throw new RecordError('malformed', `a hash has ${bytes.length} bytes, not ${HASH_BYTES}`);
  return bytes.toString('hex');
}

function startKey(): Writer {
  return new Writer().uint32(registryKeyTag.version).uint32(WIRE_VERSION);
}

/** Converts a time to the format's: a whole number from 0 that JavaScript represents exactly. */
function wholeTime(ms: number): number {
  return Math.min(Math.max(Math.trunc(ms), 0), Number.MAX_SAFE_INTEGER);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The length of a SHA-256 hash. */
const HASH_BYTES = 32;
/** The tag of `FileDescriptorSet.file`. */
const FILE_TAG = (1 << 3) | 2;
/** Service names that are legal in the path of a method and in the name of a request topic. */
const serviceName = /^[^/\s]{1,249}$/;
