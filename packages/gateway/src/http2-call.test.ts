import { constants } from 'node:http2';
import { gzipSync } from 'node:zlib';
import { Client, credentials, Metadata, status as Status, type StatusObject } from '@grpc/grpc-js';
import type { EndOfCall } from '@wherry/worker';
import test, { type ExecutionContext } from 'ava';
import type { CallHandler, InboundCall } from './calls.js';
import { serve, silent } from './grpc-server.test.helpers.js';
import { data, FrameClient, preface, requestHeaders, reset } from './http2-frames.test.helpers.js';
import { followInbound } from './instrumentation.js';

// Clients that do what no gRPC library does.

const path = '/any.Service/Method';

/** Answers a request when its first message is there. */
function answering(answer: (call: InboundCall) => void): CallHandler {
  return (_path, call) =>
    call.start({
      onReceiveMetadata: () => call.startRead(),
      onReceiveMessage: () => answer(call),
      onReceiveHalfClose: () => {},
      onCancel: () => {},
    });
}

/** What a stock client's call ends with. */
async function endOf(t: ExecutionContext, port: number): Promise<StatusObject> {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  t.teardown(() => client.close());
  const identity = (bytes: Buffer): Buffer => bytes;
  const options = { deadline: Date.now() + 10_000 };
  return await new Promise((resolve) => {
    const call = client.makeUnaryRequest(path, identity, identity, Buffer.alloc(1), options, () => {});
    call.on('status', resolve);
  });
}

test('a listener that asks within a message gets the next when it has returned, however many came at once', async (t) => {
  const count = 10_000;
  let deepest = 0;
  const ended = new Promise<number>((resolve) => {
    let depth = 0;
    let messages = 0;
    const counting: CallHandler = (_path, call) =>
      call.start({
        onReceiveMetadata: () => call.startRead(),
        onReceiveMessage: () => {
          messages++;
          deepest = Math.max(deepest, ++depth);
          call.startRead();
          depth--;
        },
        onReceiveHalfClose: () => resolve(messages),
        onCancel: () => {},
      });
    void serve(t, counting).then(({ port }) => {
      const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
      t.teardown(() => client.close());
      const none = (): Buffer => Buffer.alloc(0);
      const stream = client.makeClientStreamRequest(path, none, none, () => {});
      for (let sent = 0; sent < count; sent++) stream.write({});
      stream.end();
    });
  });
  t.is(await ended, count);
  t.is(deepest, 1);
});

test('a stream that is reset as soon as it is opened is no trouble, whatever it asked for and why it ended', async (t) => {
  const { NGHTTP2_NO_ERROR, NGHTTP2_INTERNAL_ERROR, NGHTTP2_CANCEL, NGHTTP2_ENHANCE_YOUR_CALM } = constants;
  const { port } = await serve(t, silent);
  const grpc = { 'content-type': 'application/grpc' };
  for (const headers of [{}, { 'content-type': 'text/html' }, grpc, { ...grpc, 'grpc-timeout': 'x' }]) {
    for (const code of [NGHTTP2_NO_ERROR, NGHTTP2_INTERNAL_ERROR, NGHTTP2_CANCEL, NGHTTP2_ENHANCE_YOUR_CALM]) {
      const client = await FrameClient.connect(t, port);
      await t.notThrowsAsync(client.send(preface, requestHeaders(path, headers), reset(code)));
    }
  }
});

test('what a call is refused with is what telemetry is told', async (t) => {
  const compressed = Buffer.from([1, 0, 0, 0, 0]);
  const refusals = [
    { code: Status.RESOURCE_EXHAUSTED, headers: {}, body: Buffer.from([0, 255, 255, 255, 255]) },
    { code: Status.INTERNAL, headers: {}, body: compressed },
    { code: Status.UNIMPLEMENTED, headers: { 'grpc-encoding': 'snappy' }, body: compressed },
    { code: Status.UNIMPLEMENTED, headers: { 'grpc-encoding': 'snappy' }, body: Buffer.from([0, 0, 0, 0, 0]) },
    { code: Status.INTERNAL, headers: {}, body: Buffer.from([2, 0, 0, 0, 0]) },
    { code: Status.INTERNAL, headers: { 'grpc-timeout': 'soon' }, body: Buffer.alloc(0) },
  ];
  for (const { code, headers, body } of refusals) {
    const told: EndOfCall[] = [];
    const seen: string[] = [];
    const inboundCall = (method: string) => {
      seen.push(method);
      return { message: () => {}, ended: (end: EndOfCall) => void told.push(end) };
    };
    const { port } = await serve(
      t,
      followInbound(silent, [{ channelMade: () => ({ callMade: () => undefined }), inboundCall }]),
    );
    const client = await FrameClient.connect(t, port);
    await client.send(preface, requestHeaders(path, { 'content-type': 'application/grpc', ...headers }), data(body));
    t.deepEqual(seen, [path]);
    // What comes second is passed over.
    t.is(told[0]?.code, code, told[0]?.details);
    t.truthy(told[0]?.details);
  }
});

test('a long text of a status is cut, between its characters', async (t) => {
  // Some of these are cut within a character, as the lengths of their escapes differ.
  for (const text of ['x', ' ', 'ä', '€', '\u{1F40E}', '%']) {
    const details = `why${text.repeat(100_000)}`;
    const { port } = await serve(
      t,
      answering((call) => call.sendStatus({ code: Status.NOT_FOUND, details })),
    );
    const end = await endOf(t, port);
    t.is(end.code, Status.NOT_FOUND);
    t.true(end.details.endsWith('...'));
    const kept = end.details.slice(0, -3);
    t.true(details.startsWith(kept), 'it is cut between characters');
    t.true(kept.length > 600 && kept.length < 10_000, `${kept.length} characters of ${JSON.stringify(text)}`);
  }
});

