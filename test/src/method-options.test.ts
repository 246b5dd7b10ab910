import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type Client,
  type ClientOptions,
  credentials,
  Metadata,
  type ServerUnaryCall,
  type ServiceDefinition,
  type ServiceError,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { requestTopic } from '@wherry/endpoint';
import { DescriptorCodec } from '@wherry/wire';
import { createWorker, type WorkerOptions } from '@wherry/worker';
import anyTest, { type ExecutionContext } from 'ava';
import { realKafka, useBroker } from './support/brokers.js';
import { Harness } from './support/harness.js';
import { ShopClient, ShopService, shop, shopName } from './support/shop.js';
import { failure, overGrpcJs, overWherry } from './support/store.js';

const test = anyTest;
const brokers = useBroker(test);
const packed = fileURLToPath(new URL('../../packages/codegen/proto', import.meta.url));
const [MINUTE_MS, HOUR_MS] = [60_000, 3_600_000];

/**
 * A worker whose handler of Ship notes the deadlines that it sees, and fails as often as the call's metadata say; that of Wait answers
 * nothing.
 */
async function shopWorker(h: Harness, options: Partial<WorkerOptions> = {}): Promise<number[]> {
  const deadlines: number[] = [];
  const worker = await createWorker({ ...h.options, ...options });
  h.t.teardown(() => worker.close());
  const Ship = (call: ServerUnaryCall<unknown, unknown>, callback: sendUnaryData<unknown>): void => {
    deadlines.push(Number(call.getDeadline()));
    const [failures = '0'] = call.metadata.get('failures');
    if (deadlines.length <= Number(failures)) callback({ code: status.ABORTED });
    else callback(null, {});
  };
  worker.addService(ShopService, { ...shop, Ship, Wait: () => undefined });
  await worker.start();
  return deadlines;
}

function shopClient(t: ExecutionContext, address: string, options: ClientOptions = {}): Client {
  const client = new ShopClient(address, credentials.createInsecure(), options);
  t.teardown(() => client.close());
  return client;
}

/** The code that a call ends with; it has no deadline unless one is given. */
function codeOf(client: Client, method: string, { deadline = Infinity, failures = 0 } = {}): Promise<status> {
  const { path, requestSerialize, responseDeserialize } = ShopService[method] as ServiceDefinition[string];
  const metadata = new Metadata();
  metadata.set('failures', String(failures));
  const options = Number.isFinite(deadline) ? { deadline } : {};
  return new Promise((resolve) => {
    const ended = (error: ServiceError | null): void => resolve(error?.code ?? status.OK);
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, {}, metadata, options, ended);
  });
}

function isAfter(t: ExecutionContext, deadline: number | undefined, from: number, ms: number): void {
  const within = deadline !== undefined && deadline >= from + ms && deadline <= Date.now() + ms;
  t.true(within, `${deadline} is not ${ms} ms after ${from}`);
}

test('a call without a deadline has its method’s timeout, from the first call of a channel on', async (t) => {
  const h = new Harness(t, brokers());
  const deadlines = await shopWorker(h);
  const client = shopClient(t, 'wherry', { channelOverride: await h.channel() });
  for (const call of ['first', 'second']) {
    const from = Date.now();
    t.is(await codeOf(client, 'Ship'), status.OK, call);
    isAfter(t, deadlines.pop(), from, MINUTE_MS);
  }
  const own = Date.now() + HOUR_MS;
  t.is(await codeOf(client, 'Ship', { deadline: own }), status.OK);
  t.is(deadlines.pop(), own, 'what a caller says counts, be it more');
});

test('a call that nobody answers ends at its method’s timeout, over the channel and over the gateway', async (t) => {
  const h = new Harness(t, brokers());
  await shopWorker(h);
  const gateway = await h.gateway();
  t.is(await codeOf(shopClient(t, gateway.address), 'Wait'), status.DEADLINE_EXCEEDED);
  const client = shopClient(t, 'wherry', { channelOverride: await h.channel() });
  t.is(await codeOf(client, 'Wait'), status.DEADLINE_EXCEEDED);
});

