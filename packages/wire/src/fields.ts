/**
 * The tags of the fields in proto/wherry/wire/v1/envelope.proto and proto/wherry/registry/v1/registry.proto. A tag stands
 * before each field's value and contains the field's number and wire type.
 */

const varint = (field: number): number => field << 3;
const lengthDelimited = (field: number): number => (field << 3) | 2;

export const envelopeTag = {
  version: varint(1),
  senderTopic: lengthDelimited(2),
  senderPartition: varint(3),
  methods: lengthDelimited(4),
  frames: lengthDelimited(5),
  senderInstance: varint(6),
} as const;

export const frameTag = {
  callId: lengthDelimited(1),
  sequence: varint(2),
  open: lengthDelimited(3),
  accept: varint(4),
  headers: lengthDelimited(5),
  messageLength: varint(6),
  halfClose: varint(7),
  cancel: varint(8),
  status: lengthDelimited(9),
  credit: varint(10),
  leaseMs: varint(11),
  part: lengthDelimited(12),
  begun: lengthDelimited(13),
} as const;

export const openTag = {
  method: varint(1),
  deadline: varint(2),
  metadata: lengthDelimited(3),
  authority: lengthDelimited(4),
  waitForReady: varint(5),
} as const;

export const partTag = { offset: varint(1), total: varint(2), checksum: varint(3) } as const;
export const metadataTag = { entries: lengthDelimited(1) } as const;
export const entryTag = { key: lengthDelimited(1), value: lengthDelimited(2) } as const;
export const statusTag = { code: varint(1), message: lengthDelimited(2), trailers: lengthDelimited(3) } as const;

export const registryKeyTag = {
  version: varint(1),
  inboxTopic: lengthDelimited(2),
  inboxPartition: varint(3),
  inboxInstance: varint(4),
  descriptors: lengthDelimited(5),
} as const;

export const registrationTag = {
  writtenAt: varint(1),
  startedAt: varint(2),
  leaseMs: varint(3),
  services: lengthDelimited(4),
  renewMs: varint(5),
} as const;

export const serviceTag = {
  name: lengthDelimited(1),
  descriptors: lengthDelimited(2),
  partitions: lengthDelimited(3),
} as const;

/** Repeated numbers may be packed into one field or not. protobuf requires that readers accept both. */
export const partitionsTag = { packed: lengthDelimited(1), number: varint(1) } as const;