test('metadata that are too large to arrive end the call, and say so', async (t) => {
  const large = new Metadata();
  for (let at = 0; at < 20; at++) large.add(`key-${at}`, 'x'.repeat(10_000));
  const answers: ((call: InboundCall) => void)[] = [
    (call) => call.sendStatus({ code: Status.NOT_FOUND, details: 'gone', metadata: large }),
    (call) => {
      call.sendMetadata(new Metadata());
      call.sendStatus({ code: Status.NOT_FOUND, details: 'gone', metadata: large });
    },
    (call) => {
      call.sendMetadata(large);
      call.sendMessage(Buffer.alloc(1), () => {});
      call.sendStatus({ code: Status.NOT_FOUND, details: 'gone' });
    },
  ];
  for (const answer of answers) {
    const { port } = await serve(t, answering(answer));
    const { code, details } = await endOf(t, port);
    t.is(code, Status.RESOURCE_EXHAUSTED);
    t.regex(details, /metadata of 20\d{4} bytes, .* 65536/);
  }
});

test('metadata of 60 kB arrive', async (t) => {
  const metadata = new Metadata();
  for (let at = 0; at < 6; at++) metadata.add(`key-${at}`, 'x'.repeat(10_000));
  const answer = (call: InboundCall): void => {
    call.sendMetadata(metadata);
    call.sendStatus({ code: Status.NOT_FOUND, details: 'y'.repeat(8000), metadata });
  };
  const { port } = await serve(t, answering(answer));
  const end = await endOf(t, port);
  t.is(end.code, Status.NOT_FOUND);
  t.is(end.details, 'y'.repeat(8000));
  t.is(String(end.metadata.get('key-5')).length, 10_000);
});

const early: readonly ((call: InboundCall) => void)[] = [
  (call) => call.sendStatus({ code: Status.NOT_FOUND, details: 'gone' }),
  (call) => {
    call.sendMetadata(new Metadata());
    call.sendStatus({ code: Status.NOT_FOUND, details: 'gone' });
  },
];

test('a client that goes on with its request behind the status is told to stop, and holds up no shutdown', async (t) => {
  for (const answer of early) {
    const server = await serve(t, answering(answer));
    const client = await FrameClient.connect(t, server.port);
    const message = data(Buffer.alloc(6));
    await client.send(preface, requestHeaders(path, { 'content-type': 'application/grpc' }), message, message);
    t.deepEqual(await client.end(), { ended: true, code: constants.NGHTTP2_NO_ERROR });
    await server.drain();
  }
});

test('a refused stream is told to stop, too', async (t) => {
  const server = await serve(t, silent);
  const client = await FrameClient.connect(t, server.port);
  await client.send(preface, requestHeaders(path, { 'content-type': 'text/html' }), data(Buffer.alloc(6)));
  t.deepEqual(await client.end(), { ended: true, code: constants.NGHTTP2_NO_ERROR });
  await server.drain();
});

test('a stock client that is still sending gets every message and then the status', async (t) => {
  const replies = 50;
  const { port } = await serve(
    t,
    answering((call) => {
      const send = (left: number): void => {
        if (left === 0) call.sendStatus({ code: Status.NOT_FOUND, details: 'gone' });
        else call.sendMessage(Buffer.alloc(10_000), () => send(left - 1));
      };
      send(replies);
    }),
  );
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  t.teardown(() => client.close());
  const identity = (bytes: Buffer): Buffer => bytes;
  for (let at = 0; at < 20; at++) {
    const call = client.makeBidiStreamRequest(path, identity, identity, { deadline: Date.now() + 10_000 });
    let received = 0;
    call.on('data', () => received++);
    call.on('error', () => {});
    const end = new Promise<StatusObject>((resolve) => call.on('status', resolve));
    // Without end, as fast as it goes.
    const send = (): void => void call.write(Buffer.alloc(50_000), send);
    send();
    const { code, details } = await end;
    t.deepEqual({ received, code, details }, { received: replies, code: Status.NOT_FOUND, details: 'gone' });
  }
});

test('what fails behind a compressed message is not taken for its compression', async (t) => {
  const failure = new Error('the handler has failed');
  const statuses: EndOfCall[] = [];
  const handler = answering(() => {
    throw failure;
  });
  const inboundCall = () => ({
    message: () => {},
    ended: (end: EndOfCall) => void statuses.push(end),
  });
  const { port } = await serve(
    t,
    followInbound(handler, [{ channelMade: () => ({ callMade: () => undefined }), inboundCall }]),
  );
  const unhandled = takeUnhandled(t);
  const client = await FrameClient.connect(t, port);
  const zipped = gzipSync(Buffer.from('x'));
  const head = Buffer.from([1, 0, 0, 0, zipped.length]);
  const headers = { 'content-type': 'application/grpc', 'grpc-encoding': 'gzip' };
  await client.send(preface, requestHeaders(path, headers), data(Buffer.concat([head, zipped])));
  t.is(await unhandled, failure);
  t.deepEqual(statuses, []);
});

/** The next rejection that nobody handles, which ava would take for a failure of the test. */
function takeUnhandled(t: ExecutionContext): Promise<unknown> {
  const others = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection');
  t.teardown(() => {
    process.removeAllListeners('unhandledRejection');
    for (const listener of others) process.on('unhandledRejection', listener);
  });
  return new Promise((resolve) => process.once('unhandledRejection', resolve));
}
