import { randomBytes } from 'node:crypto';
import { Metadata, status as Status } from '@grpc/grpc-js';
import type { ServedServices } from '@wherry/client';
import { type KafkaConnectionOptions, type Log, LogError, openLog } from '@wherry/kafka';
import test, { type ExecutionContext } from 'ava';
import type { Acl, Operation } from './support/acl-client.js';
import { crossesInAllKinds } from './support/all-kinds.js';
import { echo, unary } from './support/echo.js';
import { clientOf, Harness } from './support/harness.js';
import { LoggedLines } from './support/logged-lines.js';
import { SecuredKafka } from './support/secured-kafka.js';
import { topicsBecome } from './support/topics-become.js';

const SERVICE = 'wherry.test.v1.Echo';

/** A right within the namespace, as `OPERATION KIND NAME`. A `*` stands for the rest of the name. */
type Right = `${Operation} ${'topic' | 'group'} ${string}`;

/** The rights of docs/operations.md, section Access. */
const everyInstance: readonly Right[] = [
  'Create topic inbox.*',
  'Read topic inbox.*',
  'Write topic inbox.*',
  'Delete topic inbox.*',
  'Describe group inbox.readers',
];
const workerRights: readonly Right[] = [
  `Create topic requests.${SERVICE}`,
  `Read topic requests.${SERVICE}`,
  `Read group requests.${SERVICE}`,
  'Create topic registry',
  'Write topic registry',
  ...everyInstance,
];
const callerRights: readonly Right[] = [
  `Write topic requests.${SERVICE}`,
  'Create topic registry',
  'Read topic registry',
  ...everyInstance,
];

/** The way in which a person hears of a missing right. */
type Heard = 'opening fails' | 'start fails' | 'calls fail' | 'log';

/** A right that an instance does not have. Other instances of the test have all rights. */
interface Lack {
  readonly of: 'worker' | 'caller';
  readonly right: Right;
  /** The instance may see the topic all the same. */
  readonly sees?: true;
  readonly heard: Heard;
  /** No worker and no topic are there before. */
  readonly alone?: true;
}

const lacks: readonly Lack[] = [
  { of: 'worker', right: `Create topic requests.${SERVICE}`, heard: 'start fails' },
  { of: 'worker', right: `Read topic requests.${SERVICE}`, heard: 'start fails' },
  { of: 'worker', right: `Read topic requests.${SERVICE}`, sees: true, heard: 'log' },
  { of: 'worker', right: `Read group requests.${SERVICE}`, heard: 'start fails' },
  { of: 'worker', right: 'Create topic registry', heard: 'log' },
  { of: 'worker', right: 'Write topic registry', heard: 'log' },
  { of: 'worker', right: 'Write topic registry', sees: true, heard: 'log' },
  { of: 'worker', right: 'Create topic inbox.*', heard: 'opening fails' },
  { of: 'worker', right: 'Read topic inbox.*', heard: 'opening fails' },
  { of: 'worker', right: 'Write topic inbox.*', heard: 'opening fails' },
  { of: 'worker', right: 'Delete topic inbox.*', heard: 'log' },
  { of: 'worker', right: 'Describe group inbox.readers', heard: 'opening fails' },
  { of: 'caller', right: `Write topic requests.${SERVICE}`, heard: 'calls fail' },
  { of: 'caller', right: `Write topic requests.${SERVICE}`, sees: true, heard: 'calls fail' },
  { of: 'caller', right: 'Create topic registry', alone: true, heard: 'log' },
  { of: 'caller', right: 'Read topic registry', heard: 'log' },
  { of: 'caller', right: 'Read topic registry', sees: true, heard: 'log' },
  { of: 'caller', right: 'Create topic inbox.*', heard: 'opening fails' },
  { of: 'caller', right: 'Read topic inbox.*', heard: 'opening fails' },
  { of: 'caller', right: 'Write topic inbox.*', heard: 'opening fails' },
  { of: 'caller', right: 'Delete topic inbox.*', heard: 'log' },
  { of: 'caller', right: 'Describe group inbox.readers', heard: 'opening fails' },
];

const users = ['worker', 'caller', 'gateway', ...lacks.map((_, at) => `lacking-${at}`)];
const losers = { group: 'loser-1', requests: 'loser-2', inbox: 'loser-3', registry: 'loser-4', blind: 'loser-5' };

let kafka: SecuredKafka;
test.before('a Kafka with an authorizer', async (t) => {
  t.timeout(300_000); // It may have to be downloaded.
  kafka = await SecuredKafka.start([...users, ...Object.values(losers)]);
});
test.after.always('it ends', () => kafka?.[Symbol.asyncDispose]());

