import type { ServerCredentials } from '@grpc/grpc-js';
import type { ExecutionContext } from 'ava';
import type { CallHandler } from './calls.js';
import { checkGatewayLimits, type GatewayLimits } from './gateway-limits.js';
import { GrpcServer, type GrpcServerTimes } from './grpc-server.js';
import { http2ServerFactory } from './server-credentials.js';

interface ServeOptions extends Partial<GrpcServerTimes> {
  readonly credentials?: ServerCredentials;
  readonly limits?: GatewayLimits;
}

/** A server on the loopback interface. It closes with the test. */
export async function serve(
  t: ExecutionContext,
  handler: CallHandler,
  { credentials, limits, ...times }: ServeOptions = {},
): Promise<GrpcServer> {
  t.timeout(20_000);
  const server = await GrpcServer.listen(handler, {
    address: { host: '127.0.0.1', port: 0 },
    createServer: http2ServerFactory(credentials),
    messages: { maxReceiveMessageLength: 4 * 1024 * 1024, maxSendMessageLength: -1 },
    limits: checkGatewayLimits(limits),
    times,
  });
  t.teardown(() => server.close());
  return server;
}

/** A handler that reads every request to its end and never answers. */
export const silent: CallHandler = (_path, call) =>
  call.start({
    onReceiveMetadata: () => call.startRead(),
    onReceiveMessage: () => call.startRead(),
    onReceiveHalfClose: () => {},
    onCancel: () => {},
  });
