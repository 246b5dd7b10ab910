import test from 'ava';
import {
  checkConnectionOptions,
  checkDuration,
  checkMessageLength,
  checkWholeNumber,
  clientArguments,
  consumerOptions,
  groupOptions,
  type KafkaConnectionOptions,
  producerOptions,
  wrongOption,
} from './log-options.js';

const brokers = 'localhost:9092';
const checked = (options: Partial<KafkaConnectionOptions> = {}) => checkConnectionOptions({ brokers, ...options });

test('what is left out has a default', (t) => {
  t.deepEqual(checked(), {
    brokers,
    clientId: 'wherry',
    readerGroup: 'wherry.none',
    connectTimeoutMs: 10_000,
    compression: 'none',
    kafka: {},
    producer: {},
    consumer: {},
  });
});

test('brokers are one or several with their ports', (t) => {
  for (const right of ['a:1', '10.0.0.1:9092', 'a:1,b:2', 'a:1, b:2', '[::1]:9092', 'SASL_SSL://a:1']) {
    t.is(checkConnectionOptions({ brokers: right }).brokers, right);
  }
  const malformed = ['', 'a', 'a:', ':1', 'a:b', 'a:1,', 'a:1,b', 'a:1;b:2x'];
  for (const wrong of [
    ...malformed,
    'http://a:1',
    'ftp://a:1',
    'a:0',
    'a:65536',
    'a b:1',
    undefined,
    null,
    5,
    ['a:1'],
  ]) {
    t.throws(() => checkConnectionOptions({ brokers: wrong as string }), {
      instanceOf: TypeError,
      message: /^brokers is .*it must be HOST:PORT/,
    });
  }
});

test('compression is one of those that Kafka knows', (t) => {
  t.is(producerOptions(checked({ compression: 'lz4' }), false)['compression.codec'], 'lz4');
  t.throws(() => checked({ compression: 'brotli' as 'lz4' }), {
    instanceOf: TypeError,
    message: 'compression is "brotli"; it must be one of none, lz4, snappy, gzip, zstd',
  });
});

test('compression is one of those that are built in', (t) => {
  const options = (compression: string) => ({ brokers: 'a:1', compression: compression as 'lz4' });
  const builtIn = ['none', 'lz4', 'gzip'] as const;
  t.is(checkConnectionOptions(options('gzip'), builtIn).compression, 'gzip');
  t.throws(() => checkConnectionOptions(options('zstd'), builtIn), {
    instanceOf: TypeError,
    message: 'compression is "zstd", which this build of librdkafka does not have; it must be one of none, lz4, gzip',
  });
  t.throws(() => checkConnectionOptions(options('brotli'), builtIn), {
    instanceOf: TypeError,
    message: 'compression is "brotli"; it must be one of none, lz4, gzip',
  });
});

test('durations are whole milliseconds that a timer can wait for', (t) => {
  for (const right of [1, 5000, 2 ** 31 - 1]) t.notThrows(() => checkDuration('leaseMs', right));
  for (const wrong of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, '5' as unknown as number]) {
    t.throws(() => checkDuration('leaseMs', wrong), {
      instanceOf: TypeError,
      message: `leaseMs is ${wrong}; it must be a whole number of milliseconds from 1 to 2147483647`,
    });
  }
  t.throws(() => checked({ connectTimeoutMs: 0 }), { instanceOf: TypeError, message: /^connectTimeoutMs is 0/ });
});

test('numbers and lengths are checked by name', (t) => {
  t.notThrows(() => checkWholeNumber('partitions', Number.MAX_SAFE_INTEGER));
  t.throws(() => checkWholeNumber('partitions', 0), { instanceOf: TypeError, message: /^partitions is 0/ });
  t.throws(() => checkWholeNumber('partitions', 11, 10), { message: /from 1 to 10$/ });
  for (const right of [-1, 0, 4_194_304]) t.notThrows(() => checkMessageLength('maxSendMessageLength', right));
  for (const wrong of [-2, 0.5, Number.NaN]) {
    t.throws(() => checkMessageLength('maxSendMessageLength', wrong), {
      instanceOf: TypeError,
      message: /^maxSendMessageLength is .* or -1 for no limit$/,
    });
  }
});

