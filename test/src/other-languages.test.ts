import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { protoFile, RouteGuideService, type RouteNote, routeGuide } from '@wherry/example-route-guide';
import { createGateway } from '@wherry/gateway';
import { createWorker } from '@wherry/worker';
import test, { type ExecutionContext } from 'ava';
import { newNamespace, useBroker } from './support/brokers.js';
import { ShopService, shop, shopName } from './support/shop.js';

// Route Guide clients from the gRPC packages of other languages, through a gateway. The packages are built or installed
// once, into a folder that git ignores. Where that cannot be done, a test says so and is skipped; with
// WHERRY_TEST_LANGUAGES=1 it fails instead.

const required = process.env['WHERRY_TEST_LANGUAGES'] === '1';
const folder = fileURLToPath(new URL('../other-languages/', import.meta.url));
const cache = join(folder, '.cache');
/** Downloads and first builds. */
const PREPARE_TIMEOUT_MS = 15 * 60_000;
const GRPCURL = 'github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.9.3';

const brokers = useBroker(test);
const execute = promisify(execFile);

/** Runs a program to its end, and gives what it said on both outputs. Rejects, with the same, where it fails. */
async function run(
  program: string,
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string>; input?: string } = {},
): Promise<string> {
  const { cwd = folder, env = {}, input = '' } = options;
  const running = execute(program, args, { cwd, env: { ...process.env, ...env }, maxBuffer: 1 << 24 });
  running.child.stdin?.end(input);
  const { stdout, stderr } = await running;
  return stdout + stderr;
}

/** Prepares a client before the tests; gives its path to a test, or skips that where it could not be prepared. */
function useClient(name: string, prepare: () => Promise<string>): (t: ExecutionContext) => string | undefined {
  let path: string | undefined;
  let trouble: unknown;
  test.before(`prepare ${name}`, async (t) => {
    t.timeout(PREPARE_TIMEOUT_MS);
    try {
      await mkdir(cache, { recursive: true });
      path = await prepare();
    } catch (error) {
      trouble = error;
    }
  });
  return (t) => {
    if (path !== undefined) return path;
    const message = `cannot prepare ${name}: ${trouble instanceof Error ? trouble.message : trouble}`;
    if (required) throw new Error(message, { cause: trouble });
    t.log(`skipped: ${message}`);
    t.pass();
    return undefined;
  };
}

/** A worker and a gateway of the test's own: its notes are in nobody else's way. Gives the gateway's address. */
async function gatewayToRouteGuide(t: ExecutionContext, handlers = routeGuide()): Promise<string> {
  const options = { brokers: brokers(), namespace: newNamespace() };
  const worker = await createWorker(options);
  t.teardown(() => worker.close());
  worker.addService(RouteGuideService, handlers);
  await worker.start();
  const gateway = await createGateway({ ...options, listen: '127.0.0.1:0' });
  t.teardown(() => gateway.close());
  return gateway.address;
}

const goClient = useClient('the Route Guide client of google.golang.org/grpc/examples', async () => {
  const binary = join(cache, 'route-guide-client');
  const source = 'google.golang.org/grpc/examples/route_guide/client';
  await run('go', ['build', '-o', binary, source], { cwd: join(folder, 'go') });
  return binary;
});

