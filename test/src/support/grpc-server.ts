import { Server, ServerCredentials, type ServerOptions } from '@grpc/grpc-js';
import type { ExecutionContext } from 'ava';
import { type EchoServer, EchoService } from '../gen/echo.js';
import { echo } from './echo.js';

/** A stock gRPC server, and where it is. */
export interface GrpcServer {
  readonly address: string;
  readonly port: number;
  readonly server: Server;
}

export interface GrpcServerOptions extends ServerOptions {
  /** Default: a free one. */
  readonly port?: number;
  readonly credentials?: ServerCredentials;
  /** Adds more services before the server listens. */
  readonly add?: (server: Server) => void;
}

/** Starts a stock gRPC server with the echo service; the test's end ends it. */
export async function grpcServer(
  t: ExecutionContext,
  handlers: EchoServer = echo,
  { port: wanted = 0, credentials = ServerCredentials.createInsecure(), add, ...options }: GrpcServerOptions = {},
): Promise<GrpcServer> {
  const server = new Server(options);
  server.addService(EchoService, handlers);
  add?.(server);
  t.teardown(() => server.forceShutdown());
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${wanted}`, credentials, (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  return { address: `127.0.0.1:${port}`, port, server };
}
