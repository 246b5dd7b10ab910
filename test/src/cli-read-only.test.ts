import { randomUUID } from 'node:crypto';
import { status as Status } from '@grpc/grpc-js';
import { type Log, openLog } from '@wherry/kafka';
import test, { type ExecutionContext } from 'ava';
import { realKafka, useBroker } from './support/brokers.js';
import { echoProto } from './support/kept-echo.js';
import { run } from './support/wherry-command.js';

// The commands that only read make no topic, and say so when they find nothing.

const brokers = useBroker(test);

async function openTopics(t: ExecutionContext, address: string): Promise<Log> {
  const nothing = (): void => undefined;
  const log = await openLog({ brokers: address, acknowledgements: false, onUndelivered: nothing, onTrouble: nothing });
  t.teardown(() => log.close());
  return log;
}

/** The topics that other tests do not make at the same time. */
async function topicsOf(log: Log, namespace: string): Promise<string[]> {
  const names = await log.topics('');
  return names.filter((name) => name.startsWith(namespace) || name === 'wherry.registry').sort();
}

/** What a command says if the namespace is empty. */
const reading: Record<string, { args: readonly string[]; code: number; out?: RegExp; err: RegExp }> = {
  'call --list': { args: ['call', '--list'], code: 0, err: /^no services found: .* no registry topic, .*\n$/ },
  'call --list --json': {
    args: ['call', '--list', '--json'],
    code: 0,
    err: /^no services found: .* no registry topic, .*\n$/,
  },
  'call --list SERVICE': {
    args: ['call', '--list', 'a.B'],
    code: 64 + Status.UNAVAILABLE,
    err: /^UNAVAILABLE: nobody serves a\.B; known names: none\n$/,
  },
  'call --describe SERVICE': {
    args: ['call', '--describe', 'a.B'],
    code: 64 + Status.UNAVAILABLE,
    err: /^UNAVAILABLE: nobody serves a\.B; known names: none\n$/,
  },
  'call --list --proto': {
    args: ['call', '--list', '--proto', echoProto],
    code: 0,
    out: /^wherry\.test\.v1\.Echo\n$/,
    err: /^$/,
  },
  sweep: {
    args: ['sweep', '--older-than', '10m'],
    code: 0,
    err: realKafka === undefined ? /^nothing to do: an embedded broker .*\n$/ : /^0 inboxes deleted\n$/,
  },
};

for (const [name, { args, code, out = /^$/, err }] of Object.entries(reading)) {
  test(`${name}: it makes no topic, and says what it found`, async (t) => {
    const namespace = `cli-${randomUUID()}`;
    const log = await openTopics(t, brokers());
    const before = await topicsOf(log, namespace);
    const ended = await run(t, [...args, '--brokers', brokers(), '--namespace', namespace]);
    t.is(ended.code, code, ended.err);
    t.regex(ended.out, out);
    t.regex(ended.err, err);
    t.deepEqual(await topicsOf(log, namespace), before);
  });
}

test('call --list --no-discovery: without .proto files there is nothing to list', async (t) => {
  const ended = await run(t, ['call', '--list', '--no-discovery', '--brokers', brokers()]);
  t.is(ended.code, 2);
  t.regex(ended.err, /^error: with --no-discovery the services are not known: give --proto FILE\n$/);
});
