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
  CALL_ID_BYTES,
  type Envelope,
  type Frame,
  type InboxAddress,
  type MessagePart,
  type MetadataEntries,
  type MetadataEntry,
  type Opening,
  type WireStatus,
} from './frame.js';
export { MadeFrame, MadeOpening, MadeStatus, noEntries } from './made.js';
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
} from './registration.js';
