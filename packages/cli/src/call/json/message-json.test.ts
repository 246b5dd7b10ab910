import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, toBinary } from '@bufbuild/protobuf';
import { AnySchema } from '@bufbuild/protobuf/wkt';
import test from 'ava';
import { findMethod, type Method } from '../method.js';
import { readProtos } from '../proto-files.js';
import { MessageJson } from './message-json.js';

const proto = `
syntax = "proto3";
package json.test;
import "google/protobuf/any.proto";
import "google/protobuf/duration.proto";
import "google/protobuf/field_mask.proto";
import "google/protobuf/struct.proto";
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";
enum Color { COLOR_UNSPECIFIED = 0; RED = 1; }
message All {
  message Inner { int64 big_number = 1; All all = 2; }
  Inner inner_thing = 1;
  map<string, Inner> by_name = 2;
  map<int64, Color> by_number = 3;
  map<bool, string> by_answer = 4;
  repeated Color colors = 5;
  google.protobuf.Timestamp at = 6;
  google.protobuf.Duration took = 7;
  google.protobuf.Any any = 8;
  google.protobuf.Value value = 9;
  google.protobuf.Int64Value wrapped = 10;
  google.protobuf.FieldMask mask = 11;
  oneof pick { string text = 12; bytes data = 13; }
  double number = 14;
  uint32 unsigned = 15;
  bool yes = 16;
  optional int32 maybe = 17;
  uint64 huge = 18;
  string renamed = 19 [json_name = "otherName"];
}
service Json { rpc Echo(All) returns (All); }
`;

let dir: string;
let method: Method;

test.before(() => {
  dir = mkdtempSync(join(tmpdir(), 'wherry-json-'));
  writeFileSync(join(dir, 'all.proto'), proto);
  method = findMethod(readProtos(['all.proto'], [dir]), { service: 'json.test.Json', method: 'Echo' });
});

test.after.always(() => rmSync(dir, { recursive: true }));

const there = (json: unknown): unknown => method.decode(method.encode(json, 1));

const unchanged: Record<string, unknown> = {
  'an empty message': {},
  'nested messages and int64 beyond 2^53': { innerThing: { bigNumber: '-9007199254740993', all: { yes: true } } },
  'maps of every kind of key': {
    byName: { 'a b': {}, c: { bigNumber: '1' } },
    byNumber: { '-1': 'RED', '9007199254740993': 'RED' },
    byAnswer: { false: 'no', true: 'yes' },
  },
  'enums by name, and by number where it has none': { colors: ['RED', 7, 'COLOR_UNSPECIFIED'] },
  times: { at: '2026-01-31T08:30:00.500Z', took: '-1.000001500s' },
  'a time before 1970': { at: '1969-12-31T23:59:59.250Z' },
  'an Any of a message': { any: { '@type': 'type.googleapis.com/json.test.All', innerThing: { bigNumber: '4' } } },
  'an Any of a message with a form of its own': {
    any: { '@type': 'type.googleapis.com/google.protobuf.Duration', value: '3s' },
  },
  'a JSON value': { value: { a: [1, null, 'x', { b: false }], c: {} } },
  'a JSON null': { value: null },
  wrappers: { wrapped: '0' },
  'a field mask': { mask: 'innerThing,at' },
  bytes: { data: '//79' },
  'the empty member of a oneof, and an optional zero': { text: '', maybe: 0 },
  'what is no number': { number: 'NaN' },
  'a name in JSON of its own': { otherName: 'x' },
  'the largest of numbers': { huge: '18446744073709551615', unsigned: 4294967295, number: 1e300 },
};

for (const [what, json] of Object.entries(unchanged)) {
  test(`${what} comes back as it was`, (t) => {
    t.deepEqual(there(json), json);
  });
}

test("a .proto's own names, numbers as strings, url-safe base64 and other time zones are taken too", (t) => {
  t.deepEqual(there({ inner_thing: { big_number: 5 }, unsigned: '7', data: '__79', at: '2026-01-31T09:30:00+01:00' }), {
    innerThing: { bigNumber: '5' },
    unsigned: 7,
    data: '//79',
    at: '2026-01-31T08:30:00Z',
  });
});

test('what is in an Any of an unknown type is shown as bytes, wherever it is', (t) => {
  const json = new MessageJson(method.types);
  const type = method.types.getMessage('json.test.All');
  if (type === undefined) throw new Error('there is no All');
  const opaque = create(AnySchema, { typeUrl: 'type.googleapis.com/other.Type', value: Buffer.from('//79', 'base64') });
  const outer = toBinary(type, Object.assign(create(type), { any: opaque }));
  const shown = { any: { '@type': 'type.googleapis.com/other.Type', '@value': '//79' } };
  t.deepEqual(json.decode(type, outer), shown);
  const within = create(AnySchema, { typeUrl: 'type.googleapis.com/json.test.All', value: outer });
  t.deepEqual(json.decode(type, toBinary(type, Object.assign(create(type), { any: within }))), {
    any: { '@type': 'type.googleapis.com/json.test.All', ...shown },
  });
});

test('null is absence', (t) => {
  t.deepEqual(there({ innerThing: null, colors: null, at: null, text: null, data: 'AA==' }), { data: 'AA==' });
});

const wrong: [json: unknown, message: RegExp][] = [
  [[], /^cannot decode message json\.test\.All from JSON/],
  [{ nope: 1 }, /^nope: .* key "nope" is unknown$/],
  [{ innerThing: { nope: 1 } }, /^innerThing\.nope: .* key "nope" is unknown$/],
  [{ innerThing: { bigNumber: 'x' } }, /^innerThing\.bigNumber: .* expected bigint \(int64\): x out of range$/],
  [{ byName: { k: {}, m: 3 } }, /^byName\["m"\]: .* 3$/],
  [{ byNumber: { x: 'RED' } }, /^byNumber\["x"\]: .* invalid map key/],
  [{ byAnswer: { maybe: '' } }, /^byAnswer\["maybe"\]: .* expected boolean, got "maybe"$/],
  [{ colors: 'RED' }, /^colors: .* expected Array, got "RED"$/],
  [{ colors: ['RED', 'BLUE'] }, /^colors\[1\]: .* "BLUE"$/],
  [{ inner_thing: { all: { at: 'now' } } }, /^inner_thing\.all\.at: .*google\.protobuf\.Timestamp.* RFC 3339/],
  [{ took: '3' }, /^took: .*google\.protobuf\.Duration.* "3"$/],
  [{ any: { '@type': 'x/y.Z' } }, /^any\S*: .*x\/y\.Z is not in the type registry$/],
  [{ data: 'a*' }, /^data: .* invalid base64/],
  [{ unsigned: -1 }, /^unsigned: .* -1 out of range$/],
  [{ unsigned: 1.5 }, /^unsigned: .* got 1\.5$/],
  [{ huge: '18446744073709551616' }, /^huge: .* out of range$/],
  [{ yes: 'false' }, /^yes: .* expected boolean, got "false"$/],
  [{ number: 'a lot' }, /^number: .* got "a lot"$/],
  [{ text: 1 }, /^text: .* expected string, got 1$/],
  [{ text: 'a', data: '' }, /oneof json\.test\.All\.pick .* text and data$/],
];

for (const [json, message] of wrong) {
  test(`${JSON.stringify(json)} is refused, with where it is wrong`, (t) => {
    const said = t.throws(() => method.encode(json, 3)).message;
    t.regex(said, /^message 3: /);
    t.regex(said.slice('message 3: '.length), message);
  });
}
