import {
  type Client,
  type ClientDuplexStream,
  type ClientReadableStream,
  credentials,
  makeClientConstructor,
  type ServiceDefinition,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import { createGateway, type Gateway } from '@wherry/gateway';
import { startEmbeddedBroker } from '@wherry/kafka';
import { DescriptorCodec } from '@wherry/wire';
import { createWorker, loadedDescriptors, type Worker } from '@wherry/worker';
import anyTest, { type ExecutionContext } from 'ava';
import { service as healthService } from 'grpc-health-check';
import { useBroker } from './support/brokers.js';
import { startWorkerProcess } from './support/endpoint-process.js';
import { Harness } from './support/harness.js';
import { servedUntil } from './support/served-until.js';
import { ShopService, shop, shopName } from './support/shop.js';

const test = anyTest;
const brokers = useBroker(test);
const echoName = 'wherry.test.v1.Echo';

interface HealthClient extends Client {
  check(request: object, callback: (error: ServiceError | null, reply: { status: string }) => void): void;
  list(request: object, callback: (error: ServiceError | null, reply: { statuses: object }) => void): void;
  watch(request: object): ClientReadableStream<{ status: string }>;
}

/** A stock client, from the definition that the official package has. */
function clientTo<C extends Client>(t: ExecutionContext, address: string, definition: ServiceDefinition): C {
  const client = new (makeClientConstructor(definition, 'Client'))(address, credentials.createInsecure());
  t.teardown(() => client.close());
  return client as unknown as C;
}

const healthOf = (t: ExecutionContext, { address }: Gateway): HealthClient =>
  clientTo(t, address, healthService as unknown as ServiceDefinition);

function check(client: HealthClient, service: string): Promise<string> {
  return new Promise((resolve) => {
    client.check({ service }, (error, reply) => resolve(error === null ? reply.status : (status[error.code] ?? '')));
  });
}

/** What a watch says, one after another, and then how it ended. */
async function* watched(client: HealthClient, service: string): AsyncGenerator<string, void, undefined> {
  try {
    for await (const { status: said } of client.watch({ service })) yield said as string;
  } catch (error) {
    yield status[(error as ServiceError).code] ?? '';
  }
}

async function next(watch: AsyncGenerator<string, void, undefined>): Promise<string | undefined> {
  const { value } = await watch.next();
  return value ?? undefined;
}

interface Answer {
  listServicesResponse?: { service: { name: string }[] };
  fileDescriptorResponse?: { fileDescriptorProto: number[][] };
  errorResponse?: { errorCode: number };
  messageResponse: string;
}

/** Asks one question after another on one stream. */
class Asker {
  readonly #stream: ClientDuplexStream<object, Answer>;
  readonly ended: Promise<status>;

  constructor(t: ExecutionContext, { address }: Gateway, version: 'v1' | 'v1alpha') {
    const definitions: ServiceDefinition[] = [];
    const addService = (definition: ServiceDefinition): void => void definitions.push(definition);
    new ReflectionService({}).addToServer({ addService });
    const path = `/grpc.reflection.${version}.ServerReflection/`;
    const definition = definitions.find((one) => Object.values(one)[0]?.path.startsWith(path)) as ServiceDefinition;
    const client = clientTo<Client & { ServerReflectionInfo(): ClientDuplexStream<object, Answer> }>(
      t,
      address,
      definition,
    );
    this.#stream = client.ServerReflectionInfo();
    this.ended = new Promise((resolve) => this.#stream.on('status', ({ code }) => resolve(code)));
    this.#stream.on('error', () => undefined);
  }

  ask(question: object): Promise<Answer> {
    const answer = new Promise<Answer>((resolve) => this.#stream.once('data', resolve));
    this.#stream.write(question);
    return answer;
  }

  async list(): Promise<string[]> {
    const { listServicesResponse } = await this.ask({ listServices: '*' });
    return listServicesResponse?.service.map(({ name }) => name) ?? [];
  }

  async files(question: object): Promise<Buffer[] | number> {
    const { fileDescriptorResponse, errorResponse } = await this.ask(question);
    if (errorResponse !== undefined && errorResponse !== null) return errorResponse.errorCode;
    return fileDescriptorResponse?.fileDescriptorProto.map((bytes) => Buffer.from(bytes)) ?? [];
  }
}

async function startWorker(h: Harness, fileDescriptors?: readonly Uint8Array[]): Promise<Worker> {
  const worker = await createWorker(h.options);
  h.t.teardown(() => worker.close());
  worker.addService(ShopService, shop, { fileDescriptors });
  await worker.start();
  return worker;
}

const own = [
  'grpc.health.v1.Health',
  'grpc.reflection.v1.ServerReflection',
  'grpc.reflection.v1alpha.ServerReflection',
];

test('health follows the workers of each service', async (t) => {
  const h = new Harness(t, brokers());
  const gateway = await h.gateway();
  const client = healthOf(t, gateway);
  t.is(await check(client, ''), 'SERVING');
  t.is(await check(client, echoName), 'NOT_FOUND');
  const watch = watched(client, echoName);
  t.is(await next(watch), 'SERVICE_UNKNOWN');
  const first = await h.worker();
  t.is(await next(watch), 'SERVING');
  t.is(await check(client, echoName), 'SERVING');
  const second = await h.worker();
  await first.drain();
  await second.drain();
  // Nothing was said while one of them was there.
  t.is(await next(watch), 'NOT_SERVING');
  t.is(await check(client, echoName), 'NOT_SERVING');
  await h.worker();
  t.is(await next(watch), 'SERVING');
  const list = await new Promise<object>((resolve) => client.list({}, (_error, { statuses }) => resolve(statuses)));
  t.deepEqual(list, { '': { status: 'SERVING' }, [echoName]: { status: 'SERVING' } });
});

test('health goes NOT_SERVING when the last worker is killed', async (t) => {
  t.timeout(60_000);
  const h = new Harness(t, brokers());
  const gateway = await h.gateway();
  const worker = await startWorkerProcess(t, h.brokers, h.namespace);
  const client = healthOf(t, gateway);
  const watch = watched(client, echoName);
  const said = await next(watch);
  if (said !== 'SERVING') t.is(await next(watch), 'SERVING');
  await worker.kill();
  t.is(await next(watch), 'NOT_SERVING');
  t.is(await check(client, ''), 'SERVING');
});

test('health of the gateway is that of its way to Kafka', async (t) => {
  t.timeout(60_000);
  const broker = await startEmbeddedBroker();
  t.teardown(() => broker.close());
  const h = new Harness(t, broker.bootstrapServers);
  await h.worker();
  const gateway = await h.gateway();
  const client = healthOf(t, gateway);
  const [watch, ofService] = [watched(client, ''), watched(client, echoName)];
  t.is(await next(watch), 'SERVING');
  t.is(await next(ofService), 'SERVING');
  await broker.close();
  t.is(await next(watch), 'NOT_SERVING');
  t.is(await next(ofService), 'NOT_SERVING');
});

for (const version of ['v1', 'v1alpha'] as const) {
  test(`reflection ${version} shows what is served now`, async (t) => {
    const h = new Harness(t, brokers());
    const gateway = await h.gateway();
    const asker = new Asker(t, gateway, version);
    t.deepEqual(await asker.list(), own);
    t.is(await asker.files({ fileContainingSymbol: shopName }), status.NOT_FOUND);
    await h.worker();
    const worker = await startWorker(h);
    await known(gateway, 2);
    t.deepEqual(await asker.list(), [...own, echoName, shopName].sort());

    const files = loadedDescriptors(ShopService).map((file) => Buffer.from(file));
    for (const symbol of [
      shopName,
      `${shopName}.Place`,
      'wherry.test.shop.v1.Order',
      'wherry.test.shop.v1.Order.Line',
    ]) {
      const found = await asker.files({ fileContainingSymbol: symbol });
      t.deepEqual(sorted(found as Buffer[]), sorted(files), `the files of ${symbol}, byte for byte`);
    }
    const codec = new DescriptorCodec();
    for (const file of files) {
      const found = (await asker.files({ fileByFilename: codec.decode(file).name })) as Buffer[];
      t.deepEqual(found[0], file);
    }
    // Without descriptors a service is listed, and that is all.
    t.is(await asker.files({ fileContainingSymbol: echoName }), status.NOT_FOUND);
    t.is(await asker.files({ fileContainingSymbol: 'constructor' }), status.NOT_FOUND);
    t.is(await asker.files({ fileContainingSymbol: '' }), status.NOT_FOUND);
    t.is(await asker.files({ fileByFilename: 'nothing.proto' }), status.NOT_FOUND);
    t.is(await asker.files({ allExtensionNumbersOfType: 'wherry.test.shop.v1.Order' }), status.NOT_FOUND);
    t.is(await asker.files({}), status.UNIMPLEMENTED);
    t.true(Array.isArray(await asker.files({ fileContainingSymbol: 'grpc.health.v1.Health.Watch' })));

    await worker.drain();
    await known(gateway, 1);
    t.deepEqual(await asker.list(), [...own, echoName].sort());
    t.is(await asker.files({ fileContainingSymbol: shopName }), status.NOT_FOUND);
  });
}

test('of two versions of a service, reflection shows that of the worker that started last', async (t) => {
  const h = new Harness(t, brokers());
  const gateway = await h.gateway();
  const asker = new Asker(t, gateway, 'v1');
  const codec = new DescriptorCodec();
  const version = (method: string): Uint8Array =>
    codec.encode({
      name: `${method}.proto`,
      package: 'wherry.test.shop.v1',
      service: [{ name: 'Shop', method: [{ name: method }] }],
    });
  const [old, young] = [version('Old'), version('Young')];
  await startWorker(h, [old]);
  await known(gateway, 1);
  t.deepEqual(await asker.files({ fileContainingSymbol: shopName }), [Buffer.from(old)]);
  const updated = await startWorker(h, [young]);
  await servedUntil(gateway.channel, (services) => services.instances(shopName) === 2);
  t.deepEqual(await asker.files({ fileContainingSymbol: shopName }), [Buffer.from(young)]);
  t.is(await asker.files({ fileContainingSymbol: `${shopName}.Old` }), status.NOT_FOUND);
  const changed = new Promise<void>((resolve) => void gateway.channel.services.onChange(resolve));
  await updated.drain();
  await changed;
  t.deepEqual(await asker.files({ fileContainingSymbol: shopName }), [Buffer.from(old)]);
});

test('nothing of reflection and health crosses Kafka, unless the gateway is told not to answer', async (t) => {
  const h = new Harness(t, brokers());
  const sent: string[] = [];
  const gateway = await h.gateway({
    observer: { sent: (_topic, _partition, frames) => sent.push(...frames.flatMap(({ open }) => open?.method ?? [])) },
  });
  t.deepEqual(await new Asker(t, gateway, 'v1').list(), own);
  t.is(await check(healthOf(t, gateway), ''), 'SERVING');
  t.deepEqual(sent, []);

  const without = await h.gateway({ reflection: false, health: false });
  t.is(await new Asker(t, without, 'v1').ended, status.UNIMPLEMENTED);
  t.is(await check(healthOf(t, without), ''), 'UNIMPLEMENTED');
  const worker = await createWorker(h.options);
  t.teardown(() => worker.close());
  worker.addService(healthService as unknown as ServiceDefinition, {
    check: (_call: unknown, callback: (error: null, reply: object) => void) =>
      callback(null, { status: 'NOT_SERVING' }),
  });
  await worker.start();
  t.is(await check(healthOf(t, without), ''), 'NOT_SERVING');
  // The one that answers itself does so still.
  t.is(await check(healthOf(t, gateway), ''), 'SERVING');
});

test('a gateway that does not follow the registry answers for itself alone', async (t) => {
  const h = new Harness(t, brokers());
  await h.worker();
  const gateway = await h.gateway({ discovery: false });
  t.deepEqual(await new Asker(t, gateway, 'v1').list(), own);
  t.is(await check(healthOf(t, gateway), ''), 'SERVING');
  t.is(await check(healthOf(t, gateway), echoName), 'NOT_FOUND');
});

test('draining a gateway ends the watches and reflection streams that clients keep open', async (t) => {
  t.timeout(30_000);
  const h = new Harness(t, brokers());
  const gateway = await createGateway({ ...h.options, listen: '127.0.0.1:0' });
  const asker = new Asker(t, gateway, 'v1');
  t.deepEqual(await asker.list(), own);
  const watch = watched(healthOf(t, gateway), '');
  t.is(await next(watch), 'SERVING');
  const drained = gateway.drain();
  t.is(await next(watch), 'NOT_SERVING');
  t.is(await next(watch), 'UNAVAILABLE');
  t.is(await asker.ended, status.OK);
  await drained;
});

function sorted(files: readonly Buffer[]): Buffer[] {
  return [...files].sort(Buffer.compare);
}

/** Until the gateway knows so many services. */
function known({ channel }: Gateway, count: number): Promise<void> {
  return servedUntil(channel, ({ names }) => names.length === count);
}
