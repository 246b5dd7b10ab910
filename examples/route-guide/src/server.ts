// The service as an ordinary gRPC server, which knows nothing of Kafka. `wherry egress --target 127.0.0.1:9000` puts Kafka in front of it.

import { promisify } from 'node:util';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { protoFile, RouteGuideService } from './proto.js';
import { routeGuide } from './route-guide.js';

const { ROUTE_GUIDE_SERVER: address = '127.0.0.1:9000' } = process.env;

const server = new Server();
server.addService(RouteGuideService, routeGuide());
new ReflectionService(loadSync(protoFile)).addToServer(server);
try {
  const port = await promisify(server.bindAsync.bind(server))(address, ServerCredentials.createInsecure());
  console.log(`listening on ${address.replace(/:\d+$/, '')}:${port}`);
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => server.tryShutdown(() => undefined));
