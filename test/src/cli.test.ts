import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  Client,
  credentials,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  status as Status,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { builtInCompressions } from '@wherry/kafka';
import { createWorker } from '@wherry/worker';
import test, { type ExecutionContext } from 'ava';
import { realKafka } from './support/brokers.js';
import {
  callArguments,
  echo,
  echoProto,
  handlers,
  type KeptCall,
  kept,
  type Message,
  useKeptEcho,
} from './support/kept-echo.js';
import { otlpReceiver } from './support/otlp-receiver.js';
import { freePort } from './support/ports.js';
import { isRefused, run, Wherry } from './support/wherry-command.js';

const certificate = fileURLToPath(new URL('../certificates/localhost.crt', import.meta.url));
const privateKey = fileURLToPath(new URL('../certificates/localhost.key', import.meta.url));
const namespace = `cli-${randomUUID()}`;
const proto = echoProto;

const brokers = useKeptEcho(test, namespace);

/** For what is refused before any broker is asked. */
const onceOnly = realKafka === undefined ? test : test.skip;

/** Arguments of a call to the worker of this test. */
function call(method: string, ...more: string[]): string[] {
  return callArguments(method, '--brokers', brokers(), '--namespace', namespace, ...more);
}

test('broker: its first line is where it is, and a signal ends it', async (t) => {
  const wherry = new Wherry(t, ['broker']);
  const servers = await wherry.line('out', /^bootstrap\.servers=(127\.0\.0\.1:\d+)\n.*\n/);
  const other = await createWorker({ brokers: servers });
  await other.close();
  wherry.process.kill('SIGINT');
  t.is(await wherry.exit, 0);
  t.regex(wherry.out, /^bootstrap\.servers=\S+\n.*stop/);
});

/** A stock server of the echo service that reflects. Gives its address. */
async function echoTarget(t: ExecutionContext, by = ServerCredentials.createInsecure()): Promise<string> {
  const definition = loadSync(proto, { keepCase: true });
  const server = new Server();
  server.addService(definition[echo] as ServiceDefinition, handlers);
  new ReflectionService(definition).addToServer(server);
  t.teardown(() => server.forceShutdown());
  return new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', by, (error, port) => (error ? reject(error) : resolve(`127.0.0.1:${port}`)));
  });
}

function unaryOver(
  t: ExecutionContext,
  address: string,
  text: string,
  by = credentials.createInsecure(),
): Promise<Message> {
  const method = loadSync(proto, { keepCase: true })[echo] as ServiceDefinition;
  const { Unary } = method;
  if (Unary === undefined) throw new Error('the proto has no Unary');
  const client = new Client(address, by);
  t.teardown(() => client.close());
  const { path, requestSerialize, responseDeserialize } = Unary;
  const options = { deadline: Date.now() + 30_000 };
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, { text }, options, (error, reply) =>
      error ? reject(error) : resolve(reply as Message),
    );
  });
}

const gateway = (...more: string[]): string[] => [
  ...['gateway', '--brokers', brokers(), '--namespace', namespace, '--listen', '127.0.0.1:0', ...more],
];

test('gateway: it takes calls, and a signal lets those under way end', async (t) => {
  const wherry = new Wherry(t, gateway());
  const address = await wherry.line('out', /^gateway listens on (127\.0\.0\.1:\d+)\n/);
  t.is((await unaryOver(t, address, 'hi')).text, 'hi');
  const arrived = once(kept, 'keep for drain');
  const reply = unaryOver(t, address, 'keep for drain');
  const [, answer] = (await arrived) as KeptCall;
  wherry.process.kill('SIGTERM');
  await wherry.line('err', /stopping/);
  answer(null, { text: 'late' });
  t.is((await reply).text, 'late');
  t.is(await wherry.exit, 0);
});

test('gateway: a second signal ends it at once', async (t) => {
  const wherry = new Wherry(t, gateway());
  const address = await wherry.line('out', /listens on (\S+)/);
  const arrived = once(kept, 'keep for close');
  const reply = t.throwsAsync(unaryOver(t, address, 'keep for close'));
  await arrived;
  wherry.process.kill('SIGTERM');
  await wherry.line('err', /stopping/);
  wherry.process.kill('SIGINT');
  t.like(await reply, { code: Status.UNAVAILABLE });
  t.is(await wherry.exit, 0);
});