test('the stock Go client makes its calls', async (t) => {
  const client = goClient(t);
  if (client === undefined) return;
  t.timeout(60_000);
  const address = await gatewayToRouteGuide(t);
  const log = await run(client, ['-addr', address]);

  t.regex(log, /name: *"Berkshire Valley Management Area Trail, Jefferson, NJ, USA"/);
  t.is(log.match(/Feature: name: "[^"]+", point:\(\d+, -\d+\)/g)?.length, 64);
  const [, sent] = /Traversing (\d+) points/.exec(log) ?? [];
  t.regex(log, new RegExp(`Route summary: point_count: *${sent} +distance: *\\d+`));
  // The client leaves a second note at each of three points, and is sent the first one back.
  t.deepEqual(log.match(/(?<=Got message ).*/g), [
    'First message at point(0, 1)',
    'Second message at point(0, 2)',
    'Third message at point(0, 3)',
  ]);
});

/** A folder with `bin/python`, and with what protoc made of the service. */
const python = useClient('a Python with grpcio', async () => {
  const home = join(cache, 'python');
  const requirements = join(folder, 'python/requirements.txt');
  const installed = join(
    home,
    createHash('sha256')
      .update(await readFile(requirements))
      .digest('hex'),
  );
  const program = join(home, 'bin/python');
  if (!existsSync(installed)) {
    await run('python3', ['-m', 'venv', '--clear', home]);
    await run(program, ['-m', 'pip', 'install', '--quiet', '--retries', '1', '--requirement', requirements]);
    await writeFile(installed, '');
  }
  const include = `-I${dirname(protoFile)}`;
  await run(program, [
    '-m',
    'grpc_tools.protoc',
    include,
    `--python_out=${home}`,
    `--grpc_python_out=${home}`,
    protoFile,
  ]);
  return home;
});

test('a Python client makes each kind of call, meets a deadline and cancels', async (t) => {
  const home = python(t);
  if (home === undefined) return;
  t.timeout(90_000);
  const handlers = routeGuide();
  const cancelled: Promise<void>[] = [];
  const address = await gatewayToRouteGuide(t, {
    ...handlers,
    routeChat(call: ServerDuplexStream<RouteNote, RouteNote>) {
      cancelled.push(new Promise((resolve) => call.once('cancelled', () => resolve())));
      handlers.routeChat(call);
    },
  });
  const said = await run(join(home, 'bin/python'), [join(folder, 'python/client.py'), address], {
    env: { PYTHONPATH: home },
  });

  t.deepEqual(said.trim().split('\n'), [
    'ok get_feature',
    'ok list_features',
    'ok record_route',
    'ok route_chat',
    'ok deadline',
    'ok cancel',
    'ok unknown_method',
  ]);
  t.is(cancelled.length, 3);
  // The handlers of the chats that met a deadline and a cancel hear of it.
  await Promise.all(cancelled.slice(1));
});

const grpcurl = useClient('grpcurl', async () => {
  const bin = join(cache, GRPCURL.replace(/.*\//, ''));
  const binary = join(bin, 'grpcurl');
  if (!existsSync(binary)) await run('go', ['install', GRPCURL], { env: { GOBIN: bin } });
  return binary;
});

test('grpcurl makes each kind of call', async (t) => {
  const program = grpcurl(t);
  if (program === undefined) return;
  t.timeout(60_000);
  const address = await gatewayToRouteGuide(t);
  const proto = ['-import-path', dirname(protoFile), '-proto', 'route_guide.proto'];
  const call = (method: string, ...messages: object[]): Promise<string> => {
    const input = messages.map((message) => JSON.stringify(message)).join('\n');
    const what = ['-plaintext', '-max-time', '30', '-d', '@', address, `routeguide.RouteGuide/${method}`];
    return run(program, [...proto, ...what], { input });
  };
  const [here, there] = [
    { latitude: 409146138, longitude: -746188906 },
    { latitude: 407838351, longitude: -746143763 },
  ];

  const name = 'Berkshire Valley Management Area Trail, Jefferson, NJ, USA';
  t.deepEqual(JSON.parse(await call('GetFeature', here)), { name, location: here });
  t.is((await call('ListFeatures', { lo: here, hi: here })).match(/"name"/g)?.length, 1);
  const summary = JSON.parse(await call('RecordRoute', here, there, here));
  t.like(summary, { pointCount: 3, featureCount: 3 });
  const notes = ['one', 'two', 'three'].map((message) => ({ location: here, message }));
  const answers = await call('RouteChat', ...notes);
  t.deepEqual(answers.match(/(?<="message": ")\w+/g), ['one', 'one', 'two']);
});

test('grpcurl needs no .proto file: it lists, describes and calls what is served now', async (t) => {
  const program = grpcurl(t);
  if (program === undefined) return;
  t.timeout(60_000);
  const options = { brokers: brokers(), namespace: newNamespace() };
  const gateway = await createGateway({ ...options, listen: '127.0.0.1:0' });
  t.teardown(() => gateway.close());
  const curl = (flags: readonly string[], ...args: readonly string[]): Promise<string> =>
    run(program, ['-plaintext', '-max-time', '30', ...flags, gateway.address, ...args]);
  const own = [
    'grpc.health.v1.Health',
    'grpc.reflection.v1.ServerReflection',
    'grpc.reflection.v1alpha.ServerReflection',
  ];
  t.deepEqual((await curl([], 'list')).trim().split('\n'), own);

  const worker = await createWorker(options);
  t.teardown(() => worker.close());
  worker.addService(ShopService, shop);
  worker.addService(RouteGuideService, routeGuide());
  const known = new Promise<number>((resolve) => {
    gateway.channel.services.onChange(() => resolve(Date.now()));
  });
  await worker.start();
  const started = Date.now();
  t.true((await known) - started < 1000, 'the gateway knows it within a second');

  t.deepEqual((await curl([], 'list')).trim().split('\n'), [...own, 'routeguide.RouteGuide', shopName]);
  t.regex(await curl([], 'describe'), /service Shop \{/);
  t.regex(await curl([], 'describe', 'grpc.health.v1.Health'), /rpc Watch/);
  t.regex(await curl([], 'describe', 'routeguide.RouteGuide.GetFeature'), /returns \( \.routeguide\.Feature \)/);
  const order = await curl([], 'describe', 'wherry.test.shop.v1.Order');
  t.regex(order, /map<string, \.wherry\.test\.shop\.v1\.Order\.Line> line = 3;/);
  t.regex(order, /optional string remark = 5;/);
  t.regex(order, /oneof payment \{/);
  t.regex(order, /\.google\.protobuf\.Timestamp placed = 4;/);
  t.regex(order, /\.wherry\.test\.shop\.customer\.v1\.Customer customer = 1;/);

  const placed = {
    customer: { name: 'Ada', id: '9007199254740993' },
    lines: [{ article: 'boat', count: 2 }],
    line: { first: { article: 'oar', count: 4 } },
    placed: '2026-01-01T00:00:00Z',
    remark: '',
    voucher: 'ten',
    gift: {},
    state: 'SENT',
  };
  t.deepEqual(JSON.parse(await curl(['-d', JSON.stringify(placed)], `${shopName}/Place`)), placed);

  await worker.drain();
  const error = await t.throwsAsync<Error & { stderr: string }>(curl(['-d', '{}'], `${shopName}/Place`));
  t.regex(error?.stderr ?? '', /does not expose service|Unavailable/);
});
