// The service and all that it needs, in one process: an embedded broker, and a gateway for any gRPC client. Nothing is kept.
import { logVerbosity, setLogVerbosity } from '@grpc/grpc-js';
import { createGateway } from '@wherry/gateway';
import { startEmbeddedBroker } from '@wherry/kafka';
import { start__Service__ } from './service.js';

const { WHERRY_GATEWAY: listen = '127.0.0.1:50051' } = process.env;

setLogVerbosity(logVerbosity.NONE); // what goes wrong is said here, in one line
const broker = await startEmbeddedBroker();
const brokers = broker.bootstrapServers;
const worker = await start__Service__(brokers);
const gateway = await createGateway({ brokers, listen }).catch((error: Error) => {
  console.error(`error: ${error.message}; WHERRY_GATEWAY=HOST:PORT names another`);
  process.exit(1);
});
console.log(`__package__.__Service__ is served: gRPC on ${gateway.address}, Kafka on ${brokers}`);

let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, async () => {
    if (stopping) return; // npm passes on a Ctrl-C that the terminal has sent already
    stopping = true;
    await gateway.drain();
    await worker.drain();
    await broker.close();
  });
}
