// Made by `wherry gen` from google/protobuf/duration.proto. Do not edit: change that, and make it again.
/* eslint-disable */
import * as rt from '@wherry/codegen/runtime';

/** `google/protobuf/duration.proto`, described for reflection. */
export const protoFile: rt.ProtoFile = {
  name: 'google/protobuf/duration.proto',
  descriptor: 'Ch5nb29nbGUvcHJvdG9idWYvZHVyYXRpb24ucHJvdG8SD2dvb2dsZS5wcm90b2J1ZiI6CghEdXJhdGlvbhIYCgdzZWNvbmRzGAEgASgDUgdzZWNvbmRzEhQKBW5hbm9zGAIgASgFUgVuYW5vc2IGcHJvdG8z',
  dependencies: [],
};

/** A span of time. Seconds and nanoseconds have the same sign. */
export interface Duration {
  /** From -315576000000 to 315576000000. */
  seconds: bigint;
  /** From -999999999 to 999999999. */
  nanos: number;
}

/** The codec of `google.protobuf.Duration`. */
export const Duration: rt.MessageType<Duration> = rt.messageType('google.protobuf.Duration', createDuration, writeDuration, readDuration);

function emptyDuration(): Duration {
  return {
    seconds: 0n,
    nanos: 0,
  };
}

function createDuration(init: rt.Init<Duration> = {}): Duration {
  const m = emptyDuration();
  if (init.seconds !== undefined) m.seconds = init.seconds;
  if (init.nanos !== undefined) m.nanos = init.nanos;
  return m;
}

function writeDuration(m: rt.Init<Duration>, w: rt.Writer): rt.Writer {
  if (m.seconds) w.uint32(8).int64(m.seconds);
  if (m.nanos) w.uint32(16).int32(m.nanos);
  return w;
}

function readDuration(r: rt.Reader, end: number, m = emptyDuration()): Duration {
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
