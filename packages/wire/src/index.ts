export { decodeRecord, readCallIds } from './decode.js';
export {
  DescriptorCodec,
  type EnumDescriptor,
  type FieldDescriptor,
  type FileDescriptor,
  type MessageDescriptor,
  type MethodDescriptor,
  type ServiceDescriptor,
} from './descriptors.js';
export { encodeRecord, WIRE_VERSION, type WireRecord } from './encode.js';
export {
  type Begun,
  CALL_ID_BYTES,
  type Envelope,
  type Frame,
  type InboxAddress,
  type Lease,
  type MessagePart,
  type MetadataEntries,
  type MetadataEntry,
  type Notice,
  type Opening,
  type ReceivedEnvelope,
  type WireStatus,
} from './frame.js';
export { FrameObject, noEntries, OpeningObject, WireStatusObject } from './frame-objects.js';
export { messageField } from './message-field.js';
export { addEntries, type MetadataLike, metadataToEntries } from './metadata.js';
export { type MethodEntry, type MethodOptions, readMethods } from './method-catalog.js';
export { RecordError, type RecordErrorReason } from './record-error.js';
export {
  decodeRegistryRecord,
  descriptorsHash,
  encodeDescriptors,
  encodeRegistration,
  type RegisteredService,
  type Registration,
  type RegistryRecord,
  registryRecordLimits,
} from './registration.js';
