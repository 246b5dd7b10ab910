import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';

const bin = fileURLToPath(new URL('../../packages/cli/bin/wherry.js', import.meta.url));

const greeter = `syntax = "proto3";

package hello.v1;

import "google/protobuf/timestamp.proto";
import "wherry/v1/options.proto";

service Greeter {
  rpc Greet(GreetRequest) returns (GreetResponse) {
    option (wherry.v1.timeout) = "5s";
  }
}

message GreetRequest {
  string name = 1;
  google.protobuf.Timestamp at = 2;
}

message GreetResponse {
  string message = 1;
}
`;
const place = 'proto/hello/v1/greeter.proto';

/** A folder that goes with the test, with the commands in it. */
class Project {
  readonly path = mkdtempSync(join(tmpdir(), 'wherry-lint-'));

  constructor(t: ExecutionContext) {
    t.timeout(120_000);
    t.teardown(() => rmSync(this.path, { recursive: true }));
    this.write(place, greeter);
  }

  write(name: string, text: string): void {
    mkdirSync(dirname(join(this.path, name)), { recursive: true });
    writeFileSync(join(this.path, name), text);
  }

  run(...args: string[]) {
    const temporary = join(this.path, '.tmp');
    mkdirSync(temporary, { recursive: true });
    const env = { ...process.env, TMPDIR: temporary };
    const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], {
      cwd: this.path,
      encoding: 'utf8',
      env,
    });
    return { code: status, out: stdout, err: stderr, left: readdirSync(temporary) };
  }

  git(...args: string[]): void {
    const own = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com', '-c', 'commit.gpgsign=false'];
    const { status, stderr } = spawnSync('git', [...own, ...args], { cwd: this.path, encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
  }

  commit(): void {
    this.git('init', '-q');
    this.git('add', 'proto');
    this.git('commit', '-q', '-m', 'before');
  }
}

const quiet = { code: 0, out: '', err: '', left: [] as string[] };

test('lint: imports of Wherry and protobuf are found, and a service may be named as gRPC names its own', (t) => {
  const project = new Project(t);
  t.deepEqual(project.run('lint'), quiet);
  t.deepEqual(project.run('lint', 'proto'), quiet);
});

test('lint: what it finds has its place and its rule, and the exit code is 1', (t) => {
  const project = new Project(t);
  project.write(place, greeter.replace('string name', 'string fullName'));
  const { code, out, err } = project.run('lint');
  t.is(
    out,
    `${place}:15:10: Field name "fullName" should be lower_snake_case, such as "full_name". (FIELD_LOWER_SNAKE_CASE)\n`,
  );
  t.is(err, '');
  t.is(code, 1);
});

test('lint: a buf.yaml counts, and Wherry’s options are not checked by its rules', (t) => {
  for (const [config, folder] of [
    ['version: v2\nmodules:\n  - path: proto\nlint:\n  use: [SERVICE_SUFFIX, COMMENT_RPC]\n', ''],
    ['version: v1\nlint:\n  use: [SERVICE_SUFFIX, COMMENT_RPC]\n', 'proto'],
  ] as const) {
    const project = new Project(t);
    project.write(join(folder, 'buf.yaml'), config);
    const { code, out } = project.run('lint');
    t.deepEqual(out.match(/^\S+ |\(\w+\)$/gm), [
      `${place}:8:9: `,
      '(SERVICE_SUFFIX)',
      `${place}:9:3: `,
      '(COMMENT_RPC)',
    ]);
    t.is(code, 1);
  }
});

test('breaking: against a commit, a branch, a folder', (t) => {
  const project = new Project(t);
  project.commit();
  cpSync(join(project.path, 'proto'), join(project.path, 'released'), { recursive: true });
  for (const against of ['HEAD', 'released']) t.deepEqual(project.run('breaking', '--against', against), quiet);
  project.write(place, greeter.replace('string name = 1', 'int64 name = 1'));
  for (const against of ['HEAD', 'released', './released']) {
    const { code, out, err } = project.run('breaking', '--against', against);
    t.regex(
      out,
      new RegExp(`^${place}:15:3: Field "1" with name "name" .* from "string" to "int64"\\. \\(FIELD_SAME_TYPE\\)\\n$`),
    );
    t.is(err, '');
    t.is(code, 1);
  }
  project.write('buf.yaml', 'version: v2\nmodules: [{path: proto}]\nbreaking: {use: [WIRE]}\n');
  t.regex(project.run('breaking', '--against', 'HEAD').out, /\(FIELD_WIRE_COMPATIBLE_TYPE\)\n$/);
});

test('breaking: a file that is gone', (t) => {
  const project = new Project(t);
  project.write('proto/hello/v1/more.proto', 'syntax = "proto3";\npackage hello.v1;\n');
  project.commit();
  rmSync(join(project.path, 'proto/hello/v1/more.proto'));
  const { code, out } = project.run('breaking', '--against', 'HEAD');
  t.is(out, 'proto: Previously present file "hello/v1/more.proto" was deleted. (FILE_NO_DELETE)\n');
  t.is(code, 1);
});

const wrong: Readonly<Record<string, readonly [args: readonly string[], code: number, err: string | RegExp]>> = {
  'lint: a malformed file': [['lint', 'bad'], 1, /^error: bad\/a\.proto:3:\d+: .*\n$/],
  'lint: an import that is not there': [
    ['lint', 'lost'],
    1,
    /^error: lost\/a\.proto:2:\d+: imported file does not exist\n$/,
  ],
  'lint: a folder without any': [['lint', 'empty'], 1, 'error: there are no .proto files in empty\n'],
  'lint: a folder that is not there': [['lint', 'gone'], 1, 'error: gone: there is no such folder\n'],
  'lint: a flag that is not known': [['lint', '--fix'], 2, /^error: unknown option '--fix'.*\n$/],
  'breaking: nothing to compare with': [
    ['breaking'],
    2,
    "error: required option '--against <ref-or-folder>' not specified\n",
  ],
  'breaking: a ref that is none': [
    ['breaking', '--against', 'v9'],
    1,
    'error: --against v9: it is neither a folder nor a commit, branch or tag of git\n',
  ],
  'breaking: files that were not there': [
    ['breaking', '--against', 'HEAD', 'bad'],
    1,
    'error: --against HEAD: there were no .proto files in bad\n',
  ],
  'breaking: a folder without any': [
    ['breaking', '--against', 'empty'],
    1,
    'error: there are no .proto files in empty\n',
  ],
  'breaking: a malformed file of before': [['breaking', '--against', 'bad'], 1, /^error: bad\/a\.proto:3:\d+: .*\n$/],
};

for (const [what, [args, code, err]] of Object.entries(wrong)) {
  test(`${what} is one line, and exit code ${code}`, (t) => {
    const project = new Project(t);
    project.commit();
    project.write('bad/a.proto', 'syntax = "proto3";\npackage a;\nmessage A { string }\n');
    project.write('lost/a.proto', 'syntax = "proto3";\nimport "gone.proto";\n');
    project.write('empty/readme', '');
    const result = project.run(...args);
    t.is(result.code, code);
    t.is(result.out, '');
    if (typeof err === 'string') t.is(result.err, err);
    else t.regex(result.err, err);
    t.deepEqual(result.left, [], 'nothing is left in the temporary folder');
  });
}

for (const command of ['lint', 'breaking']) {
  test(`${command} --help has an example, and says what to install`, (t) => {
    const { code, out, err } = new Project(t).run(command, '--help');
    t.is(code, 0);
    t.is(err, '');
    t.regex(out, new RegExp(`Examples:\\n {2}\\$ wherry ${command}`));
    t.regex(out, /npm install --save-dev @bufbuild\/buf/);
  });
}

test('a buf.yaml that names a module outside of its folder is refused, and nothing is written there', (t) => {
  const project = new Project(t);
  // From within the copy it would be a folder beside those that are temporary.
  project.write('victim/a.proto', 'syntax = "proto3";\npackage a;\n');
  for (const config of ['modules: [{path: ../../victim}]', 'modules:\n  - path: proto\n  - path: ../../victim']) {
    project.write('buf.yaml', `version: v2\n${config}\n`);
    const { code, err, left } = project.run('lint');
    t.regex(err, /^error: buf\.yaml: module \.\.\/\.\.\/victim is not within .*\n$/);
    t.is(code, 1);
    t.deepEqual(left, []);
    t.deepEqual(readdirSync(join(project.path, 'victim')), ['a.proto']);
  }
});