test('options of topics are given to the client library apart from the others', (t) => {
  const topic = {
    acks: 1,
    'request.required.acks': 1,
    'request.timeout.ms': 1,
    'message.timeout.ms': 1,
    'delivery.timeout.ms': 1,
    partitioner: 'random',
    'compression.level': 1,
    'auto.offset.reset': 'earliest',
  };
  const global = { 'client.id': 'x', 'linger.ms': 0, 'compression.codec': 'gzip' };
  t.deepEqual(clientArguments({ ...topic, ...global }), [global, topic]);
  t.deepEqual(clientArguments({}), [{}, {}]);
});

test('a producer loses and repeats nothing, sends at once, and reports what it must', (t) => {
  const quiet = producerOptions(checked(), false);
  t.is(quiet['enable.idempotence'], true);
  t.is(quiet['linger.ms'], 0);
  t.is(quiet['dr_cb'], true);
  t.is(quiet['delivery.report.only.error'], true);
  t.is(quiet['allow.auto.create.topics'], false);
  t.is(producerOptions(checked(), true)['delivery.report.only.error'], false);
});

test('options of the user outweigh ours, and the narrower ones the wider', (t) => {
  const options = checked({
    clientId: 'me',
    kafka: { 'socket.timeout.ms': 1, 'linger.ms': 2, 'fetch.wait.max.ms': 3, 'allow.auto.create.topics': true },
    producer: { 'linger.ms': 4 },
    consumer: { 'fetch.wait.max.ms': 5 },
  });
  const producer = producerOptions(options, false);
  t.deepEqual(
    [producer['client.id'], producer['socket.timeout.ms'], producer['linger.ms'], producer['allow.auto.create.topics']],
    ['me', 1, 4, true],
  );
  const consumer = consumerOptions(options, false);
  t.deepEqual([consumer['socket.timeout.ms'], consumer['fetch.wait.max.ms']], [1, 5]);
  t.is(groupOptions(options, false)['fetch.wait.max.ms'], 5);
});

test('the embedded broker is asked often, real Kafka is waited for', (t) => {
  t.is(consumerOptions(checked(), false)['fetch.wait.max.ms'], 500);
  t.true(Number(consumerOptions(checked(), true)['fetch.wait.max.ms']) <= 5);
});

test('consumers commit nothing by themselves', (t) => {
  for (const options of [consumerOptions(checked(), false), groupOptions(checked(), true)]) {
    t.is(options['enable.auto.commit'], false);
    t.is(options['enable.auto.offset.store'], false);
  }
});

test('a group is classic on real Kafka and of the new protocol on the embedded broker, unless it is said', (t) => {
  const real = groupOptions(checked(), false);
  t.is(real['group.protocol'], 'classic');
  t.is(real['partition.assignment.strategy'], 'cooperative-sticky');
  t.is(real['auto.offset.reset'], 'earliest');
  const embedded = groupOptions(checked(), true);
  t.is(embedded['group.protocol'], 'consumer');
  // librdkafka refuses these with the new protocol.
  for (const name of ['session.timeout.ms', 'partition.assignment.strategy', 'heartbeat.interval.ms']) {
    t.false(name in embedded, name);
  }
  const told = groupOptions(checked({ consumer: { 'group.protocol': 'consumer' } }), false);
  t.is(told['group.protocol'], 'consumer');
  t.false('session.timeout.ms' in told);
  const classic = groupOptions(checked({ kafka: { 'group.protocol': 'classic', 'session.timeout.ms': 9000 } }), true);
  t.is(classic['group.protocol'], 'classic');
  t.is(classic['session.timeout.ms'], 9000);
});

test('an option that librdkafka would not take is a TypeError that tells what it said', (t) => {
  const cause = new Error('No such configuration property: "lingr.ms"');
  const error = wrongOption('kafka or producer', cause);
  t.true(error instanceof TypeError);
  t.is(error.cause, cause);
  t.is(error.message, `an option of librdkafka (in kafka or producer) is wrong: ${cause.message}`);
  t.regex(wrongOption('kafka', 'text').message, /text$/);
});
