// Made by `wherry gen` from google/protobuf/any.proto. Do not edit: change that, and make it again.
/* eslint-disable */
import * as rt from '@wherry/codegen/runtime';

/** `google/protobuf/any.proto`, described for reflection. */
export const protoFile: rt.ProtoFile = {
  name: 'google/protobuf/any.proto',
  descriptor: 'Chlnb29nbGUvcHJvdG9idWYvYW55LnByb3RvEg9nb29nbGUucHJvdG9idWYiNgoDQW55EhkKCHR5cGVfdXJsGAEgASgJUgd0eXBlVXJsEhQKBXZhbHVlGAIgASgMUgV2YWx1ZWIGcHJvdG8z',
  dependencies: [],
};

/** A message of any type, and which type it is. */
export interface Any {
  /** The type's full name behind a slash: "type.googleapis.com/package.Message". */
  typeUrl: string;
  /** The serialized message. */
  value: Uint8Array;
}

/** The codec of `google.protobuf.Any`. */
export const Any: rt.MessageType<Any> = rt.messageType('google.protobuf.Any', createAny, writeAny, readAny);

function emptyAny(): Any {
  return {
    typeUrl: '',
    value: rt.noBytes,
  };
}

function createAny(init: rt.Init<Any> = {}): Any {
  const m = emptyAny();
  if (init.typeUrl !== undefined) m.typeUrl = init.typeUrl;
  if (init.value !== undefined) m.value = init.value;
  return m;
}

function writeAny(m: rt.Init<Any>, w: rt.Writer): rt.Writer {
  if (m.typeUrl) w.uint32(10).string(m.typeUrl);
  if (m.value !== undefined && m.value.length > 0) w.uint32(18).bytes(m.value);
  return w;
}

function readAny(r: rt.Reader, end: number, m = emptyAny()): Any {
  while (r.pos < end) {
    const tag = r.uint32();
    switch (tag) {
      case 10:
        m.typeUrl = r.string();
        break;
      case 18:
        m.value = r.bytes();
        break;
      default:
        r.skip(tag);
    }
  }
  if (r.pos !== end) r.ended(end);
  return m;
}
