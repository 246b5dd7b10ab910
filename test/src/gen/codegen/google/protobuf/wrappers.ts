// Made by `wherry gen` from google/protobuf/wrappers.proto. Do not edit: change that, and make it again.
/* eslint-disable */
import * as rt from '@wherry/codegen/runtime';

/** `google/protobuf/wrappers.proto`, described for reflection. */
export const protoFile: rt.ProtoFile = {
  name: 'google/protobuf/wrappers.proto',
  descriptor: 'Ch5nb29nbGUvcHJvdG9idWYvd3JhcHBlcnMucHJvdG8SD2dvb2dsZS5wcm90b2J1ZiIjCgtEb3VibGVWYWx1ZRIUCgV2YWx1ZRgBIAEoAVIFdmFsdWUiIgoKRmxvYXRWYWx1ZRIUCgV2YWx1ZRgBIAEoAlIFdmFsdWUiIgoKSW50NjRWYWx1ZRIUCgV2YWx1ZRgBIAEoA1IFdmFsdWUiIwoLVUludDY0VmFsdWUSFAoFdmFsdWUYASABKARSBXZhbHVlIiIKCkludDMyVmFsdWUSFAoFdmFsdWUYASABKAVSBXZhbHVlIiMKC1VJbnQzMlZhbHVlEhQKBXZhbHVlGAEgASgNUgV2YWx1ZSIhCglCb29sVmFsdWUSFAoFdmFsdWUYASABKAhSBXZhbHVlIiMKC1N0cmluZ1ZhbHVlEhQKBXZhbHVlGAEgASgJUgV2YWx1ZSIiCgpCeXRlc1ZhbHVlEhQKBXZhbHVlGAEgASgMUgV2YWx1ZWIGcHJvdG8z',
  dependencies: [],
};

/** A double that may be absent. */
export interface DoubleValue {
  value: number;
}

/** The codec of `google.protobuf.DoubleValue`. */
export const DoubleValue: rt.MessageType<DoubleValue> = rt.messageType('google.protobuf.DoubleValue', createDoubleValue, writeDoubleValue, readDoubleValue);

function emptyDoubleValue(): DoubleValue {
  return {
    value: 0,
  };
}

function createDoubleValue(init: rt.Init<DoubleValue> = {}): DoubleValue {
  const m = emptyDoubleValue();
  if (init.value !== undefined) m.value = init.value;
  return m;
}

function writeDoubleValue(m: rt.Init<DoubleValue>, w: rt.Writer): rt.Writer {
  if (m.value !== undefined && !Object.is(m.value, 0)) w.uint32(9).double(m.value);
  return w;
}

function readDoubleValue(r: rt.Reader, end: number, m = emptyDoubleValue()): DoubleValue {
  while (r.pos < end) {
    const tag = r.uint32();
    switch (tag) {
      case 9:
        m.value = r.double();
        break;
      default:
        r.skip(tag);
    }
  }
  if (r.pos !== end) r.ended(end);
  return m;
}

/** A float that may be absent. */
export interface FloatValue {
  value: number;
}

/** The codec of `google.protobuf.FloatValue`. */
export const FloatValue: rt.MessageType<FloatValue> = rt.messageType('google.protobuf.FloatValue', createFloatValue, writeFloatValue, readFloatValue);

function emptyFloatValue(): FloatValue {
  return {
    value: 0,
  };
}

function createFloatValue(init: rt.Init<FloatValue> = {}): FloatValue {
  const m = emptyFloatValue();
  if (init.value !== undefined) m.value = init.value;
  return m;
}

function writeFloatValue(m: rt.Init<FloatValue>, w: rt.Writer): rt.Writer {
  if (m.value !== undefined && !Object.is(m.value, 0)) w.uint32(13).float(m.value);
  return w;
}

function readFloatValue(r: rt.Reader, end: number, m = emptyFloatValue()): FloatValue {
  while (r.pos < end) {
    const tag = r.uint32();
    switch (tag) {
      case 13:
        m.value = r.float();
        break;
      default:
        r.skip(tag);
    }
  }
  if (r.pos !== end) r.ended(end);
  return m;
}

