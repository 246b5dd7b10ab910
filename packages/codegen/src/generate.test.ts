import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { type GenerateOptions, generate } from './generate.js';
import { ProtoError } from './proto-error.js';

/** Writes files into a folder that is deleted after the test. */
function folder(t: ExecutionContext, files: Readonly<Record<string, string>>): string {
  const path = mkdtempSync(join(tmpdir(), 'wherry-codegen-'));
  t.teardown(() => rmSync(path, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return path;
}

function generateText(t: ExecutionContext, text: string, options: Partial<GenerateOptions> = {}): string {
  const path = folder(t, { 'a.proto': `syntax = "proto3";\n${text}` });
  return generate({ files: [path], ...options }).files.get('a.ts') ?? '';
}

/** The error of `generate`, with the folder replaced by FOLDER. */
function problem(t: ExecutionContext, text: string, more: Readonly<Record<string, string>> = {}): string {
  const path = folder(t, { 'a.proto': text, ...more });
  const error = t.throws(() => generate({ files: [join(path, 'a.proto')] }), { instanceOf: ProtoError });
  return error.message.replaceAll(`${path}/`, '').replaceAll(path, 'FOLDER');
}

test('the path of a file begins above the folders of its package, or in a given proto path', (t) => {
  const path = folder(t, {
    'proto/shop/v1/orders.proto':
      'syntax = "proto3"; package shop.v1; import "shop/v1/money.proto"; message Order { Money price = 1; }',
    'proto/shop/v1/money.proto': 'syntax = "proto3"; package shop.v1; message Money { int64 cents = 1; }',
  });
  const names = (options: GenerateOptions): string[] => [...generate(options).files.keys()];
  const both = ['shop/v1/money.ts', 'shop/v1/orders.ts'];
  t.deepEqual(names({ files: [join(path, 'proto/shop/v1/orders.proto')] }), both);
  t.deepEqual(names({ files: [join(path, 'proto')] }), both);
  t.deepEqual(names({ files: [join(path, 'proto/shop')] }), both);
  t.deepEqual(names({ files: [join(path, 'proto/shop/v1')] }), both);
  t.deepEqual(names({ files: [join(path, 'proto/shop/v1')], protoPaths: [join(path, 'proto')] }), both);
});

test('two files with the same name are not mixed up', (t) => {
  const text = 'syntax = "proto3"; message A {}';
  const path = folder(t, { 'one/a.proto': text, 'two/a.proto': text });
  const files = ['one/a.proto', 'two/a.proto'].map((name) => join(path, name));
  t.throws(() => generate({ files }), {
    message: /two\/a\.proto: .*one\/a\.proto has the same name in imports, a\.proto/,
  });
});

test('a file that is imported only for its options is not generated', (t) => {
  const path = folder(t, {
    'a.proto': `syntax = "proto3"; import "wherry/v1/options.proto"; message A { string id = 1; }
      service S { rpc Get(A) returns (A) { option (wherry.v1.ordering_key) = "id"; } }`,
  });
  const { files } = generate({ files: [path] });
  t.deepEqual([...files.keys()], ['a.ts']);
  t.regex(files.get('a.ts') ?? '', /options: \{ '\(wherry\.v1\.ordering_key\)': 'id' \}/);
});

test('options of methods that are messages are kept, and so are lists with one element', (t) => {
  const path = folder(t, {
    'a.proto': `${head}package x; import "google/protobuf/descriptor.proto";
      message Rule { string get = 1; repeated Rule more = 2; Level level = 3; repeated string tags = 4; }
      enum Level { LOW = 0; HIGH = 1; }
      extend google.protobuf.MethodOptions { Rule rule = 50001; Level level = 50002; repeated int32 numbers = 50003; }
      service S {
        rpc Get(Rule) returns (Rule) {
          option (rule) = { get: "a" more { get: "b" level: HIGH } tags: "c" };
          option (x.level) = HIGH;
          option (numbers) = 7;
          option (numbers) = 8;
        }
      }`,
  });
  const text = generate({ files: [path] }).files.get('a.ts') ?? '';
  const bytes = Buffer.from(/descriptor: '(.*)'/.exec(text)?.[1] ?? '', 'base64');
  // Each option by its number, as protoc writes it.
  const options = ['8ab5180d0a016112050a01621801220163', '90b51801', '98b51807', '98b51808'];
  t.true(bytes.includes(Buffer.from(options.join(''), 'hex')), bytes.toString('hex'));
});

test('64-bit integers have the requested type, and jstype of a field takes precedence', (t) => {
  const text = 'message A { int64 a = 1; int64 b = 2 [jstype = JS_NUMBER]; }';
  t.regex(generateText(t, text), / a: bigint;\n {2}b: number;/);
  t.regex(generateText(t, text, { int64: 'string' }), / a: string;\n {2}b: number;/);
});

test('comments are copied, and cannot end the generated comment', (t) => {
  const text = generateText(t, '// A */ B\nmessage A {\n  // Of a.\n  string a = 1;\n  string b = 2; // Of b.\n}');
  t.regex(text, /\/\*\* A \*\\\/ B \*\/\nexport interface A/);
  t.regex(text, /\/\*\* Of a\. \*\/\n {2}a: string;\n {2}\/\*\* Of b\. \*\/\n {2}b: string;/);
});

test('a file with CRLF gives the same types', (t) => {
  const text = 'message A {\n  // Of a,\n  // and more.\n  string a = 1;\n}';
  t.is(generateText(t, text.replaceAll('\n', '\r\n')), generateText(t, text));
});

test('proto2 is read: fields that may be absent are optional', (t) => {
  const path = folder(t, { 'a.proto': 'message A { optional int32 a = 1 [default = 5]; required string b = 2; }' });
  t.regex(
    generate({ files: [path] }).files.get('a.ts') ?? '',
    /a\?: number \| undefined;\n {2}b\?: string \| undefined;/,
  );
});

const head = 'syntax = "proto3";\n';

function ordered(key: string): string {
  return `${head}import "wherry/v1/options.proto";
message A {
  string id = 1;
  B b = 2;
  repeated string ids = 3;
  map<string, string> named = 4;
}
message B { oneof one { int32 number = 1; } }
service S {
  rpc List(A) returns (A) { option (wherry.v1.ordering_key) = "id"; }
  rpc Get(A) returns (A) {
    option (wherry.v1.ordering_key) = "${key}";
  }
}`;
}

test('an ordering key may lead to any single scalar', (t) => {
  for (const key of ['id', 'b.number']) {
    const path = folder(t, { 'a.proto': ordered(key) });
    t.notThrows(() => generate({ files: [path] }));
  }
});

for (const key of ['gone', 'b', 'ids', 'named', 'id.more', 'b.gone', '']) {
  test(`the ordering key ${JSON.stringify(key)}, which leads to no scalar, is refused with its line`, (t) => {
    t.is(
      problem(t, ordered(key)),
      `a.proto:13: (wherry.v1.ordering_key) is "${key}", which is not a single number, bool, enum, string or bytes field of A`,
    );
  });
}

for (const [option, expected] of [
  ['timeout) = "1m"', '(wherry.v1.timeout) is "1m", which is not seconds above 0 such as "1.5s"'],
  ['timeout) = "0.0s"', '(wherry.v1.timeout) is "0.0s", which is not seconds above 0 such as "1.5s"'],
  ['timeout) = 5', '(wherry.v1.timeout) is 5, which is not seconds above 0 such as "1.5s"'],
  ['partitions) = 0', '(wherry.v1.partitions) is 0, which is not a number from 1 to 10000'],
  ['partitions) = "many"', '(wherry.v1.partitions) is "many", which is not a number from 1 to 10000'],
] as const) {
  test(`the option (${option} is refused with its line`, (t) => {
    const text = `${head}import "wherry/v1/options.proto";
message A {}
service S {
  rpc List(A) returns (A);
  rpc Get(A) returns (A) {
    option (wherry.v1.${option};
  }
}`;
    t.is(problem(t, text), `a.proto:7: ${expected}`);
  });
}

test('the name of an option may begin with a dot', (t) => {
  const option = 'option (.wherry.v1.timeout) = "1.5s";';
  const path = folder(t, {
    'a.proto': `${head}import "wherry/v1/options.proto"; message A {} service S { rpc Get(A) returns (A) { ${option} } }`,
  });
  const text = generate({ files: [path] }).files.get('a.ts') ?? '';
  t.regex(text, /options: \{ '\(wherry\.v1\.timeout\)': '1\.5s' \}/);
});

for (const [what, text, expected] of [
  ['a field without a number', `${head}message A {\n  string a;\n}`, "a.proto:3: illegal token ';', '=' expected"],
  ['a file that ends too early', `${head}message A {\n  string a = 1;\n`, 'a.proto:3: the file ends too early'],
  [
    'a type that is not there',
    `${head}message A {\n  string a = 1;\n  Gone b = 2;\n}`,
    /^a\.proto:4: b: no such .*Gone/,
  ],
  ['a type of a map', `${head}message A {\n  map<string, Gone> b = 2;\n}`, /^a\.proto:3: b: no such .*Gone/],
  [
    'a type of a method',
    `${head}message A {}\nservice S {\n  rpc Get(A) returns (Gone);\n}`,
    /^a\.proto:4: Get: no such .*Gone/,
  ],
  ['a number twice', `${head}message A {\n  string a = 1;\n  string b = 1;\n}`, /^a\.proto:4: duplicate id 1/],
  ['a name twice', `${head}message A {\n  string a = 1;\n  string a = 2;\n}`, /^a\.proto:4: duplicate name 'a'/],
  ['an import that is not there', `${head}\nimport "b.proto";`, 'a.proto:3: import "b.proto": no such file in FOLDER'],
  [
    'an option that is not there',
    `${head}message A {}\nservice S {\n  rpc Get(A) returns (A) {\n    option (gone) = 1;\n  }\n}`,
    /^a\.proto:5: \(gone\): methods have no such option/,
  ],
  [
    'an enum that does not begin with 0',
    `${head}enum A {\n  ONE = 1;\n}`,
    'a.proto:3: ONE: the first value of an enum must be 0 in proto3',
  ],
  ['a group', 'message A {\n  optional group B = 1 {}\n}', /^a\.proto:2: b: groups are not supported/],
  ['a syntax that is none', 'syntax = "proto4";\nmessage A {\n string a = 1;\n}', /^a\.proto:1: /],
] as const) {
  test(`${what} is refused with its line`, (t) => {
    const message = problem(t, text);
    if (typeof expected === 'string') t.is(message, expected);
    else t.regex(message, expected);
  });
}

test('a problem in an imported file names that file', (t) => {
  t.regex(problem(t, `${head}import "b.proto";`, { 'b.proto': `${head}\nmessage B { x }` }), /^b\.proto:3: illegal/);
});

test('a missing file and a folder without .proto files are errors', (t) => {
  t.throws(() => generate({ files: ['/nowhere/a.proto'] }), { message: /nowhere\/a\.proto/ });
  t.throws(() => generate({ files: [folder(t, {})] }), { message: /^no \.proto files in / });
  t.throws(() => generate({ files: [] }), { instanceOf: TypeError, message: /files is empty/ });
});
