// Made by `wherry gen` from google/protobuf/timestamp.proto. Do not edit: change that, and make it again.
/* eslint-disable */
import * as rt from '@wherry/codegen/runtime';

/** `google/protobuf/timestamp.proto`, described for reflection. */
export const protoFile: rt.ProtoFile = {
  name: 'google/protobuf/timestamp.proto',
  descriptor: 'Ch9nb29nbGUvcHJvdG9idWYvdGltZXN0YW1wLnByb3RvEg9nb29nbGUucHJvdG9idWYiOwoJVGltZXN0YW1wEhgKB3NlY29uZHMYASABKANSB3NlY29uZHMSFAoFbmFub3MYAiABKAVSBW5hbm9zYgZwcm90bzM=',
  dependencies: [],
};

/** A point in time. */
export interface Timestamp {
  /** Since the Unix epoch, from 0001-01-01T00:00:00Z to 9999-12-31T23:59:59Z. */
  seconds: bigint;
  /** From 0 to 999999999, counted forward, before the epoch too. */
  nanos: number;
}

/** The codec of `google.protobuf.Timestamp`. */
export const Timestamp: rt.MessageType<Timestamp> = rt.messageType('google.protobuf.Timestamp', createTimestamp, writeTimestamp, readTimestamp);

function emptyTimestamp(): Timestamp {
  return {
    seconds: 0n,
    nanos: 0,
  };
}

function createTimestamp(init: rt.Init<Timestamp> = {}): Timestamp {
  const m = emptyTimestamp();
  if (init.seconds !== undefined) m.seconds = init.seconds;
  if (init.nanos !== undefined) m.nanos = init.nanos;
  return m;
}

function writeTimestamp(m: rt.Init<Timestamp>, w: rt.Writer): rt.Writer {
  if (m.seconds) w.uint32(8).int64(m.seconds);
  if (m.nanos) w.uint32(16).int32(m.nanos);
  return w;
}

function readTimestamp(r: rt.Reader, end: number, m = emptyTimestamp()): Timestamp {
  while (r.pos < end) {
    const tag = r.uint32();
    switch (tag) {
      case 8:
        m.seconds = r.int64();
        break;
      case 16:
        m.nanos = r.int32();
        break;
      default:
        r.skip(tag);
    }
  }
  if (r.pos !== end) r.ended(end);
  return m;
}
