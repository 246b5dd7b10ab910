import { constants } from 'node:http2';
import { ServerCredentials, status as Status } from '@grpc/grpc-js';
import type { EndOfCall } from '@wherry/worker';
import test, { type ExecutionContext } from 'ava';
import { serverForAnyMethod } from './any-method-server.js';
import type { CallHandler } from './calls.js';
import { data, FrameClient, preface, requestHeaders, reset } from './http2-frames.test.helpers.js';
import { followInbound } from './instrumentation.js';

// Clients that do what no gRPC library does.

const path = '/any.Service/Method';
const limits = { maxReceiveMessageLength: 4 * 1024 * 1024, maxSendMessageLength: -1 };

/** Gives its port. */
async function serve(t: ExecutionContext, handler: CallHandler): Promise<number> {
  t.timeout(20_000);
  const server = serverForAnyMethod(handler, limits);
  t.teardown(() => server.forceShutdown());
  return await new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    );
  });
}

/** Takes what comes, and never answers. */
const silent: CallHandler = (_path, call) =>
  call.start({
    onReceiveMetadata: () => call.startRead(),
    onReceiveMessage: () => call.startRead(),
    onReceiveHalfClose: () => {},
    onCancel: () => {},
  });

test('a stream that is reset as soon as it is opened is no trouble, whatever it asked for and why it ended', async (t) => {
  const { NGHTTP2_NO_ERROR, NGHTTP2_INTERNAL_ERROR, NGHTTP2_CANCEL, NGHTTP2_ENHANCE_YOUR_CALM } = constants;
  const port = await serve(t, silent);
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
    { code: Status.INTERNAL, headers: { 'grpc-timeout': 'soon' }, body: Buffer.alloc(0) },
  ];
  for (const { code, headers, body } of refusals) {
    const told: EndOfCall[] = [];
    const seen: string[] = [];
    const inboundCall = (method: string) => {
      seen.push(method);
      return { run: (f: () => void) => f(), message: () => {}, ended: (end: EndOfCall) => void told.push(end) };
    };
    const port = await serve(
      t,
      followInbound(silent, { channelMade: () => ({ callMade: () => undefined }), inboundCall }),
    );
    const client = await FrameClient.connect(t, port);
    await client.send(preface, requestHeaders(path, { 'content-type': 'application/grpc', ...headers }), data(body));
    t.deepEqual(seen, [path]);
    // What comes second is passed over.
    t.is(told[0]?.code, code, told[0]?.details);
    t.truthy(told[0]?.details);
  }
});
