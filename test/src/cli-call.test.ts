import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type ServiceDefinition, status as Status } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { createWorker } from '@wherry/worker';
import test, { type ExecutionContext } from 'ava';
import {
  callArguments,
  echo,
  echoProto,
  handlers,
  type KeptCall,
  kept,
  type Message,
  stalled,
  useKeptEcho,
} from './support/kept-echo.js';
import { isRefused, messages, run, Wherry } from './support/wherry-command.js';

const namespace = `cli-${randomUUID()}`;

const brokers = useKeptEcho(test, namespace);

const kafka = (): string[] => ['--brokers', brokers(), '--namespace', namespace];
const call = (method: string, ...more: string[]): string[] => callArguments(method, ...kafka(), ...more);

test('one message each way', async (t) => {
  const { code, out, err } = await run(t, call('Unary', '-d', '{"text":"hi","number":-3,"payload":"//79"}'));
  t.is(err, '');
  t.deepEqual(messages(out), [{ text: 'hi', number: -3, payload: '//79' }]);
  t.is(code, 0);
});

test('no message given is an empty one', async (t) => {
  const { code, out } = await run(t, call('Unary'));
  t.is(out, '{}\n');
  t.is(code, 0);
});

test('a stream of requests, as an argument and as standard input', async (t) => {
  const requests = '{"number":1}\n{"number":2} {"number":\n3}';
  for (const { code, out } of [
    await run(t, call('Collect', '-d', requests)),
    await run(t, call('Collect', '-d', '@-'), requests),
  ]) {
    t.is(out, '{"number":6}\n');
    t.is(code, 0);
  }
});

test('a stream of replies is a line each', async (t) => {
  const { code, out } = await run(t, call('Expand', '-d', '{"number":100}'));
  t.deepEqual(
    messages(out),
    Array.from({ length: 100 }, (_, index) => ({ number: index + 1 })),
  );
  t.is(code, 0);
});

test('both ways at once, each reply as it comes', async (t) => {
  const wherry = new Wherry(t, call('Chat', '-d', '@-'));
  for (const text of ['one', 'two', 'three']) {
    wherry.process.stdin?.write(`{"text":"${text}"}\n`);
    await wherry.line('out', new RegExp(`"${text}"`));
  }
  wherry.process.stdin?.end();
  t.is(await wherry.exit, 0);
  t.deepEqual(messages(wherry.out), [{ text: 'one' }, { text: 'two' }, { text: 'three' }]);
});

test('it ends with the call, though standard input is still open', async (t) => {
  const wherry = new Wherry(t, call('Chat', '-d', '@-'));
  wherry.process.stdin?.write('{"text":"end"}');
  t.is(await wherry.exit, 0);
});

test('-v shows what crossed which topic, and where it is there', async (t) => {
  const { code, out, err } = await run(t, call('Unary', '-v', '-d', '{"text":"hi"}'));
  t.is(code, 0);
  t.is(out, '{"text":"hi"}\n');
  const requests = `${namespace}\\.requests\\.wherry\\.test\\.v1\\.Echo\\[\\d+\\]`;
  t.regex(
    err,
    new RegExp(`\\d ms  -> ${requests}  opens /wherry\\.test\\.v1\\.Echo/Unary, message of 4 bytes, end of requests`),
  );
  t.regex(err, new RegExp(`\\d ms  -> ${requests} offset \\d+, acknowledged by the broker`));
  const inbox = `${namespace}\\.inbox\\.\\S+\\[0\\]`;
  const written = 'written 20\\d\\d-\\S+Z';
  t.regex(
    err,
    new RegExp(`\\d ms  <- ${inbox} offset \\d+ from ${inbox} ${written}  headers, message of 4 bytes, status OK`),
  );
  t.regex(err, /trailer trailing: yes\n.* OK\n$/);
});

test('--json is an object a line, of headers, messages and status; -v adds records', async (t) => {
  const { code, out, err } = await run(t, call('Expand', '--json', '-v', '-d', '{"number":2}'));
  t.is(code, 0);
  t.is(err, '');
  const lines = messages(out) as Record<string, unknown>[];
  for (const { elapsedMs } of lines) t.is(typeof elapsedMs, 'number');
  const calls = lines.filter(({ type }) => type !== 'record').map(({ elapsedMs: _, ...line }) => line);
  const [connected, ...rest] = calls;
  t.like(connected, { type: 'connected' });
  t.deepEqual(rest, [
    { type: 'headers', metadata: {} },
    { type: 'message', message: { number: 1 } },
    { type: 'message', message: { number: 2 } },
    { type: 'status', code: 0, name: 'OK', details: '', trailers: {} },
  ]);
  const records = lines.filter(({ type }) => type === 'record');
  for (const direction of ['sent', 'acknowledged', 'received']) {
    t.true(records.some((record) => record['direction'] === direction));
  }
  for (const record of records) t.is(typeof record['offset'], record['direction'] === 'sent' ? 'undefined' : 'number');
});

