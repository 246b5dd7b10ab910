import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { createChannel } from '@wherry/client';
import {
  getFeature,
  listFeatures,
  protoFile,
  RouteGuideService,
  type RouteNote,
  recordRoute,
  routeChat,
  routeGuide,
  routeGuideOver,
  serviceName,
} from '@wherry/example-route-guide';
import { createEgress, createGateway } from '@wherry/gateway';
import { makeOnce } from '@wherry/tools/cache';
import { createWorker } from '@wherry/worker';
import test, { type ExecutionContext } from 'ava';
import { newNamespace, useBroker } from './support/brokers.js';
import { buildGo, cached, folder, run, useProgram } from './support/other-languages.js';
import { freePort } from './support/ports.js';
import { ShopService, shop, shopName } from './support/shop.js';

// Route Guide clients, and a server, from the gRPC packages of other languages, through a gateway and behind an egress.

const GRPCURL = 'github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.9.3';

const brokers = useBroker(test);
const examples = fileURLToPath(new URL('../../examples/', import.meta.url));

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

/** What the stock Go client says of its first three calls. */
function isWholeTour(t: ExecutionContext, log: string): void {
  t.regex(log, /name: *"Berkshire Valley Management Area Trail, Jefferson, NJ, USA"/);
  t.is(log.match(/Feature: name: "[^"]+", point:\(\d+, -\d+\)/g)?.length, 64);
  const [, sent] = /Traversing (\d+) points/.exec(log) ?? [];
  t.regex(log, new RegExp(`Route summary: point_count: *${sent} +distance: *\\d+`));
}

const goClient = useProgram(test, 'the Route Guide client of google.golang.org/grpc/examples', () =>
  buildGo('route-guide-client', 'google.golang.org/grpc/examples/route_guide/client'),
);

test('the stock Go client makes its calls', async (t) => {
  const client = goClient(t);
  if (client === undefined) return;
  t.timeout(60_000);
  const address = await gatewayToRouteGuide(t);
  const log = await run(client, ['-addr', address]);

  isWholeTour(t, log);
  // The client leaves a second note at each of three points, and is sent the first one back.
  t.deepEqual(log.match(/(?<=Got message ).*/g), [
    'First message at point(0, 1)',
    'Second message at point(0, 2)',
    'Third message at point(0, 3)',
  ]);
});

const goServer = useProgram(test, 'the Route Guide server of google.golang.org/grpc/examples', () =>
  buildGo('route-guide-server', 'google.golang.org/grpc/examples/route_guide/server'),
);

/** The stock Go server behind an egress, whose calls wait until it is there. Gives where callers find it. */
async function egressToGo(t: ExecutionContext, binary: string) {
  const port = await freePort();
  const server = spawn(binary, ['-port', String(port)], { stdio: 'ignore' });
  const ended = once(server, 'close');
  t.teardown(async () => {
    server.kill();
    await ended;
  });
  const options = { brokers: brokers(), namespace: newNamespace() };
  // The Go server listens on `localhost`, which may be either address of it.
  const target = `localhost:${port}`;
  const egress = await createEgress({ ...options, target, services: [serviceName], waitForReady: true });
  t.teardown(() => egress.close());
  return options;
}

test('the stock Go server takes the place of the worker, and the client of the demo does not notice', async (t) => {
  const binary = goServer(t);
  if (binary === undefined) return;
  t.timeout(60_000);
  const channel = await createChannel(await egressToGo(t, binary));
  t.teardown(() => channel.close());
  const client = routeGuideOver(channel);
  const options = { deadline: Date.now() + 50_000 };

  const known = { latitude: 409146138, longitude: -746188906 };
  const name = 'Berkshire Valley Management Area Trail, Jefferson, NJ, USA';
  t.like(await getFeature(client, known, options), { name, location: known });
  t.is((await getFeature(client, { latitude: 0, longitude: 0 }, options)).name, '');
  const area = {
    lo: { latitude: 400000000, longitude: -750000000 },
    hi: { latitude: 420000000, longitude: -730000000 },
  };
  t.is((await listFeatures(client, area, options)).length, 100);
  t.like(await recordRoute(client, [known, area.lo, known], options), { pointCount: 3, featureCount: 2 });
  const notes = ['one', 'two', 'three'].map((message) => ({ location: known, message }));
  // This server answers a note with all that were left at its place, the note itself among them.
  t.deepEqual(
    (await routeChat(client, notes, options)).map(({ message }) => message),
    ['one', 'one', 'two', 'one', 'two', 'three'],
  );
});

test('the stock Go client reaches the stock Go server through a gateway and an egress', async (t) => {
  const [server, client] = [goServer(t), goClient(t)];
  if (server === undefined || client === undefined) return;
  t.timeout(60_000);
  const options = await egressToGo(t, server);
  const gateway = await createGateway({ ...options, listen: '127.0.0.1:0' });
  t.teardown(() => gateway.close());
  const log = await run(client, ['-addr', gateway.address]);
  isWholeTour(t, log);
  t.is(log.match(/(?<=Got message ).*/g)?.length, 9);
});

/** A folder with `bin/python`, and with what protoc made of the service. */
const python = useProgram(test, 'a Python with grpcio', async () => {
  const requirements = join(folder, 'python/requirements.txt');
  // An environment holds for the Python that made it.
  const version = await run('python3', ['-c', 'import sys; print(sys.base_prefix, sys.version)']);
  const sources = [version, await readFile(requirements), await readFile(protoFile)];
  return makeOnce(cached('python', ...sources), async (home) => {
    await run('python3', ['-m', 'venv', home]);
    // Not `pip`: the paths in such scripts do not follow the folder when it gets its name.
    const module = (...args: string[]): Promise<string> => run(join(home, 'bin/python'), ['-m', ...args]);
    await module('pip', 'install', '--quiet', '--retries', '1', '--requirement', requirements);
    const outputs = [`--python_out=${home}`, `--grpc_python_out=${home}`];
    await module('grpc_tools.protoc', `-I${dirname(protoFile)}`, ...outputs, protoFile);
  });
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

test('the example of a Python server behind an egress runs', async (t) => {
  const home = python(t);
  if (home === undefined) return;
  t.timeout(120_000);
  const where = ['--brokers', brokers(), '--namespace', newNamespace(), '--python', join(home, 'bin/python')];
  const said = await run(process.execPath, [join(examples, 'python-egress/dist/main.js'), ...where]);
  // All but the first line, which has addresses, is in its README too.
  const [, ...lines] = said.trimEnd().split('\n');
  const readme = await readFile(join(examples, 'python-egress/README.md'), 'utf8');
  t.is(lines.length, 5, said);
  t.true(readme.includes(lines.join('\n')), said);
});

test('the example of a Python server says in one line what it needs, where that is not there', async (t) => {
  t.timeout(60_000);
  const running = run(process.execPath, [join(examples, 'python-egress/dist/main.js'), '--python', '/no/python']);
  t.like(await t.throwsAsync(running), {
    code: 1,
    stderr: '/no/python cannot be run: spawn /no/python ENOENT\n',
  });
});

const grpcurl = useProgram(test, 'grpcurl', async () => {
  const home = await makeOnce(cached(GRPCURL.replace(/.*\//, '')), async (home) => {
    await run('go', ['install', GRPCURL], { env: { GOBIN: home } });
  });
  return join(home, 'grpcurl');
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
  const known = new Promise<void>((resolve) => {
    gateway.channel.services.onChange(resolve);
  });
  await worker.start();
  await known;

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
