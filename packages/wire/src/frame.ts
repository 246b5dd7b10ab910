/**
 * Where an instance can be written to: one partition of a topic that it alone reads (or, on a cluster that forbids
 * making topics, shares).
 */
export interface InboxAddress {
  readonly topic: string;
  readonly partition: number;
  /** Which of those that share the partition; absent where the instance has it to itself. */
  readonly instance?: number;
}

/**
 * Metadata as it travels: pairs in the order they were added, keys in lower case and repeated where a key has several
 * values. A value is bytes where the key ends in `-bin`, and printable ASCII otherwise.
 */
export type MetadataEntries = readonly MetadataEntry[];
/** A key, and one value of it. */
export type MetadataEntry = readonly [key: string, value: string | Uint8Array];

/** What begins a call. */
export interface Opening {
  /** The full name, `/package.Service/Method`. */
  readonly method: string;
  /** When the call ends whatever happens, in whole milliseconds since the Unix epoch; absent: never. */
  readonly deadline?: number | undefined;
  readonly metadata: MetadataEntries;
  /** The authority the caller asked for, where it is not the channel's own. */
  readonly authority?: string | undefined;
  /** gRPC's wait-for-ready, where the caller said whether it wants it. */
  readonly waitForReady?: boolean | undefined;
}

/** Which part of a message a frame carries, where the message travels in several. */
export interface MessagePart {
  /** Where the part begins in its message. */
  readonly offset: number;
  /** How many bytes the whole message has. */
  readonly total: number;
  /** CRC-32 (that of RFC 1952) of the whole message; with its last part. */
  readonly checksum?: number | undefined;
}

/** What ends a call. */
export interface WireStatus {
  /** A gRPC status code, 0 to 16. */
  readonly code: number;
  readonly message: string;
  readonly trailers: MetadataEntries;
}

/**
 * A part of one call in one direction. One frame may do several things at once: the frame of a unary request carries the opening, the
 * message and the half-close; the frame of its reply carries the headers, the message and the status. docs/wire-format.md has the rules.
 */
export interface Frame {
  /** The call: 16 random bytes, each a character of this string (latin1). */
  callId: string;
  /** The number of the frame within its call and direction, from 0. */
  sequence: number;
  open?: Opening | undefined;
  /** The worker took the call. From now on, frames of the call go to the inbox of this frame's sender. */
  accept?: boolean | undefined;
  /** Initial metadata of the reply. */
  headers?: MetadataEntries | undefined;
  message?: Uint8Array | undefined;
  /** `message` is only a part of a message that is larger than a record may be. */
  part?: MessagePart | undefined;
  /** The caller sends no more messages. */
  halfClose?: boolean | undefined;
  /** The caller no longer wants the call. */
  cancel?: boolean | undefined;
  status?: WireStatus | undefined;
  /** How many bytes more may be sent to the writer of this frame, beyond the initial window. */
  credit?: number | undefined;
}

/**
 * A notice travels beside the frames, from one instance to another. It has no number and no place in the order of a call, and a call goes
 * on without it.
 */
export type Notice = Lease | Begun;

/** The sender writes again within `leaseMs`. A peer that stays silent for longer may be gone. */
export interface Lease {
  readonly kind: 'lease';
  readonly leaseMs: number;
  /** 0 on a lease to a peer. An instance that writes to its own inbox numbers its leases from 1, to see how far it has read. */
  readonly echo: number;
}

/** A worker began a call, in the trace that `context` names. Only a caller that traces the call reads this. */
export interface Begun {
  readonly kind: 'begun';
  readonly callId: string;
  /** The trace context of this attempt, as metadata. */
  readonly context: MetadataEntries;
}

/** The content of one record. */
export interface Envelope {
  /** The inbox of the instance that wrote the record. */
  readonly sender: InboxAddress;
  readonly frames: readonly Frame[];
  /** Absent where an envelope to be written has none. */
  readonly notices?: readonly Notice[] | undefined;
}

/** An envelope that was read. */
export interface ReceivedEnvelope extends Envelope {
  readonly notices: readonly Notice[];
}

/** The bytes a call id has. */
export const CALL_ID_BYTES = 16;

/** The status codes of gRPC end here; any other is read and written as the one below, which is gRPC's own rule. */
export const LAST_STATUS_CODE = 16;
export const UNKNOWN_STATUS_CODE = 2;
