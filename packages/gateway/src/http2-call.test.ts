import { constants } from 'node:http2';
import { ServerCredentials } from '@grpc/grpc-js';
import test, { type ExecutionContext } from 'ava';
import { serverForAnyMethod } from './any-method-server.js';
import type { CallHandler } from './calls.js';
import { FrameClient, preface, requestHeaders, reset } from './http2-frames.test.helpers.js';

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
