// The service on an existing Kafka, whose address is in WHERRY_BROKERS. Any number of such processes share the calls.
import { start__Service__ } from './service.js';

const { WHERRY_BROKERS: brokers } = process.env;
if (brokers === undefined) {
  console.error('error: WHERRY_BROKERS is not set; it must be the address of Kafka: HOST:PORT');
  process.exit(1);
}

const worker = await start__Service__(brokers);
console.log(`__package__.__Service__ is served on ${brokers}`);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => void worker.drain());