test('the details of a status are shown, those that nobody knows as bytes', async (t) => {
  const info = {
    '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
    reason: 'STOCKOUT',
    domain: 'shop.example',
  };
  const unknown = { '@type': 'type.googleapis.com/nobody.Knows', '@value': '//79' };
  const { code, out } = await run(t, call('Unary', '--json', '-d', '{"text":"details"}'));
  t.is(code, 64 + Status.FAILED_PRECONDITION);
  const { elapsedMs: _, ...status } = messages(out).at(-1) as Record<string, unknown>;
  const name = 'FAILED_PRECONDITION';
  t.deepEqual(status, {
    ...{ type: 'status', code: Status.FAILED_PRECONDITION, name, details: 'no', trailers: {} },
    statusDetails: [info, unknown],
  });
  const { err } = await run(t, call('Unary', '-v', '-d', '{"text":"details"}'));
  t.regex(err, /detail \{.*"reason":"STOCKOUT".*\}\n.*detail \{.*"@value":"\/\/79".*\}\n.*FAILED_PRECONDITION\n/);
});

test('metadata, as text and as bytes', async (t) => {
  const sent = ['--metadata', 'a=b=c', '-H', 'a: d', '--metadata', 'bytes-bin=//79', '-H', 'other: x: y '];
  const { out } = await run(t, call('Unary', '-d', '{"text":"metadata"}', ...sent));
  const [reply] = messages(out) as [Message];
  const metadata = JSON.parse(reply.text ?? '');
  t.deepEqual([...metadata.a].sort(), ['b=c', 'd']);
  t.deepEqual(metadata.other, ['x: y']);
  t.deepEqual(Buffer.from(metadata['bytes-bin'][0].data).toString('base64'), '//79');
});

test('the exit code is 64 and the status, which stands in one line', async (t) => {
  for (const [status, name] of [
    [Status.NOT_FOUND, 'NOT_FOUND'],
    [Status.UNAUTHENTICATED, 'UNAUTHENTICATED'],
  ] as const) {
    const { code, out, err } = await run(t, call('Unary', '-d', `{"text":"fail ${status}"}`));
    t.is(code, 64 + status);
    t.is(err, `${name}: as was asked for\n`);
    t.is(out, '');
  }
});

/** The command ended as a call with this status: one line on stderr, and nothing on stdout. */
function endedWith(
  t: ExecutionContext,
  { code, out, err }: Awaited<ReturnType<typeof run>>,
  status: Status,
  details: RegExp,
) {
  t.regex(err, /^[A-Z_]+: [^\n]+\n$/);
  t.regex(err, details);
  t.is(err.split(':')[0], Status[status]);
  t.is(out, '');
  t.is(code, 64 + status);
}

test('nobody serves, at once and with --wait-for-ready at the deadline', async (t) => {
  const nowhere = ['--namespace', `cli-${randomUUID()}`];
  const sentence = new RegExp(`: nobody serves ${echo}; known names: none\\n$`);
  for (const more of [[], ['--proto', echoProto]]) {
    endedWith(t, await run(t, call('Unary', ...nowhere, ...more)), Status.UNAVAILABLE, sentence);
    const waited = await run(t, call('Unary', ...nowhere, ...more, '--wait-for-ready', '--timeout', '300ms'));
    endedWith(t, waited, Status.DEADLINE_EXCEEDED, sentence);
  }
  for (const show of ['--list', '--describe']) {
    endedWith(t, await run(t, ['call', show, echo, ...kafka(), ...nowhere]), Status.UNAVAILABLE, sentence);
  }
  const json = await run(t, call('Unary', ...nowhere, '--json'));
  t.is(json.code, 64 + Status.UNAVAILABLE);
  t.like(messages(json.out).at(-1), { type: 'status', code: Status.UNAVAILABLE, name: 'UNAVAILABLE' });
  const byTopic = await run(t, call('Unary', ...nowhere, '--proto', echoProto, '--no-discovery'));
  endedWith(t, byTopic, Status.UNAVAILABLE, new RegExp(`nobody serves ${echo}: there is no request topic `));
});

test('--wait-for-ready waits for the first worker', async (t) => {
  const own = ['--namespace', `cli-${randomUUID()}`];
  const wherry = new Wherry(
    t,
    call('Unary', ...own, '--wait-for-ready', '--deadline', '1000h', '-v', '-d', '{"text":"first"}'),
  );
  await wherry.line('err', /connected/);
  const late = await createWorker({ brokers: brokers(), namespace: own[1] });
  t.teardown(() => late.close());
  late.addService(loadSync(echoProto, { keepCase: true })[echo] as ServiceDefinition, handlers);
  await late.start();
  t.is(await wherry.exit, 0);
  t.is(wherry.out, '{"text":"first"}\n');
});