test('the timeout of a service config is the most there is, and attempts share what the method says', async (t) => {
  const h = new Harness(t, brokers());
  const deadlines = await shopWorker(h);
  const over = async (entry: object): Promise<Client> => {
    const serviceConfig = { methodConfig: [{ name: [{ service: shopName }], ...entry }] };
    return shopClient(t, 'wherry', { channelOverride: await h.channel({ serviceConfig }) });
  };
  const from = Date.now();
  t.is(await codeOf(await over({ timeout: '30s' }), 'Ship'), status.OK);
  isAfter(t, deadlines.pop(), from, MINUTE_MS / 2);
  t.is(await codeOf(await over({ timeout: '3600s' }), 'Ship'), status.OK);
  isAfter(t, deadlines.pop(), from, MINUTE_MS);
  const retryPolicy = {
    maxAttempts: 3,
    initialBackoff: '0.001s',
    maxBackoff: '0.001s',
    backoffMultiplier: 1,
    retryableStatusCodes: ['ABORTED'],
  };
  t.is(await codeOf(await over({ retryPolicy }), 'Ship', { failures: 2 }), status.OK);
  t.is(deadlines.length, 3);
  t.is(new Set(deadlines).size, 1);
});

test('a generated client keeps to the timeout over any channel', async (t) => {
  for (const serve of [overWherry(brokers), overGrpcJs]) {
    const asked: number[] = [];
    const client = await serve(t, {
      close$: (_request, { deadline }) => {
        asked.push(deadline);
        return new Promise(() => undefined);
      },
    });
    t.is((await failure(client.close$({}))).code, status.DEADLINE_EXCEEDED);
    t.true(asked.every((deadline) => Number.isFinite(deadline)));
    const abort = new AbortController();
    const call = failure(client.close$({}, { timeoutMs: HOUR_MS, signal: abort.signal }));
    abort.abort();
    t.is((await call).code, status.CANCELLED);
  }
});

(realKafka === undefined ? test.skip : test)(
  'a request topic has the most partitions that a method asks for',
  async (t) => {
    const made = async (options: Partial<WorkerOptions>): Promise<number> => {
      const h = new Harness(t, brokers());
      await shopWorker(h, options);
      const log = await h.log();
      return log.partitions(requestTopic(h.namespace, shopName));
    };
    t.is(await made({}), 6);
    t.is(await made({ partitions: 3 }), 3, 'the worker’s own option counts');
  },
);

/** The definition of a service whose one method has this option. */
function loaded(t: ExecutionContext, option: string): ServiceDefinition {
  const folder = mkdtempSync(join(tmpdir(), 'wherry-options-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  writeFileSync(
    join(folder, 'a.proto'),
    `syntax = "proto3"; package a.v1; import "wherry/v1/options.proto"; message Request { string id = 1; repeated string ids = 2; }
    service Service { rpc Get(Request) returns (Request) { option (wherry.v1.${option}; } }`,
  );
  return loadSync('a.proto', { includeDirs: [folder, packed] })['a.v1.Service'] as ServiceDefinition;
}

const wrong: Readonly<Record<string, RegExp>> = {
  'ordering_key) = "ids"':
    /^addService: the option ordering_key of \/a\.v1\.Service\/Get is "ids"; it must be a single /,
  'timeout) = "1m"': /^addService: the option timeout of \/a\.v1\.Service\/Get is "1m"; it must be seconds above 0/,
  'timeout) = 5': /^the option timeout of \/a\.v1\.Service\/Get is 5; it must be a string$/,
  'partitions) = 0': /^addService: the option partitions of \/a\.v1\.Service\/Get is 0; it must be from 1 to 10000$/,
};

for (const [option, message] of Object.entries(wrong)) {
  test(`a worker does not take a service with the option (${option}`, async (t) => {
    const worker = await createWorker(new Harness(t, brokers()).options);
    t.teardown(() => worker.close());
    t.throws(() => worker.addService(loaded(t, option), {}), { instanceOf: TypeError, message });
  });
}

test('what refuses a service names its file, where that is known', async (t) => {
  const worker = await createWorker(new Harness(t, brokers()).options);
  t.teardown(() => worker.close());
  const service = [{ name: 'S', method: [{ name: 'M', options: { timeout: 'soon' } }] }];
  const fileDescriptors = [new DescriptorCodec().encode({ name: 'a/v1/a.proto', package: 'a.v1', service })];
  t.throws(() => worker.addGenericService('a.v1.S', () => undefined, { fileDescriptors }), {
    instanceOf: TypeError,
    message: /^addGenericService: a\/v1\/a\.proto: the option timeout of \/a\.v1\.S\/M is "soon"/,
  });
});

test('the options that come with the packages are those of proto/', (t) => {
  const ours = fileURLToPath(new URL('../../proto', import.meta.url));
  const [one, other] = [ours, packed].map((folder) => readFileSync(join(folder, 'wherry/v1/options.proto'), 'utf8'));
  t.is(one, other);
});
