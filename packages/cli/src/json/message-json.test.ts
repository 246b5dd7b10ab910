import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { loadMethod, type Method } from '../call/method.js';

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
}
service Json { rpc Echo(All) returns (All); }
`;

let dir: string;
let method: Method;

test.before(() => {
  dir = mkdtempSync(join(tmpdir(), 'wherry-json-'));
  writeFileSync(join(dir, 'all.proto'), proto);
  method = loadMethod({ service: 'json.test.Json', method: 'Echo' }, ['all.proto'], [dir]);
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

test('null is absence', (t) => {
  t.deepEqual(there({ innerThing: null, colors: null, at: null, text: null, data: 'AA==' }), { data: 'AA==' });
});

const wrong: [json: unknown, message: string][] = [
  [[], 'must be an object, is []'],
  [{ nope: 1 }, 'json.test.All has no field "nope"'],
  [{ innerThing: { nope: 1 } }, 'json.test.All.Inner has no field "innerThing.nope"'],
  [{ innerThing: { bigNumber: 'x' } }, 'innerThing.bigNumber must be a whole number, is "x"'],
  [{ byName: { k: 3 } }, 'byName["k"] must be an object, is 3'],
  [{ byNumber: { x: 'RED' } }, 'byNumber must be a whole number, is "x"'],
  [{ byAnswer: { maybe: '' } }, 'byAnswer must be true or false, is "maybe"'],
  [{ colors: 'RED' }, 'colors must be an array, is "RED"'],
  [{ colors: ['BLUE'] }, 'colors[0] must be one of COLOR_UNSPECIFIED, RED, is "BLUE"'],
  [{ at: 'now' }, 'at must be a time such as 2026-01-31T09:30:00Z, is "now"'],
  [{ took: '3' }, 'took must be a time in seconds such as 1.5s, is "3"'],
  [{ any: { '@type': 'x/y.Z' } }, 'no .proto given has y.Z, which any.@type names'],
  [{ data: 'a*' }, 'data must be base64, is "a*"'],
  [{ unsigned: -1 }, 'unsigned must be from 0 to 4294967295, is -1'],
  [{ unsigned: 1.5 }, 'unsigned must be a whole number, is 1.5'],
  [{ huge: '18446744073709551616' }, 'huge must be from 0 to 18446744073709551615, is "18446744073709551616"'],
  [{ yes: 'false' }, 'yes must be true or false, is "false"'],
  [{ number: 'a lot' }, 'number must be a number, is "a lot"'],
  [{ text: 1 }, 'text must be a string, is 1'],
  [{ text: 'a', data: '' }, 'text and data are both of oneof pick; give one of them'],
];

for (const [json, message] of wrong) {
  test(`${JSON.stringify(json)} is refused: ${message}`, (t) => {
    t.is(t.throws(() => method.encode(json, 3)).message, `message 3: ${message}`);
  });
}
