import { Metadata, status } from '@grpc/grpc-js';
import { SpanKind } from '@opentelemetry/api';
import type { Logger } from '@wherry/endpoint';
import { openTelemetry, traceFields } from '@wherry/otel';
import test, { type ExecutionContext } from 'ava';
import { pino } from 'pino';
import type { EchoServer } from './gen/echo.js';
import { useBroker } from './support/brokers.js';
import { echo, echoWith, message, readAll, unary } from './support/echo.js';
import { clientOf, Harness, workerReady } from './support/harness.js';
import { requests, service, soon } from './support/traced-calls.js';
import { Traces, usePropagation } from './support/traces.js';

const brokers = useBroker(test);
usePropagation();

type Line = Readonly<Record<string, unknown>>;

/** A pino that keeps its lines. */
function logger(): { logger: Logger; lines: Line[] } {
  const lines: Line[] = [];
  const write = (line: string): void => void lines.push(JSON.parse(line));
  return { logger: pino({ level: 'trace', mixin: traceFields }, { write }), lines };
}

/** A caller and a worker of the echo service, both traced, with a line for each call. */
async function open(t: ExecutionContext, handlers: EchoServer = echo, { payloads = false, sdk = true } = {}) {
  const h = new Harness(t, brokers());
  const log = logger();
  const traces = new Traces();
  const callLog = { logger: log.logger, payloads };
  const instrumentation = openTelemetry({ ...(sdk && { tracerProvider: traces.provider }), callLog });
  await h.worker(handlers, { instrumentation, logger: log.logger });
  await workerReady(await h.client());
  const client = clientOf(await h.channel({ instrumentation, logger: log.logger }));
  log.lines.length = 0;
  traces.ended.length = 0;
  return { h, traces, client, lines: log.lines };
}

/** The lines of calls that ended. */
function endsIn(lines: readonly Line[]): Line[] {
  return lines.filter((line) => 'status' in line);
}

test('console is a logger, and so is pino', (t) => {
  const loggers: Logger[] = [console, pino({ level: 'silent' })];
  t.is(loggers.length, 2);
});

test('a call has a line at each side, with the ids of its spans, its record and how long it took', async (t) => {
  const { h, traces, client, lines } = await open(t);
  await unary(client, { text: 'a' }, soon);
  const trace = await traces.trace(6);
  const [answered, called] = endsIn(lines);
  t.is(endsIn(lines).length, 2, JSON.stringify(lines));
  const receive = trace.span(SpanKind.CONSUMER, `receive ${requests(h)}`);
  const record = {
    topic: requests(h),
    partition: Number(receive.attributes['messaging.destination.partition.id']),
  };
  const ids = (kind: SpanKind) => {
    const { traceId, spanId } = trace.span(kind, `${service}/Unary`).spanContext();
    return { trace_id: traceId, span_id: spanId, trace_flags: '01' };
  };
  const method = { method: `${service}/Unary`, status: 'OK', level: 30 };
  t.like(answered, { side: 'server', ...method, ...record, ...ids(SpanKind.SERVER) });
  t.is(answered?.['offset'], receive.attributes['kafka.offset']);
  t.like(called, { side: 'client', ...method, ...record, ...ids(SpanKind.CLIENT) });
  for (const line of endsIn(lines)) t.true(Number(line['duration_ms']) > 0);
});

test('what a handler throws is logged with the trace of its call', async (t) => {
  const { traces, client, lines } = await open(
    t,
    echoWith({
      unary: () => {
        throw new Error('out of paper');
      },
    }),
  );
  await t.throwsAsync(unary(client, {}, soon));
  const trace = await traces.trace(6);
  const server = trace.span(SpanKind.SERVER, `${service}/Unary`);
  const threw = lines.find(({ err }) => err !== undefined);
  const { traceId, spanId } = server.spanContext();
  t.like(threw, { level: 50, method: `/${service}/Unary`, trace_id: traceId, span_id: spanId });
  t.like(threw?.['err'], { type: 'Error', message: 'out of paper' });
  t.is(threw?.['msg'], `the handler of /${service}/Unary threw: Error: out of paper`);
  const ended = lines.filter(({ status }) => status === 'UNKNOWN');
  t.deepEqual(
    ended.map(({ level, side, trace_id }) => [level, side, trace_id]),
    [
      [40, 'server', traceId],
      [40, 'client', traceId],
    ],
  );
});

