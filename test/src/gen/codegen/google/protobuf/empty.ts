// Made by `wherry gen` from google/protobuf/empty.proto. Do not edit: change that, and make it again.
/* eslint-disable */
import * as rt from '@wherry/codegen/runtime';

/** `google/protobuf/empty.proto`, described for reflection. */
export const protoFile: rt.ProtoFile = {
  name: 'google/protobuf/empty.proto',
  descriptor: 'Chtnb29nbGUvcHJvdG9idWYvZW1wdHkucHJvdG8SD2dvb2dsZS5wcm90b2J1ZiIHCgVFbXB0eWIGcHJvdG8z',
  dependencies: [],
};

/** Nothing. */
export interface Empty {
}

/** The codec of `google.protobuf.Empty`. */
export const Empty: rt.MessageType<Empty> = rt.messageType('google.protobuf.Empty', createEmpty, writeEmpty, readEmpty);

function emptyEmpty(): Empty {
  return {
  };
}

function createEmpty(init: rt.Init<Empty> = {}): Empty {
  void init;
  const m = emptyEmpty();
  return m;
}

function writeEmpty(m: rt.Init<Empty>, w: rt.Writer): rt.Writer {
  void m;
  return w;
}

function readEmpty(r: rt.Reader, end: number, m = emptyEmpty()): Empty {
  while (r.pos < end) r.skip(r.uint32());
  if (r.pos !== end) r.ended(end);
  return m;
}