function rule(user: string, namespace: string, right: Right): Acl {
  const [operation, kind, name] = right.split(' ') as [Operation, 'topic' | 'group', string];
  const full = `${namespace}.${name}`;
  const resource = full.endsWith('*') ? { kind, prefix: full.slice(0, -1) } : { kind, name: full };
  return { user, operation, resource };
}

function give(user: string, { namespace }: Harness, rights: readonly Right[]): Promise<void> {
  return kafka.acls.give(rights.map((right) => rule(user, namespace, right)));
}

function take(user: string, { namespace }: Harness, right: Right): Promise<void> {
  return kafka.acls.take([rule(user, namespace, right)]);
}

/** The words about a right in an error. An inbox has a name that is not known. */
function words(namespace: string, right: Right): RegExp {
  const [operation, kind, name] = right.split(' ') as [string, string, string];
  const pattern = `${namespace}.${name}`.replaceAll('.', '\\.').replace('*', '[0-9a-z.]+');
  return new RegExp(`needs the right ${operation} on ${kind} ${pattern}\\)`);
}

/** A log without restrictions. */
async function adminLog(t: ExecutionContext): Promise<Log> {
  const log = await openLog({
    ...kafka.asAdmin,
    acknowledgements: false,
    onUndelivered: (record, error) => t.log(`undelivered to ${record.topic}: ${error.message}`),
    onTrouble: () => undefined,
  });
  t.teardown(() => log.close());
  return log;
}

/** Waits until this holds of the served services. */
async function until(services: ServedServices, holds: () => boolean): Promise<void> {
  if (holds()) return;
  await new Promise<void>((resolve) => {
    const stop = services.onChange(() => {
      if (!holds()) return;
      stop();
      resolve();
    });
  });
}

test('the rights that the docs name are enough', async (t) => {
  const h = new Harness(t, kafka.brokers);
  await give('worker', h, workerRights);
  await give('caller', h, callerRights);
  await give('gateway', h, callerRights);
  const worker = await h.worker(echo, kafka.as('worker'));
  const channel = await h.channel(kafka.as('caller'));
  const gateway = await h.gateway(kafka.as('gateway'));
  await crossesInAllKinds(t, clientOf(channel));
  await crossesInAllKinds(t, h.clientTo(gateway.address));
  t.deepEqual(channel.services.names, [SERVICE]);

  const admin = await adminLog(t);
  const old = Date.now() - 3_600_000;
  const left = `${h.namespace}.inbox.${old.toString(36)}.${randomBytes(8).toString('hex')}`;
  await admin.createTopic({ name: left, partitions: 1 });
  t.deepEqual(await channel.sweepInboxes(), [left]);

  await Promise.all([channel.close(), gateway.close(), worker.close()]);
  await topicsBecome(t, admin, `${h.namespace}.inbox.`, []); // Closing deletes the inboxes.
  t.deepEqual(h.logged, []);
});

for (const [at, lack] of lacks.entries()) {
  const seeing = lack.sees ? ', with Describe' : '';
  test(`a ${lack.of} without ${lack.right}${seeing}: ${lack.heard}`, async (t) => {
    const h = new Harness(t, kafka.brokers);
    const user = `lacking-${at}`;
    const all = lack.of === 'worker' ? workerRights : callerRights;
    await give(
      user,
      h,
      all.filter((right) => right !== lack.right),
    );
    if (lack.sees) await give(user, h, [lack.right.replace(/^\w+/, 'Describe') as Right]);
    const says = words(h.namespace, lack.right);
    const denied = (error: unknown): boolean =>
      error instanceof LogError && error.status === Status.PERMISSION_DENIED && says.test(error.message);
    const lines = new LoggedLines();
    const options = { ...kafka.as(user), logger: lines.logger };
    const open = lack.of === 'worker' ? () => h.worker(echo, options) : () => h.channel(options);

    if (lack.of === 'caller' && !lack.alone) await h.worker(echo, kafka.asAdmin);
    if (lack.heard === 'opening fails' || lack.heard === 'start fails') {
      const error = await t.throwsAsync(open, { instanceOf: LogError });
      t.true(denied(error), `${error?.status} ${error?.message}`);
      return;
    }
    const opened = await open();
    if (lack.heard === 'calls fail') {
      const client = clientOf(await h.channel(options));
      for (const waitForReady of [false, true]) {
        const deadline = Date.now() + 60_000;
        const error = await t.throwsAsync(unary(client, {}, new Metadata({ waitForReady }), { deadline }));
        t.regex(String(error?.message), /PERMISSION_DENIED/);
        t.regex(String(error?.message), says);
      }
      return;
    }
    if (lack.right === 'Delete topic inbox.*') {
      const left = opened.inbox.topic;
      // A time in the future: this inbox counts as left behind.
      const error = await t.throwsAsync(opened.sweepInboxes(-60_000), { instanceOf: LogError });
      t.true(denied(error), `${error?.status} ${error?.message}`);
      await opened.close();
      t.regex(await lines.has(`inbox ${left} is left behind`), says);
      return;
    }
    t.regex(await lines.has(says), says);
  });
}

