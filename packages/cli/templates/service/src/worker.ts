// The service on a Kafka that is there: WHERRY_BROKERS says where. Any number of these share the calls.
import { start__Service__ } from './service.js';

const { WHERRY_BROKERS: brokers } = process.env;
if (brokers === undefined) {
  console.error('error: WHERRY_BROKERS is not set; it must say where Kafka is: HOST:PORT');
  process.exit(1);
}

const worker = await start__Service__(brokers);
console.log(`__package__.__Service__ is served on ${brokers}`);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => void worker.drain());
