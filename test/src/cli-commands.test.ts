import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { isRefused, run } from './support/wherry-command.js';

/** Every command, as each has a file of its name: one that is new is tested here with no more ado. */
const commands = readdirSync(fileURLToPath(new URL('../../packages/cli/src/commands', import.meta.url)))
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  .map((file) => file.slice(0, -'.ts'.length));

/** What a command needs, beside brokers, to get as far as to connect. */
const needed: Readonly<Record<string, readonly string[]>> = {
  gateway: ['--listen', '127.0.0.1:0'],
  egress: ['--target', '127.0.0.1:1', '--service', 'a.B'],
  call: ['a.B/C'],
  sweep: [],
};

/** How a command is given a .proto file, where it takes any. */
const withProto: Readonly<Record<string, (file: string, folder: string) => readonly string[]>> = {
  call: (file) => ['call', 'a.B/C', '--brokers', '127.0.0.1:1', '--proto', file],
  gen: (file, folder) => ['gen', '--out', join(folder, 'out'), file],
};

async function helpOf(t: ExecutionContext, ...command: string[]): Promise<string> {
  const { code, out, err } = await run(t, [...command, '--help']);
  t.is(err, '');
  t.is(code, 0);
  return out;
}

for (const command of commands) {
  test(`${command}: --help says what it does, and has an example`, async (t) => {
    const help = await helpOf(t, command);
    t.regex(help, new RegExp(`^Usage: wherry ${command} [^\\n]+\\n\\n[A-Z]`));
    t.regex(help, new RegExp(`\\nExamples?:\\n  \\$ (.*\\| )?wherry ${command}\\b`));
    t.is(help.includes('--brokers '), command in needed, 'the table "needed" has the commands that need brokers');
  });

  test(`${command}: a wrong flag is one clear line and exit code 2, also if a required flag is missing`, async (t) => {
    isRefused(t, await run(t, [command, '--no-such-flag']), 2, /unknown option '--no-such-flag'/);
  });
}

test('a broker that is not given, or not there, is one clear line', async (t) => {
  // All at once, as each waits for as long.
  const nobody = ['--brokers', '127.0.0.1:1'];
  const ended = Object.entries(needed).map(async ([command, more]) => {
    isRefused(t, await run(t, [command, ...more]), 2, /'--brokers <host:port>' not specified/);
    isRefused(t, await run(t, [command, ...more, ...nobody]), 1, /No Kafka broker answered at 127\.0\.0\.1:1 /);
  });
  await Promise.all(ended);
});

for (const [command, argumentsFor] of Object.entries(withProto)) {
  test(`${command}: a malformed proto is one clear line with where it is`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'wherry-commands-'));
    t.teardown(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'bad.proto');
    writeFileSync(file, 'syntax = "proto3";\npackage a;\nmessage A {\n  strin\n}\n');
    isRefused(t, await run(t, argumentsFor(file, folder)), 1, /bad\.proto:\d: /);
  });
}

test('--help names every command with its summary', async (t) => {
  const help = await helpOf(t);
  for (const command of commands) t.regex(help, new RegExp(`\\n {2}${command} .*\\S{3}`));
  t.regex(help, /\nExample:\n {2}\$ wherry /);
});
