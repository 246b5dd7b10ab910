import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { status as Status } from '@grpc/grpc-js';
import test, { type ExecutionContext } from 'ava';
import { useBroker } from './support/brokers.js';
import { portOf } from './support/ports.js';
import { Wherry } from './support/wherry-command.js';

// How each command ends at a signal: while it opens, while it runs, and after it has lost Kafka.

const brokers = useBroker(test);
const signals = ['SIGINT', 'SIGTERM'] as const;
const CANCELLED = 64 + Status.CANCELLED;

/** An address at which something accepts connections and says nothing: Kafka, as it is while nobody can reach it. */
async function silentBroker(t: ExecutionContext): Promise<{ address: string; asked: Promise<unknown> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => sockets.add(socket.on('error', () => undefined)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { address: `127.0.0.1:${portOf(server)}`, asked: once(server, 'connection') };
}

/** A folder with a .proto file. */
function protos(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'wherry-signals-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'a.proto'), 'syntax = "proto3";\npackage a;\nmessage A {}\n');
  return folder;
}

/** Every line on stderr has the time and the component, and none is there twice. Gives the messages. */
function logged(t: ExecutionContext, err: string, component: string): string[] {
  const lines = err
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  for (const line of lines) {
    t.regex(String(line['time']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, err);
    t.is(line['component'], component, err);
  }
  return lines.map(({ msg }) => String(msg));
}

const opening: Record<string, { args: readonly string[]; code: number | 'signal'; err: RegExp }> = {
  gateway: { args: ['gateway', '--listen', '127.0.0.1:0'], code: 0, err: /^\{[^\n]*"gateway","msg":"stopping;.*\n$/ },
  egress: {
    args: ['egress', '--target', '127.0.0.1:1', '--service', 'a.B'],
    code: 0,
    err: /^\{[^\n]*"egress","msg":"stopping;.*\n$/,
  },
  call: { args: ['call', 'a.B/C'], code: CANCELLED, err: /^\S+Z call: stopping;.*\nCANCELLED: stopped before .*\n$/ },
  'call --list': { args: ['call', '--list'], code: 'signal', err: /^$/ },
  sweep: { args: ['sweep'], code: 'signal', err: /^$/ },
};

for (const [name, { args, code, err }] of Object.entries(opening)) {
  test(`${name}: a signal ends it while it connects to a Kafka that does not answer`, async (t) => {
    await Promise.all(
      signals.map(async (signal) => {
        const { address, asked } = await silentBroker(t);
        const wherry = new Wherry(t, [...args, '--brokers', address]);
        await asked;
        wherry.process.kill(signal);
        t.is(await wherry.exit, code === 'signal' ? signal : code, wherry.err);
        t.regex(wherry.err, err);
        t.is(wherry.out, '');
      }),
    );
  });
}

interface Server {
  args(t: ExecutionContext): readonly string[];
  readonly ready: [stream: 'out' | 'err', line: RegExp];
}

const servers: Record<string, Server> = {
  broker: { args: () => ['broker'], ready: ['out', /^bootstrap/] },
  dev: { args: () => ['dev', '--no-workers', '--listen', '127.0.0.1:0'], ready: ['out', /gateway listens/] },
  gateway: {
    args: () => ['gateway', '--brokers', brokers(), '--namespace', `cli-${randomUUID()}`, '--listen', '127.0.0.1:0'],
    ready: ['out', /listens/],
  },
  egress: {
    args: () => [
      ...['egress', '--brokers', brokers(), '--namespace', `cli-${randomUUID()}`],
      ...['--target', '127.0.0.1:1', '--service', 'a.B'],
    ],
    ready: ['out', /carries/],
  },
};

for (const [name, { args, ready }] of Object.entries(servers)) {
  test(`${name}: either signal ends it with exit code 0, and one line that says so`, async (t) => {
    await Promise.all(
      signals.map(async (signal) => {
        const wherry = new Wherry(t, args(t));
        await wherry.line(...ready);
        wherry.process.kill(signal);
        t.is(await wherry.exit, 0, wherry.err);
        t.deepEqual(logged(t, wherry.err, name), ['stopping; a second signal stops at once']);
      }),
    );
  });
}

test('gen --watch: either signal ends it with exit code 0', async (t) => {
  await Promise.all(
    signals.map(async (signal) => {
      const folder = protos(t);
      const wherry = new Wherry(t, ['gen', '--out', join(folder, 'gen'), '--watch', folder]);
      await wherry.line('err', /up to date/);
      wherry.process.kill(signal);
      t.is(await wherry.exit, 0);
      t.regex(wherry.err, /^\S+Z gen: up to date; watching\n\S+Z gen: stopping; [^\n]+\n$/);
    }),
  );
});

for (const name of ['gateway', 'egress'] as const) {
  test(`${name}: it ends after it has lost Kafka, and at once at a second signal; the loss is one line`, async (t) => {
    const broker = new Wherry(t, ['broker']);
    const address = await broker.line('out', /^bootstrap\.servers=(\S+)\n/);
    const args = servers[name]?.args(t).map((arg) => (arg === brokers() ? address : arg)) ?? [];
    const [ends, hurries] = [new Wherry(t, args), new Wherry(t, args)];
    await Promise.all([ends, hurries].map((wherry) => wherry.line(...(servers[name] as Server).ready)));
    broker.process.kill('SIGKILL');
    await Promise.all([ends, hurries].map((wherry) => wherry.line('err', /Kafka is out of reach/)));
    for (const wherry of [ends, hurries]) wherry.process.kill('SIGTERM');
    await hurries.line('err', /stopping/);
    hurries.process.kill('SIGINT');
    // It closes what it can within 2 s.
    t.true([0, 'SIGINT'].includes(await hurries.exit));
    t.is(await ends.exit, 0, ends.err);
    const [lost, stopping, ...more] = logged(t, ends.err, name);
    t.regex(lost ?? '', /^Kafka is out of reach: /);
    t.regex(stopping ?? '', /^stopping; /);
    t.deepEqual(more, [], ends.err);
  });
}