test('a caller that follows no registry hears that a topic may be missing or hidden', async (t) => {
  const h = new Harness(t, kafka.brokers);
  await give(losers.blind, h, everyInstance);
  await h.worker(echo, kafka.asAdmin);
  const client = await h.client({ ...kafka.as(losers.blind), discovery: false });
  await t.throwsAsync(unary(client, {}), {
    message: /UNAVAILABLE.*requests\..*, or this client lacks the right Write on it/,
  });
});

test('a wrong password, and a mechanism that Kafka does not offer, are errors at once', async (t) => {
  const h = new Harness(t, kafka.brokers);
  const right = kafka.as('caller');
  for (const wrong of [{ 'sasl.password': 'wrong' }, { 'sasl.mechanism': 'SCRAM-SHA-256' }]) {
    // The long time limit shows that nothing waits.
    const options: Partial<KafkaConnectionOptions> = {
      kafka: { ...right.kafka, ...wrong },
      connectTimeoutMs: 600_000,
    };
    const error = await t.throwsAsync(h.channel(options), { instanceOf: LogError });
    t.is(error?.status, Status.UNAUTHENTICATED);
    t.regex(
      error?.message ?? '',
      /^Kafka at 127\.0\.0\.1:\d+: authentication failed: .*; check sasl\.mechanism, and the user/,
    );
  }
});

/** A worker whose right is taken away while it serves, and given back. */
async function losesReading(t: ExecutionContext, user: string, right: Right): Promise<void> {
  const h = new Harness(t, kafka.brokers);
  await give(user, h, workerRights);
  if (right.startsWith('Read topic')) await give(user, h, [`Describe topic requests.${SERVICE}`]);
  const lines = new LoggedLines();
  await h.worker(echo, { ...kafka.as(user), logger: lines.logger });
  const channel = await h.channel(kafka.asAdmin);
  const client = clientOf(channel);
  await unary(client, { text: 'before' });

  await take(user, h, right);
  await lines.has(new RegExp(`${words(h.namespace, right).source}; the reader begins again$`));
  await until(channel.services, () => channel.services.instances(SERVICE) === 0);
  await t.throwsAsync(unary(client, { text: 'without' }), { message: /UNAVAILABLE.*nobody serves/ });

  await give(user, h, [right]);
  await until(channel.services, () => channel.services.instances(SERVICE) === 1);
  t.is((await unary(client, { text: 'after' })).text, 'after');
}

test('a worker that loses the right to read its group says so, is not registered, and serves again when the right is back', (t) =>
  losesReading(t, losers.group, `Read group requests.${SERVICE}`));

test('a worker that loses the right to read its topic says so, is not registered, and serves again when the right is back', (t) =>
  losesReading(t, losers.requests, `Read topic requests.${SERVICE}`));

test('a caller that loses the right to read its inbox says so, its calls end at their deadlines, and it works again afterwards', async (t) => {
  const h = new Harness(t, kafka.brokers);
  const user = losers.inbox;
  await give(user, h, callerRights);
  await h.worker(echo, kafka.asAdmin);
  const lines = new LoggedLines();
  const client = await h.client({ ...kafka.as(user), logger: lines.logger });
  await unary(client, { text: 'before' });

  await take(user, h, 'Read topic inbox.*');
  t.regex(await lines.has(words(h.namespace, 'Read topic inbox.*')), /; until this instance has the right again/);
  await t.throwsAsync(unary(client, { text: 'without' }, { deadline: Date.now() + 500 }), {
    message: /DEADLINE_EXCEEDED/,
  });

  await give(user, h, ['Read topic inbox.*']);
  t.is((await unary(client, { text: 'after' })).text, 'after');
});

test('a caller that loses the right to read the registry says so, calls on, and follows again when the right is back', async (t) => {
  const h = new Harness(t, kafka.brokers);
  const user = losers.registry;
  await give(user, h, callerRights);
  await h.worker(echo, kafka.asAdmin);
  const lines = new LoggedLines();
  const channel = await h.channel({ ...kafka.as(user), logger: lines.logger });
  const client = clientOf(channel);
  await unary(client, { text: 'before' });
  await until(channel.services, () => channel.services.known);

  await take(user, h, 'Read topic registry');
  await lines.has(words(h.namespace, 'Read topic registry'));
  await until(channel.services, () => !channel.services.known);
  t.is((await unary(client, { text: 'without' })).text, 'without');

  await give(user, h, ['Read topic registry']);
  await until(channel.services, () => channel.services.known);
  t.deepEqual(channel.services.names, [SERVICE]);
  t.is((await unary(client, { text: 'after' })).text, 'after');
});
