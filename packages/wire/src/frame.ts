/**
 * The inbox of an instance: one partition of a topic. Other instances write to it. The instance alone reads it, or shares it with others
 * on a cluster that forbids making topics.
 */
export interface InboxAddress {
  readonly topic: string;
  readonly partition: number;
  /** The number of the instance among those that share the partition. Absent if the instance has the partition to itself. */
  readonly instance?: number;
}

/**
 * Metadata as it travels: pairs in the order in which they were added. Keys are in lower case. A key with several values is in the
 * list several times. A value is bytes if the key ends in `-bin`, and printable ASCII otherwise.
 */
export type MetadataEntries = readonly MetadataEntry[];
/** A key, and one value of it. */
export type MetadataEntry = readonly [key: string, value: string | Uint8Array];

/** The part of a frame that begins a call. */
export interface Opening {
  /** The full name, `/package.Service/Method`. */
  readonly method: string;
  /** The time at which the call ends at the latest, in whole milliseconds since the Unix epoch. Absent: no deadline. */
  readonly deadline?: number | undefined;
  readonly metadata: MetadataEntries;
  /** The authority that the caller asked for, if it is not the channel's own. */
  readonly authority?: string | undefined;
  /** gRPC's wait-for-ready. Absent if the caller did not set it. */
  readonly waitForReady?: boolean | undefined;
}

/** Says which part of a message a frame carries, if the message travels in several parts. */
export interface MessagePart {
  /** The position in the message at which the part begins, in bytes. */
  readonly offset: number;
  /** The length of the whole message, in bytes. */
  readonly total: number;
  /** CRC-32 (that of RFC 1952) of the whole message. Present on the last part. */
  readonly checksum?: number | undefined;
}

/** The part of a frame that ends a call. */
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
  /** The id of the call: 16 random bytes. The string is latin1, with one character for each byte. */
  callId: string;
  /** The number of the frame within its call and direction, from 0. */
  sequence: number;
  open?: Opening | undefined;
  /** The worker took the call. From now on, frames of the call go to the inbox of this frame's sender. */
  accept?: boolean | undefined;
  /** Initial metadata of the reply. */
  headers?: MetadataEntries | undefined;
  message?: Uint8Array | undefined;
  /** Set if `message` is only a part of a message that is larger than a record may be. */
  part?: MessagePart | undefined;
  /** The caller sends no more messages. */
  halfClose?: boolean | undefined;
  /** The caller no longer wants the call. */
  cancel?: boolean | undefined;
  status?: WireStatus | undefined;
  /** How many more bytes the receiver of this frame may send, beyond the initial window. */
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
  /**
   * 0 for a lease to a peer and for a heartbeat. An instance numbers its echoes from 1: once it reads an echo in its own inbox, it has
   * read everything before the echo.
   */
  readonly echo: number;
}

/** A worker began a call, in the trace that `context` names. Only a caller that traces the call reads this. */
export interface Begun {
  readonly kind: 'begun';
  readonly callId: string;
  /** The trace context of this attempt, as metadata. */
  readonly context: MetadataEntries;
}

/** The contents of one record. */
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

/** The length of a call id in bytes. */
export const CALL_ID_BYTES = 16;

/** The highest status code of gRPC. By gRPC's own rule, any other code is read and written as UNKNOWN. */
export const LAST_STATUS_CODE = 16;
export const UNKNOWN_STATUS_CODE = 2;