test('gateway: --drain-timeout limits how long a signal waits for the calls under way', async (t) => {
  const wherry = new Wherry(t, gateway('--drain-timeout', '100ms'));
  const address = await wherry.line('out', /listens on (\S+)/);
  const arrived = once(kept, 'keep for the timeout');
  const reply = t.throwsAsync(unaryOver(t, address, 'keep for the timeout'));
  await arrived;
  wherry.process.kill('SIGTERM');
  t.like(await reply, { code: Status.UNAVAILABLE });
  t.is(await wherry.exit, 0);
  t.regex(wherry.err, /"component":"gateway","msg":"[^"]*100 ms/);
});

test('gateway: a limit arrives', async (t) => {
  const wherry = new Wherry(t, gateway('--max-calls', '1'));
  const address = await wherry.line('out', /listens on (\S+)/);
  const arrived = once(kept, 'keep the only call');
  const reply = unaryOver(t, address, 'keep the only call');
  const [, answer] = (await arrived) as KeptCall;
  t.like(await t.throwsAsync(unaryOver(t, address, 'hi')), { code: Status.RESOURCE_EXHAUSTED });
  answer(null, { text: 'late' });
  t.is((await reply).text, 'late');
});

test('gateway: a service config, taken and refused', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'wherry-cli-'));
  t.teardown(() => rmSync(dir, { recursive: true }));
  const configured = (entry: object): string[] => {
    const file = join(dir, 'service-config.json');
    writeFileSync(file, JSON.stringify({ methodConfig: [{ name: [{ service: echo }], ...entry }] }));
    return gateway('--service-config', file);
  };
  const wherry = new Wherry(t, configured({ maxRequestMessageBytes: 4 }));
  const address = await wherry.line('out', /listens on (\S+)/);
  t.is((await unaryOver(t, address, 'hi')).text, 'hi');
  await t.throwsAsync(unaryOver(t, address, 'hello'), { message: /RESOURCE_EXHAUSTED/ });
  wherry.process.kill('SIGTERM');
  t.is(await wherry.exit, 0);
  const wrongTimeout = /serviceConfig\.methodConfig\[0\]\.timeout is "5"; it must be seconds/;
  isRefused(t, await run(t, configured({ timeout: '5' })), 2, wrongTimeout);
});

test('egress: it carries what a server reflects, and a signal lets calls under way end', async (t) => {
  const target = await echoTarget(t);
  const own = ['--brokers', brokers(), '--namespace', `cli-${randomUUID()}`];
  const wherry = new Wherry(t, ['egress', ...own, '--target', target, '--concurrency', '10']);
  await wherry.line('out', new RegExp(`^egress carries wherry\\.test\\.v1\\.Echo to ${target}\n`));
  const { code, out } = await run(t, call('Unary', ...own, '-d', '{"text":"hi"}'));
  t.is(out, '{"text":"hi"}\n');
  t.is(code, 0);
  const arrived = once(kept, 'keep for egress');
  const late = new Wherry(t, call('Unary', ...own, '-d', '{"text":"keep for egress"}'));
  const [, answer] = (await arrived) as KeptCall;
  wherry.process.kill('SIGTERM');
  await wherry.line('err', /stopping/);
  answer(null, { text: 'late' });
  t.is(await late.exit, 0);
  t.is(late.out, '{"text":"late"}\n');
  t.is(await wherry.exit, 0);
});

test('egress: --drain-timeout limits how long a signal waits for the calls under way', async (t) => {
  const target = await echoTarget(t);
  const own = ['--brokers', brokers(), '--namespace', `cli-${randomUUID()}`];
  const wherry = new Wherry(t, ['egress', ...own, '--target', target, '--drain-timeout', '100ms']);
  await wherry.line('out', /^egress carries/);
  const arrived = once(kept, 'keep for the egress timeout');
  const late = new Wherry(t, call('Unary', ...own, '-d', '{"text":"keep for the egress timeout"}'));
  await arrived;
  wherry.process.kill('SIGTERM');
  t.is(await wherry.exit, 0);
  t.regex(wherry.err, /"component":"egress","msg":"[^"]*100 ms/);
  t.is(await late.exit, 64 + Status.UNAVAILABLE);
});