/** A int64 that may be absent. */
export interface Int64Value {
  value: bigint;
}

/** The codec of `google.protobuf.Int64Value`. */
export const Int64Value: rt.MessageType<Int64Value> = rt.messageType('google.protobuf.Int64Value', createInt64Value, writeInt64Value, readInt64Value);

function emptyInt64Value(): Int64Value {
  return {
    value: 0n,
  };
}

function createInt64Value(init: rt.Init<Int64Value> = {}): Int64Value {
  const m = emptyInt64Value();
  if (init.value !== undefined) m.value = init.value;
  return m;
}

function writeInt64Value(m: rt.Init<Int64Value>, w: rt.Writer): rt.Writer {
  if (m.value) w.uint32(8).int64(m.value);
  return w;
}

function readInt64Value(r: rt.Reader, end: number, m = emptyInt64Value()): Int64Value {
  while (r.pos < end) {
    const tag = r.uint32();
    switch (tag) {
      case 8:
        m.value = r.int64();
        break;
      default:
        r.skip(tag);
    }
  }
  if (r.pos !== end) r.ended(end);
  return m;
}

/** A uint64 that may be absent. */
export interface UInt64Value {
  value: bigint;
}

/** The codec of `google.protobuf.UInt64Value`. */
export const UInt64Value: rt.MessageType<UInt64Value> = rt.messageType('google.protobuf.UInt64Value', createUInt64Value, writeUInt64Value, readUInt64Value);

function emptyUInt64Value(): UInt64Value {
  return {
    value: 0n,
  };
}

function createUInt64Value(init: rt.Init<UInt64Value> = {}): UInt64Value {
  const m = emptyUInt64Value();
  if (init.value !== undefined) m.value = init.value;
  return m;
}

function writeUInt64Value(m: rt.Init<UInt64Value>, w: rt.Writer): rt.Writer {
  if (m.value) w.uint32(8).uint64(m.value);
  return w;
}

function readUInt64Value(r: rt.Reader, end: number, m = emptyUInt64Value()): UInt64Value {
  while (r.pos < end) {
    const tag = r.uint32();
    switch (tag) {
      case 8:
        m.value = r.uint64();
        break;
      default:
        r.skip(tag);
    }
  }
  if (r.pos !== end) r.ended(end);
  return m;
}

/** A int32 that may be absent. */
export interface Int32Value {
  value: number;
}

/** The codec of `google.protobuf.Int32Value`. */
export const Int32Value: rt.MessageType<Int32Value> = rt.messageType('google.protobuf.Int32Value', createInt32Value, writeInt32Value, readInt32Value);

function emptyInt32Value(): Int32Value {
  return {
    value: 0,
  };
}

function createInt32Value(init: rt.Init<Int32Value> = {}): Int32Value {
  const m = emptyInt32Value();
  if (init.value !== undefined) m.value = init.value;
  return m;
}

function writeInt32Value(m: rt.Init<Int32Value>, w: rt.Writer): rt.Writer {
  if (m.value) w.uint32(8).int32(m.value);
  return w;
}

function readInt32Value(r: rt.Reader, end: number, m = emptyInt32Value()): Int32Value {
  while (r.pos < end) {
    const tag = r.uint32();
    switch (tag) {
      case 8:
        m.value = r.int32();
        break;
      default:
        r.skip(tag);
    }
  }
  if (r.pos !== end) r.ended(end);
  return m;
}

/** A uint32 that may be absent. */
export interface UInt32Value {
  value: number;
}

/** The codec of `google.protobuf.UInt32Value`. */
export const UInt32Value: rt.MessageType<UInt32Value> = rt.messageType('google.protobuf.UInt32Value', createUInt32Value, writeUInt32Value, readUInt32Value);

function emptyUInt32Value(): UInt32Value {
  return {
    value: 0,
  };
}