test("a handler's own lines have its trace, by a mixin", async (t) => {
  const own = logger();
  const { traces, client } = await open(
    t,
    echoWith({
      unary: (call, callback) => {
        own.logger.info?.('working');
        callback(null, call.request);
      },
    }),
  );
  await unary(client, {}, soon);
  const { traceId, spanId } = (await traces.trace(6)).span(SpanKind.SERVER, `${service}/Unary`).spanContext();
  t.like(own.lines[0], { msg: 'working', trace_id: traceId, span_id: spanId });
});

/** Calls of all four kinds, and one that fails, with this in each message and in the metadata. */
async function makeCalls(t: ExecutionContext, secret: string, options: { payloads: boolean }) {
  const answers = { unary: fail, collect: echo.collect };
  function fail(...[call, callback]: Parameters<EchoServer['unary']>): void {
    if (call.request.number === 0) callback(null, call.request);
    else callback({ code: status.DATA_LOSS, details: 'lost' });
  }
  const { client, traces, lines } = await open(t, echoWith(answers), options);
  const said = { text: secret, payload: Buffer.from(secret) };
  const metadata = new Metadata();
  metadata.set('authorization', secret);
  await unary(client, said, metadata, soon);
  await t.throwsAsync(unary(client, { ...said, number: 1 }, metadata, soon));
  await new Promise<void>((resolve, reject) => {
    const call = client.collect(metadata, soon, (error) => (error ? reject(error) : resolve()));
    for (const number of [1, 2]) call.write(message({ ...said, number }));
    call.end();
  });
  await readAll(client.expand(message({ ...said, number: 2 }), metadata, soon));
  const chat = client.chat(metadata, soon);
  chat.end(message(said));
  await readAll(chat);
  const servers = () => traces.ended.filter(({ kind }) => kind === SpanKind.SERVER);
  await traces.until(() => servers().length === 5);
  return lines;
}

test('nothing of a message or of metadata is in any line', async (t) => {
  const secret = 'the secret of this test';
  const lines = await makeCalls(t, secret, { payloads: false });
  t.is(lines.filter((line) => 'status' in line).length, 10);
  for (const text of shapesOf(secret)) t.false(JSON.stringify(lines).includes(text), JSON.stringify(lines));
});

test('by option each message is in a line', async (t) => {
  const secret = 'the secret of this test';
  const lines = await makeCalls(t, secret, { payloads: true });
  const messages = lines.filter((line) => 'payload' in line);
  // Requests and replies: 2, 1, 3, 3 and 2, at each side.
  t.is(messages.length, 22, JSON.stringify(messages));
  for (const line of messages) t.is(typeof line['trace_id'], 'string');
  t.true(shapesOf(secret).some((text) => JSON.stringify(messages).includes(text)));
  const authorization = lines.filter((line) => 'metadata' in line || 'authorization' in line);
  t.deepEqual(authorization, []);
});

/** A text as it might be found in a log: as it is, as bytes of JSON, in hexadecimal digits, in base64 wherever it begins. */
function shapesOf(text: string): string[] {
  const bytes = Buffer.from(text);
  const base64 = [0, 1, 2].map((by) =>
    Buffer.from(' '.repeat(by) + text)
      .toString('base64')
      .slice(by === 0 ? 0 : 4, -4),
  );
  return [text, [...bytes].join(','), bytes.toString('hex'), ...base64];
}

test('without an SDK calls are logged, in no trace', async (t) => {
  const { client, lines } = await open(t, echo, { sdk: false });
  await unary(client, {}, soon);
  t.deepEqual(
    endsIn(lines).map(({ side, status }) => [side, status]),
    [
      ['server', 'OK'],
      ['client', 'OK'],
    ],
  );
  for (const line of lines) t.false('trace_id' in line);
  t.is(typeof endsIn(lines)[1]?.['partition'], 'number');
});

test('a call that expires before it begins is logged by its worker', async (t) => {
  const held: (() => void)[] = [];
  const h = new Harness(t, brokers());
  const log = logger();
  const traces = new Traces();
  const instrumentation = openTelemetry({ tracerProvider: traces.provider, callLog: { logger: log.logger } });
  await h.worker(echoWith({ unary: (_call, callback) => held.push(() => callback(null, message({}))) }), {
    instrumentation,
    concurrency: 1,
  });
  const client = await h.client();
  await workerReady(client);
  const first = unary(client, {}, soon);
  await t.throwsAsync(unary(client, {}, { deadline: Date.now() + 1000 }));
  await traces.until(() => traces.ended.some(({ attributes }) => attributes['wherry.skipped'] === 'expired'));
  for (const release of held) release();
  await first;
  const skipped = log.lines.filter((line) => 'skipped' in line);
  t.is(skipped.length, 1);
  t.like(skipped[0], { level: 40, skipped: 'expired', method: `${service}/Unary`, topic: requests(h) });
});
