// Made by `wherry gen` from google/protobuf/struct.proto. Do not edit: change that, and make it again.
/* eslint-disable */
import * as rt from '@wherry/codegen/runtime';

/** `google/protobuf/struct.proto`, described for reflection. */
export const protoFile: rt.ProtoFile = {
  name: 'google/protobuf/struct.proto',
  descriptor: 'Chxnb29nbGUvcHJvdG9idWYvc3RydWN0LnByb3RvEg9nb29nbGUucHJvdG9idWYimAEKBlN0cnVjdBI7CgZmaWVsZHMYASADKAsyIy5nb29nbGUucHJvdG9idWYuU3RydWN0LkZpZWxkc0VudHJ5UgZmaWVsZHMaUQoLRmllbGRzRW50cnkSEAoDa2V5GAEgASgJUgNrZXkSLAoFdmFsdWUYAiABKAsyFi5nb29nbGUucHJvdG9idWYuVmFsdWVSBXZhbHVlOgI4ASKyAgoFVmFsdWUSOwoKbnVsbF92YWx1ZRgBIAEoDjIaLmdvb2dsZS5wcm90b2J1Zi5OdWxsVmFsdWVIAFIJbnVsbFZhbHVlEiMKDG51bWJlcl92YWx1ZRgCIAEoAUgAUgtudW1iZXJWYWx1ZRIjCgxzdHJpbmdfdmFsdWUYAyABKAlIAFILc3RyaW5nVmFsdWUSHwoKYm9vbF92YWx1ZRgEIAEoCEgAUglib29sVmFsdWUSPAoMc3RydWN0X3ZhbHVlGAUgASgLMhcuZ29vZ2xlLnByb3RvYnVmLlN0cnVjdEgAUgtzdHJ1Y3RWYWx1ZRI7CgpsaXN0X3ZhbHVlGAYgASgLMhouZ29vZ2xlLnByb3RvYnVmLkxpc3RWYWx1ZUgAUglsaXN0VmFsdWVCBgoEa2luZCI7CglMaXN0VmFsdWUSLgoGdmFsdWVzGAEgAygLMhYuZ29vZ2xlLnByb3RvYnVmLlZhbHVlUgZ2YWx1ZXMqGwoJTnVsbFZhbHVlEg4KCk5VTExfVkFMVUUQAGIGcHJvdG8z',
  dependencies: [],
};

/** JSON's null. */
export const NullValue = {
  NULL_VALUE: 0,
} as const;

/** One of {@link NullValue}, or the number of a value that this code does not know. */
export type NullValue = 0 | (number & {});

/** A JSON object. */
export interface Struct {
  fields: Record<string, Value>;
}

/** The codec of `google.protobuf.Struct`. */
export const Struct: rt.MessageType<Struct> = rt.messageType('google.protobuf.Struct', createStruct, writeStruct, readStruct);

function emptyStruct(): Struct {
  return {
    fields: {},
  };
}

function createStruct(init: rt.Init<Struct> = {}): Struct {
  const m = emptyStruct();
  if (init.fields !== undefined) m.fields = rt.copyMap(init.fields, (value) => createValue(value));
  return m;
}

function writeStruct(m: rt.Init<Struct>, w: rt.Writer): rt.Writer {
  if (m.fields !== undefined) {
    for (const [key, value] of Object.entries(m.fields)) {
      if (value === undefined) continue;
      w.uint32(10).fork();
      w.uint32(10).string(key);
      writeValue(value, w.uint32(18).fork()).ldelim();
      w.ldelim();
    }
  }
  return w;
}

function readStruct(r: rt.Reader, end: number, m = emptyStruct()): Struct {
  while (r.pos < end) {
    const tag = r.uint32();
    switch (tag) {
      case 10: {
        const to = r.endOf(end);
        let key = '';
        let value: Value | undefined;
        while (r.pos < to) {
          const part = r.uint32();
          if (part === 10) key = r.string();
          else if (part === 18) value = readValue(r, r.endOf(to), value);
          else r.skip(part);
        }
        r.ended(to);
        rt.setEntry(m.fields, key, value ?? createValue());
        break;
      }
      default:
        r.skip(tag);
    }
  }
  if (r.pos !== end) r.ended(end);
  return m;
}