function createUInt32Value(init: rt.Init<UInt32Value> = {}): UInt32Value {
  const m = emptyUInt32Value();
  if (init.value !== undefined) m.value = init.value;
  return m;
}

function writeUInt32Value(m: rt.Init<UInt32Value>, w: rt.Writer): rt.Writer {
  if (m.value) w.uint32(8).uint32(m.value);
  return w;
}

function readUInt32Value(r: rt.Reader, end: number, m = emptyUInt32Value()): UInt32Value {
  while (r.pos < end) {
    const tag = r.uint32();
    switch (tag) {
      case 8:
        m.value = r.uint32();
        break;
      default:
        r.skip(tag);
    }
  }
  if (r.pos !== end) r.ended(end);
  return m;
}

/** A bool that may be absent. */
export interface BoolValue {
  value: boolean;
}

/** The codec of `google.protobuf.BoolValue`. */
export const BoolValue: rt.MessageType<BoolValue> = rt.messageType('google.protobuf.BoolValue', createBoolValue, writeBoolValue, readBoolValue);

function emptyBoolValue(): BoolValue {
  return {
    value: false,
  };
}

function createBoolValue(init: rt.Init<BoolValue> = {}): BoolValue {
  const m = emptyBoolValue();
  if (init.value !== undefined) m.value = init.value;
  return m;
}

function writeBoolValue(m: rt.Init<BoolValue>, w: rt.Writer): rt.Writer {
  if (m.value) w.uint32(8).bool(m.value);
  return w;
}

function readBoolValue(r: rt.Reader, end: number, m = emptyBoolValue()): BoolValue {
  while (r.pos < end) {
    const tag = r.uint32();
    switch (tag) {
      case 8:
        m.value = r.bool();
        break;
      default:
        r.skip(tag);
    }
  }
  if (r.pos !== end) r.ended(end);
  return m;
}

/** A string that may be absent. */
export interface StringValue {
  value: string;
}

/** The codec of `google.protobuf.StringValue`. */
export const StringValue: rt.MessageType<StringValue> = rt.messageType('google.protobuf.StringValue', createStringValue, writeStringValue, readStringValue);

function emptyStringValue(): StringValue {
  return {
    value: '',
  };
}

function createStringValue(init: rt.Init<StringValue> = {}): StringValue {
  const m = emptyStringValue();
  if (init.value !== undefined) m.value = init.value;
  return m;
}

function writeStringValue(m: rt.Init<StringValue>, w: rt.Writer): rt.Writer {
  if (m.value) w.uint32(10).string(m.value);
  return w;
}

function readStringValue(r: rt.Reader, end: number, m = emptyStringValue()): StringValue {
  while (r.pos < end) {
    const tag = r.uint32();
    switch (tag) {
      case 10:
        m.value = r.string();
        break;
      default:
        r.skip(tag);
    }
  }
  if (r.pos !== end) r.ended(end);
  return m;
}

/** A bytes that may be absent. */
export interface BytesValue {
  value: Uint8Array;
}

/** The codec of `google.protobuf.BytesValue`. */
export const BytesValue: rt.MessageType<BytesValue> = rt.messageType('google.protobuf.BytesValue', createBytesValue, writeBytesValue, readBytesValue);

function emptyBytesValue(): BytesValue {
  return {
    value: rt.noBytes,
  };
}

function createBytesValue(init: rt.Init<BytesValue> = {}): BytesValue {
  const m = emptyBytesValue();
  if (init.value !== undefined) m.value = init.value;
  return m;
}

function writeBytesValue(m: rt.Init<BytesValue>, w: rt.Writer): rt.Writer {
  if (m.value !== undefined && m.value.length > 0) w.uint32(10).bytes(m.value);
  return w;
}

function readBytesValue(r: rt.Reader, end: number, m = emptyBytesValue()): BytesValue {
  while (r.pos < end) {
    const tag = r.uint32();
    switch (tag) {
      case 10:
        m.value = r.bytes();
        break;
      default:
        r.skip(tag);
    }
  }
  if (r.pos !== end) r.ended(end);
  return m;
}