test('egress: a target that is not there is waited for, and then an error', async (t) => {
  const own = ['--brokers', brokers(), '--namespace', `cli-${randomUUID()}`];
  const where = ['--target', '127.0.0.1:1', '--target-timeout', '1500ms'];
  const { code, out, err } = await run(t, ['egress', ...own, ...where]);
  t.is(code, 1);
  t.is(out, '');
  t.regex(
    err,
    /^\{.*"msg":"127\.0\.0\.1:1 cannot be reached yet; the egress waits for it, [^\n]+\}\nerror: .* could not be reached within 1500 ms/,
  );
});

test('egress and gateway: TLS with certificates on both sides', async (t) => {
  const tls = ['--tls-cert', certificate, '--tls-key', privateKey];
  const [cert_chain, private_key] = [readFileSync(certificate), readFileSync(privateKey)];
  const target = await echoTarget(t, ServerCredentials.createSsl(cert_chain, [{ cert_chain, private_key }], true));
  const own = ['--brokers', brokers(), '--namespace', `cli-${randomUUID()}`];
  const name = ['--tls-server-name', 'localhost', '--service', echo];
  const wherry = new Wherry(t, ['egress', ...own, '--target', target, '--tls-ca', certificate, ...tls, ...name]);
  await wherry.line('out', /^egress carries/);
  const door = new Wherry(t, ['gateway', ...own, '--listen', 'localhost:0', ...tls, '--tls-client-ca', certificate]);
  const address = await door.line('out', /listens on (\S+)/);
  const mutual = credentials.createSsl(cert_chain, private_key, cert_chain);
  t.is((await unaryOver(t, address, 'hi', mutual)).text, 'hi');
  const unknown = unaryOver(t, address, 'hi', credentials.createSsl(cert_chain));
  t.like(await t.throwsAsync(unknown), { code: Status.UNAVAILABLE });
});

test('dev: a broker and a gateway to it', async (t) => {
  const wherry = new Wherry(t, ['dev', '--listen', '127.0.0.1:0', '--wait-for-ready']);
  const servers = await wherry.line('out', /^bootstrap\.servers=(\S+)\n/);
  const address = await wherry.line('out', /\ngateway listens on (127\.0\.0\.1:\d+)\n/);
  const own = await createWorker({ brokers: servers });
  own.addService(loadSync(proto, { keepCase: true })[echo] as ServiceDefinition, handlers);
  const reply = unaryOver(t, address, 'dev');
  await own.start();
  t.is((await reply).text, 'dev');
  await own.close();
  wherry.process.kill('SIGINT');
  t.is(await wherry.exit, 0);
});

test('sweep: it deletes the inbox of what was killed', async (t) => {
  const own = ['--namespace', `cli-${randomUUID()}`];
  const killed = new Wherry(t, gateway(...own));
  await killed.line('out', /listens/);
  killed.process.kill('SIGKILL');
  await killed.exit;
  const { code, out, err } = await run(t, ['sweep', '--brokers', brokers(), ...own, '--older-than', '1ms']);
  t.is(code, 0);
  if (realKafka !== undefined) {
    t.regex(out, new RegExp(`^${own[1]}\\.inbox\\.\\S+\\n$`));
    t.regex(err, /\n1 inbox deleted\n$/);
  } else {
    t.is(out, '');
    t.regex(err, /embedded broker cannot delete topics/);
  }
});

test('--version is the version', async (t) => {
  t.deepEqual(await run(t, ['--version']), { code: 0, out: '0.1.0\n', err: '' });
});

const somewhere = ['--brokers', '127.0.0.1:1'];
const egress = ['egress', ...somewhere, '--target', '127.0.0.1:1'];
const unary = ['call', `${echo}/Unary`, ...somewhere, '--proto', proto];

const wrong: Record<string, [args: readonly string[], code: number, err: RegExp]> = {
  'an unknown command': [['brokr'], 2, /unknown command 'brokr'.*broker/],
  'an unknown flag': [['broker', '--prot'], 2, /unknown option '--prot'/],
  'no brokers': [['gateway'], 2, /'--brokers <host:port>' not specified/],
  'brokers that are none': [['gateway', '--brokers', 'here'], 2, /brokers is "here"; it must be HOST:PORT/],
  'an address that is none': [
    ['gateway', ...somewhere, '--listen', 'here'],
    2,
    /listen is "here"; it must be HOST:PORT/,
  ],
  'client certificates without one of its own': [
    ['gateway', ...somewhere, '--tls-client-ca', proto],
    2,
    /TLS needs both --tls-cert and --tls-key/,
  ],
  'an egress without a target': [['egress', ...somewhere], 2, /'--target <host:port>' not specified/],
  'an egress with half a certificate': [[...egress, '--tls-key', proto], 2, /--tls-cert and --tls-key go together/],
  'an egress with an authority that is none': [[...egress, '--tls-ca', proto], 1, /--tls-ca: .*echo\.proto .*PEM/],
  'an egress with a certificate that is none': [[...egress, '--tls-cert', proto, '--tls-key', proto], 1, /PEM/],
  'an egress with a file that is missing': [[...egress, '--tls-ca', 'no.pem'], 1, /--tls-ca: .*no\.pem/],
  'a service that is none': [[...egress, '--service', 'a b'], 2, /services has "a b"; each must be package\.Service/],
  'a concurrency that is none': [[...egress, '--concurrency', '0'], 2, /'--concurrency <n>' .*above 0/],
  'a limit that is none': [['gateway', ...somewhere, '--max-calls', '0'], 2, /'--max-calls <n>' .*above 0/],
  'a timeout that is none': [['gateway', ...somewhere, '--idle-timeout', '5'], 2, /'--idle-timeout <time>' .*10m/],
  'a drain timeout that is none': [[...egress, '--drain-timeout', '0s'], 2, /'--drain-timeout <time>' .*above 0/],
  'a drain timeout that is longer than a timer': [
    ['gateway', ...somewhere, '--drain-timeout', '1000h'],
    2,
    /drainTimeoutMs is 3600000000; it must be/,
  ],
  'a codec that nobody has': [
    ['gateway', ...somewhere, '--compression', 'brotli'],
    2,
    new RegExp(`compression is "brotli"; it must be one of ${builtInCompressions().join(', ')}\n$`),
  ],
  'a certificate without a key': [
    ['gateway', ...somewhere, '--tls-cert', proto],
    2,
    /TLS needs both --tls-cert and --tls-key/,
  ],
  'a service config that is missing': [
    ['gateway', ...somewhere, '--service-config', 'no.json'],
    1,
    /--service-config: .*no\.json/,
  ],
  'a service config that is no JSON': [
    ['gateway', ...somewhere, '--service-config', proto],
    2,
    /--service-config: .*echo\.proto is not JSON: /,
  ],
  'a namespace that is none': [['sweep', ...somewhere, '--namespace', 'a/b'], 2, /'--namespace <name>' .*"a\/b"/],
  'a time that is none': [['sweep', ...somewhere, '--older-than', '10'], 2, /'--older-than <time>' .*10m/],
  'a librdkafka option that is none': [[...unary, '-X', 'security'], 2, /'-X <name=value>' .*security\.protocol=ssl/],
  'a librdkafka option that it does not have': [[...unary, '-X', 'no.such=1'], 2, /'-X': .*"no\.such"/],
  'a librdkafka option with a wrong value': [[...unary, '-X', 'security.protocol=x'], 2, /'-X': .*security\.protocol/],
  'metadata that is none': [[...unary, '--metadata', 'a b=c'], 2, /'--metadata <key=value>' .*a b/],
  'no method': [['call', ...somewhere], 2, /missing required argument 'method'/],
  'a method that is none': [['call', 'Unary', ...somewhere], 2, /"Unary" is not package\.Service\/Method/],
  'no registry and no proto': [
    ['call', `${echo}/Unary`, ...somewhere, '--no-discovery'],
    2,
    /\.proto file that has wherry\.test\.v1\.Echo is needed/,
  ],
  'an unknown service': [
    ['call', 'a.B/C', ...somewhere, '--proto', proto],
    1,
    /no given \.proto file has service a\.B; known names: wherry\.test\.v1\.Echo/,
  ],
  'an unknown method': [
    ['call', `${echo}/Nope`, ...somewhere, '--proto', proto],
    1,
    /no method Nope; known names: Chat, Collect, Expand, Unary/,
  ],
  'a proto that is missing': [
    ['call', 'a.B/C', ...somewhere, '--proto', 'no.proto'],
    1,
    /--proto no\.proto: there is no/,
  ],
  'JSON that is none': [[...unary, '-d', '{text}'], 1, /message 1 is not JSON/],
  'JSON that does not fit': [
    [...unary, '-d', '{"number":"x"}'],
    1,
    /message 1: number: .*expected number \(int32\), got "x"/,
  ],
  'two messages for a method that takes one': [[...unary, '-d', '{}{}'], 1, /takes one message; -d has 2/],
  'a file that is missing': [[...unary, '-d', '@no.json'], 1, /no\.json/],
};

for (const [what, [args, code, err]] of Object.entries(wrong)) {
  onceOnly(`${what}: one clear line, and exit code ${code}`, async (t) => {
    isRefused(t, await run(t, args), code, err);
  });
}

// Most builds of librdkafka lack zstd, because the machine that compiled them has no libzstd.
const withoutZstd = realKafka !== undefined || builtInCompressions().includes('zstd') ? test.skip : test;

withoutZstd('--compression zstd, if it is not built in: every command refuses it before it connects', async (t) => {
  const refused = /compression is "zstd", which this build of librdkafka does not have; it must be one of none, lz4,/;
  for (const args of [['gateway'], ['egress', '--target', '127.0.0.1:1'], ['call', '--list'], ['sweep']]) {
    isRefused(t, await run(t, [...args, ...somewhere, '--compression', 'zstd']), 2, refused);
  }
});

const protos: Record<string, [text: string, err: RegExp]> = {
  'a malformed proto': ['syntax = "proto3";\nmessage A { strin }', /^error: \S*test\.proto:2: /],
  'a proto with an unknown type': ['syntax = "proto3";\nmessage A { Nope x = 1; }', /test\.proto:2: .*Nope/],
  'a proto whose import is missing': [
    'syntax = "proto3";\nimport "other/missing.proto";',
    /test\.proto:2: import "other\/missing\.proto": no such file/,
  ],
};

for (const [what, [text, err]] of Object.entries(protos)) {
  onceOnly(`${what}: one clear line, and exit code 1`, async (t) => {
    const dir = mkdtempSync(join(tmpdir(), 'wherry-cli-'));
    t.teardown(() => rmSync(dir, { recursive: true }));
    const file = join(dir, 'test.proto');
    writeFileSync(file, text);
    isRefused(t, await run(t, ['call', 'a.B/C', ...somewhere, '--proto', file]), 1, err);
  });
}

test('gateway: --otlp sends traces and metrics, --metrics-port shows metrics', async (t) => {
  const receiver = await otlpReceiver(t);
  const port = await freePort();
  const wherry = new Wherry(t, gateway('--otlp', receiver.url, '--metrics-port', String(port)));
  const address = await wherry.line('out', /^gateway listens on (\S+)\n/);
  t.is((await unaryOver(t, address, 'hi')).text, 'hi');
  await receiver.until((spans) => spans.some(({ kind, parent }) => kind === 2 && parent === ''));
  for (const { service } of receiver.spans) t.is(service, 'wherry-gateway');
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  t.regex(metrics, /^rpc_server_call_duration_count\{.*rpc_method="wherry\.test\.v1\.Echo\/Unary".*\} 1$/m);
  t.regex(metrics, /^wherry_client_calls\{.*\} 0$/m);
  wherry.process.kill('SIGTERM');
  t.is(await wherry.exit, 0);
  t.true(receiver.metricPosts > 0);
});

test('gateway: a receiver that is not there stops nothing, and a wrong --otlp or --metrics-port is an error', async (t) => {
  const nobody = `http://127.0.0.1:${await freePort()}`;
  const wherry = new Wherry(t, gateway('--otlp', nobody));
  const address = await wherry.line('out', /^gateway listens on (\S+)\n/);
  t.is((await unaryOver(t, address, 'hi')).text, 'hi');
  wherry.process.kill('SIGTERM');
  t.is(await wherry.exit, 0);
  for (const flags of [
    ['--otlp', 'localhost'],
    ['--metrics-port', 'many'],
  ]) {
    const wrong = await run(t, gateway(...flags));
    t.is(wrong.code, 2);
    t.regex(wrong.err, new RegExp(flags.join('.*')));
  }
});

test('gateway: --log-calls has a line of JSON for each call, with its trace and nothing of its contents', async (t) => {
  const receiver = await otlpReceiver(t);
  const wherry = new Wherry(t, gateway('--log-calls', '--otlp', receiver.url));
  const address = await wherry.line('out', /^gateway listens on (\S+)\n/);
  t.is((await unaryOver(t, address, 'the secret')).text, 'the secret');
  await t.throwsAsync(unaryOver(t, address, 'fail 13'));
  await wherry.line('err', /"status":"INTERNAL".*\n/);
  wherry.process.kill('SIGTERM');
  t.is(await wherry.exit, 0);
  const lines = logLines(wherry.err);
  const [ok, failed, stopping] = lines;
  t.is(lines.length, 3, wherry.err);
  t.like(ok, {
    level: 'info',
    side: 'client',
    method: `${echo}/Unary`,
    status: 'OK',
    topic: `${namespace}.requests.${echo}`,
  });
  t.like(failed, { level: 'warn', status: 'INTERNAL', details: 'as was\nasked for' });
  t.like(stopping, { level: 'info', component: 'gateway', msg: 'stopping; a second signal stops at once' });
  for (const line of [ok, failed]) {
    const span = receiver.spans.find(({ spanId }) => spanId === line?.['span_id']);
    t.like(span, { traceId: line?.['trace_id'], kind: 3, name: `${echo}/Unary` });
  }
  for (const secret of contents('the secret')) t.false(wherry.err.includes(secret), wherry.err);
});

test('gateway: --log-payloads shows messages, --log-level leaves out, --log-format writes text', async (t) => {
  const talking = new Wherry(t, gateway('--log-payloads'));
  t.is((await unaryOver(t, await talking.line('out', /listens on (\S+)/), 'the secret')).text, 'the secret');
  await talking.line('err', /"status":"OK"/);
  const messages = logLines(talking.err).filter((line) => 'payload' in line);
  t.deepEqual(
    messages.map(({ direction, bytes }) => [direction, bytes]),
    [
      ['sent', 12],
      ['received', 12],
    ],
  );
  for (const { payload } of messages) t.true(Buffer.from(String(payload), 'base64').includes('the secret'));
  const quiet = new Wherry(t, gateway('--log-calls', '--log-level', 'warn', '--log-format', 'pretty'));
  const address = await quiet.line('out', /listens on (\S+)/);
  await unaryOver(t, address, 'hi');
  await t.throwsAsync(unaryOver(t, address, 'fail 13'));
  await quiet.line('err', /INTERNAL/);
  quiet.process.kill('SIGTERM');
  t.is(await quiet.exit, 0);
  t.regex(
    quiet.err,
    /^\[[\d-]+T[\d:.]+Z\] WARN: gateway: called wherry\.test\.v1\.Echo\/Unary: INTERNAL after [\d.]+ ms [^\n]+\n$/,
  );
  isRefused(t, await run(t, gateway('--log-level', 'loud')), 2, /--log-level.*loud.*debug, info, warn, error, silent/);
});

test('call: --otlp sends the trace of the call', async (t) => {
  const receiver = await otlpReceiver(t);
  const { code } = await run(t, call('Unary', '-d', '{"text":"hi"}', '--otlp', receiver.url));
  t.is(code, 0);
  const root = receiver.spans.find(({ parent }) => parent === '');
  t.like(root, { service: 'wherry-call', kind: 3, name: `${echo}/Unary` });
  t.is(receiver.spans.filter(({ traceId }) => traceId === root?.traceId).length, 3);
});

/** What a command logged, a line of JSON each. */
function logLines(err: string): Record<string, unknown>[] {
  return err
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** A text as it might be found in a log: as it is, and in base64, at each of the three places where it may begin there. */
function contents(text: string): string[] {
  const shifted = [0, 1, 2].map((by) =>
    Buffer.from(' '.repeat(by) + text)
      .toString('base64')
      .slice(by === 0 ? 0 : 4, -4),
  );
  return [text, ...shifted];
}