/** A JSON value. */
export interface Value {
  kind:
    | { case: 'nullValue'; value: NullValue }
    | { case: 'numberValue'; value: number }
    | { case: 'stringValue'; value: string }
    | { case: 'boolValue'; value: boolean }
    | { case: 'structValue'; value: Struct }
    | { case: 'listValue'; value: ListValue }
    | { case: undefined; value?: undefined };
}

/** The codec of `google.protobuf.Value`. */
export const Value: rt.MessageType<Value> = rt.messageType('google.protobuf.Value', createValue, writeValue, readValue);

function emptyValue(): Value {
  return {
    kind: { case: undefined },
  };
}

function createValue(init: rt.Init<Value> = {}): Value {
  const m = emptyValue();
  switch (init.kind?.case) {
    case 'nullValue':
      m.kind = { case: 'nullValue', value: init.kind.value };
      break;
    case 'numberValue':
      m.kind = { case: 'numberValue', value: init.kind.value };
      break;
    case 'stringValue':
      m.kind = { case: 'stringValue', value: init.kind.value };
      break;
    case 'boolValue':
      m.kind = { case: 'boolValue', value: init.kind.value };
      break;
    case 'structValue':
      m.kind = { case: 'structValue', value: createStruct(init.kind.value) };
      break;
    case 'listValue':
      m.kind = { case: 'listValue', value: createListValue(init.kind.value) };
      break;
  }
  return m;
}

function writeValue(m: rt.Init<Value>, w: rt.Writer): rt.Writer {
  switch (m.kind?.case) {
    case 'nullValue':
      w.uint32(8).int32(m.kind.value);
      break;
    case 'numberValue':
      w.uint32(17).double(m.kind.value);
      break;
    case 'stringValue':
      w.uint32(26).string(m.kind.value);
      break;
    case 'boolValue':
      w.uint32(32).bool(m.kind.value);
      break;
    case 'structValue':
      writeStruct(m.kind.value, w.uint32(42).fork()).ldelim();
      break;
    case 'listValue':
      writeListValue(m.kind.value, w.uint32(50).fork()).ldelim();
      break;
  }
  return w;
}

function readValue(r: rt.Reader, end: number, m = emptyValue()): Value {
  while (r.pos < end) {
    const tag = r.uint32();
    switch (tag) {
      case 8:
        m.kind = { case: 'nullValue', value: r.int32() };
        break;
      case 17:
        m.kind = { case: 'numberValue', value: r.double() };
        break;
      case 26:
        m.kind = { case: 'stringValue', value: r.string() };
        break;
      case 32:
        m.kind = { case: 'boolValue', value: r.bool() };
        break;
      case 42:
        m.kind = { case: 'structValue', value: readStruct(r, r.endOf(end), m.kind.case === 'structValue' ? m.kind.value : undefined) };
        break;
      case 50:
        m.kind = { case: 'listValue', value: readListValue(r, r.endOf(end), m.kind.case === 'listValue' ? m.kind.value : undefined) };
        break;
      default:
        r.skip(tag);
    }
  }
  if (r.pos !== end) r.ended(end);
  return m;
}

/** A JSON array. */
export interface ListValue {
  values: Value[];
}

/** The codec of `google.protobuf.ListValue`. */
export const ListValue: rt.MessageType<ListValue> = rt.messageType('google.protobuf.ListValue', createListValue, writeListValue, readListValue);

function emptyListValue(): ListValue {
  return {
    values: [],
  };
}

function createListValue(init: rt.Init<ListValue> = {}): ListValue {
  const m = emptyListValue();
  if (init.values !== undefined) m.values = init.values.map((value) => createValue(value));
  return m;
}

function writeListValue(m: rt.Init<ListValue>, w: rt.Writer): rt.Writer {
  if (m.values !== undefined) {
    for (const value of m.values) writeValue(value, w.uint32(10).fork()).ldelim();
  }
  return w;
}

function readListValue(r: rt.Reader, end: number, m = emptyListValue()): ListValue {
  while (r.pos < end) {
    const tag = r.uint32();
    switch (tag) {
      case 10:
        m.values.push(readValue(r, r.endOf(end)));
        break;
      default:
        r.skip(tag);
    }
  }
  if (r.pos !== end) r.ended(end);
  return m;
}
