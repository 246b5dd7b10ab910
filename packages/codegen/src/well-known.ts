import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** The text of a file that needs no proto path: one of protobuf's own, or Wherry's options. Undefined for other names. */
export function wellKnownFile(name: string): string | undefined {
  const text = sources[name];
  if (text !== undefined) return text;
  if (name === OPTIONS) return readFileSync(new URL(`../proto/${OPTIONS}`, import.meta.url), 'utf8');
  if (!comesWithProtobufjs.has(name)) return undefined;
  return readFileSync(createRequire(import.meta.url).resolve(`protobufjs/${name}`), 'utf8');
}

const OPTIONS = 'wherry/v1/options.proto';

const comesWithProtobufjs = new Set(
  ['api', 'descriptor', 'source_context', 'type'].map((name) => `google/protobuf/${name}.proto`),
);

const head = 'syntax = "proto3"; package google.protobuf;\n';

const sources: Readonly<Record<string, string | undefined>> = {
  'google/protobuf/any.proto': `${head}
// A message of any type, with the name of its type.
message Any {
  // Ends with a slash and the type's full name: "type.googleapis.com/package.Message".
  string type_url = 1;
  // The serialized message.
  bytes value = 2;
}`,
  'google/protobuf/duration.proto': `${head}
// A span of time. Seconds and nanoseconds have the same sign.
message Duration {
  // From -315576000000 to 315576000000.
  int64 seconds = 1;
  // From -999999999 to 999999999.
  int32 nanos = 2;
}`,
  'google/protobuf/empty.proto': `${head}
// A message without fields.
message Empty {}`,
  'google/protobuf/field_mask.proto': `${head}
// A list of fields of a message.
message FieldMask {
  // Names of fields as in the .proto file. A dot leads to a field of a nested message: "user.display_name".
  repeated string paths = 1;
}`,
  'google/protobuf/struct.proto': `${head}
// A JSON object.
message Struct {
  map<string, Value> fields = 1;
}

// A JSON value.
message Value {
  oneof kind {
    NullValue null_value = 1;
    double number_value = 2;
    string string_value = 3;
    bool bool_value = 4;
    Struct struct_value = 5;
    ListValue list_value = 6;
  }
}

// JSON's null.
enum NullValue {
  NULL_VALUE = 0;
}

// A JSON array.
message ListValue {
  repeated Value values = 1;
}`,
  'google/protobuf/timestamp.proto': `${head}
// A point in time.
message Timestamp {
  // Seconds since the Unix epoch, from 0001-01-01T00:00:00Z to 9999-12-31T23:59:59Z.
  int64 seconds = 1;
  // From 0 to 999999999. They count forward, even before the epoch.
  int32 nanos = 2;
}`,
  'google/protobuf/wrappers.proto':
    head +
    (
      [
        ['Double', 'double'],
        ['Float', 'float'],
        ['Int64', 'int64'],
        ['UInt64', 'uint64'],
        ['Int32', 'int32'],
        ['UInt32', 'uint32'],
        ['Bool', 'bool'],
        ['String', 'string'],
        ['Bytes', 'bytes'],
      ] as const
    )
      .map(([name, type]) => `\n// A ${type} that may be absent.\nmessage ${name}Value {\n  ${type} value = 1;\n}\n`)
      .join(''),
};
