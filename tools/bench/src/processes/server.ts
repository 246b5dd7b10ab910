import { Server, ServerCredentials } from '@grpc/grpc-js';
import { BenchHandlers, benchService } from '../bench-service.js';
import type { BenchProcess } from './bench-process.js';

export async function startServer(): Promise<BenchProcess> {
  const server = new Server();
  const handlers = new BenchHandlers();
  server.addService(benchService, handlers.handlers);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    );
  });
  const close = () => new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
  return { address: `127.0.0.1:${port}`, handlers, close };
}
