// Made by `wherry gen` from google/protobuf/field_mask.proto. Do not edit: change that, and make it again.
/* eslint-disable */
import * as rt from '@wherry/codegen/runtime';

/** `google/protobuf/field_mask.proto`, described for reflection. */
export const protoFile: rt.ProtoFile = {
  name: 'google/protobuf/field_mask.proto',
  descriptor: 'CiBnb29nbGUvcHJvdG9idWYvZmllbGRfbWFzay5wcm90bxIPZ29vZ2xlLnByb3RvYnVmIiEKCUZpZWxkTWFzaxIUCgVwYXRocxgBIAMoCVIFcGF0aHNiBnByb3RvMw==',
  dependencies: [],
};

/** Some fields of a message. */
export interface FieldMask {
  /** Names of fields, as in the .proto file, with dots into messages: "user.display_name". */
  paths: string[];
}

/** The codec of `google.protobuf.FieldMask`. */
export const FieldMask: rt.MessageType<FieldMask> = rt.messageType('google.protobuf.FieldMask', createFieldMask, writeFieldMask, readFieldMask);

function emptyFieldMask(): FieldMask {
  return {
    paths: [],
  };
}

function createFieldMask(init: rt.Init<FieldMask> = {}): FieldMask {
  const m = emptyFieldMask();
  if (init.paths !== undefined) m.paths = [...init.paths];
  return m;
}

function writeFieldMask(m: rt.Init<FieldMask>, w: rt.Writer): rt.Writer {
  if (m.paths !== undefined) {
    for (const value of m.paths) w.uint32(10).string(value);
  }
  return w;
}

function readFieldMask(r: rt.Reader, end: number, m = emptyFieldMask()): FieldMask {
  while (r.pos < end) {
    const tag = r.uint32();
    switch (tag) {
      case 10:
        m.paths.push(r.string());
        break;
      default:
        r.skip(tag);
    }
  }
  if (r.pos !== end) r.ended(end);
  return m;
}
