// The service and everything that it needs, in one process: an embedded broker, and a gateway for any gRPC client. Nothing is kept at
// the end.
import { logVerbosity, setLogVerbosity } from '@grpc/grpc-js';
import { createGateway } from '@wherry/gateway';
import { startEmbeddedBroker } from '@wherry/kafka';
import { start__Service__ } from './service.js';

const { WHERRY_GATEWAY: listen = '127.0.0.1:50051' } = process.env;

setLogVerbosity(logVerbosity.NONE); // this program reports errors itself, in one line
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
    if (stopping) return; // npm passes on a Ctrl-C that this process has received from the terminal already
    stopping = true;
    await gateway.drain();
    await worker.drain();
    await broker.close();
  });
}