test('names that are nearly right: what was meant, and what there is', async (t) => {
  const unserved: Record<string, RegExp> = {
    'wherry.test.v1.Ecko/Unary':
      /nobody serves wherry\.test\.v1\.Ecko; did you mean wherry\.test\.v1\.Echo\? Known names: /,
    'Echo/Unary': /nobody serves Echo; did you mean wherry\.test\.v1\.Echo\?/,
    'far.From.It/Unary': /nobody serves far\.From\.It; known names: wherry\.test\.v1\.Echo$/m,
  };
  const wrong: Record<string, RegExp> = {
    [echo]: /wherry\.test\.v1\.Echo is a service; name one of its methods, as wherry\.test\.v1\.Echo\/Method /,
    [`${echo}/unary`]: /has no method unary; did you mean Unary\? Known names: Chat, Collect, Expand, Unary$/m,
    [`${echo}.Unari`]: /has no method Unari; did you mean Unary\?/,
  };
  await Promise.all([
    ...Object.entries(unserved).map(async ([name, line]) =>
      endedWith(t, await run(t, ['call', name, ...kafka()]), Status.UNAVAILABLE, line),
    ),
    ...Object.entries(wrong).map(async ([name, line]) =>
      isRefused(t, await run(t, ['call', name, ...kafka()]), 1, line),
    ),
  ]);
});

test('--list and --describe tell what is served', async (t) => {
  const show = async (...args: string[]) => {
    const { code, out, err } = await run(t, ['call', ...kafka(), ...args]);
    t.is(err, '');
    t.is(code, 0);
    return out;
  };
  const [services, asJson, methods, described, service, method] = await Promise.all([
    show('--list'),
    show('--list', '--json'),
    show('--list', echo),
    show('--describe', 'wherry.test.v1.Message'),
    show('--describe', echo),
    show('--describe', `${echo}/Expand`),
  ]);
  t.is(services, `${echo}\n`);
  t.deepEqual(messages(asJson), [{ type: 'service', name: echo, instances: 1 }]);
  t.is(methods, ['Unary', 'Collect', 'Expand', 'Chat'].map((name) => `${echo}/${name}\n`).join(''));
  const message =
    'message wherry.test.v1.Message {\n  string text = 1;\n  int32 number = 2;\n  bytes payload = 3;\n}\n';
  t.is(described, message);
  t.regex(
    service,
    /^service .*\{\n {2}rpc Unary\(\S+\) returns \(\S+\);\n[\s\S]*rpc Chat\(stream \S+\) returns \(stream \S+\);\n\}\n$/,
  );
  t.regex(method, /^rpc Expand\(wherry\.test\.v1\.Message\) returns \(stream [\s\S]*message /);
  const unknown = await run(t, ['call', ...kafka(), '--describe', 'wherry.test.v1.Massage']);
  const nearest = /nobody serves wherry\.test\.v1\.Massage; did you mean wherry\.test\.v1\.Message\?/;
  endedWith(t, unknown, Status.UNAVAILABLE, nearest);
  const list = await run(t, ['call', ...kafka(), '--list', 'Echo']);
  endedWith(t, list, Status.UNAVAILABLE, /nobody serves Echo; did you mean/);
});

test('replies are read no faster than they are taken, and a signal does not wait for that', async (t) => {
  const number = 400;
  let written = 0;
  const count = (sofar: number): void => {
    written = sofar;
  };
  stalled.on('stalled', count);
  t.teardown(() => stalled.off('stalled', count));
  const first = once(stalled, 'stalled');
  const wherry = new Wherry(t, call('Expand', '-d', `{"text":"large","number":${number}}`));
  wherry.process.stdout?.pause();
  await first;
  // Time enough for all of it, if nothing held it back.
  t.is((await run(t, call('Unary'))).code, 0);
  t.true(written < number, `${written} of ${number} messages were written`);
  wherry.process.kill('SIGINT');
  await wherry.line('err', /CANCELLED: /);
  wherry.process.stdout?.resume();
  t.is(await wherry.exit, 64 + Status.CANCELLED);
});

test('a signal cancels it', async (t) => {
  const arrived = once(kept, 'keep for call');
  const wherry = new Wherry(t, call('Unary', '-d', '{"text":"keep for call"}'));
  const [handled] = (await arrived) as KeptCall;
  const cancelled = once(handled, 'cancelled');
  wherry.process.kill('SIGTERM');
  t.is(await wherry.exit, 64 + Status.CANCELLED);
  await cancelled;
  t.regex(wherry.err, /^[\d-]+T[\d:.]+Z call: stopping;.*\nCANCELLED: /);
});

test('input that is wrong on the way cancels the call and says why', async (t) => {
  const wherry = new Wherry(t, call('Chat', '-d', '@-'));
  wherry.process.stdin?.write('{"text":"fine"}\n');
  await wherry.line('out', /fine/);
  wherry.process.stdin?.write('{"txt":"wrong"}\n');
  t.is(await wherry.exit, 1);
  t.is(
    wherry.err,
    'error: message 2: txt: cannot decode message wherry.test.v1.Message from JSON: key "txt" is unknown\n',
  );
});
