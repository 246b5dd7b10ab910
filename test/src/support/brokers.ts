import { randomBytes } from 'node:crypto';
import { startEmbeddedBroker } from '@wherry/kafka';
import type { TestFn } from 'ava';

/** Real Kafka for the whole suite, where one was started for it: `host:port`. Without it each file has an embedded broker. */
export const realKafka = process.env['WHERRY_BROKERS'];

/** Starts a broker before the tests of a file, and ends it after them. */
export function useBroker(test: TestFn): () => string {
  if (realKafka !== undefined) return () => realKafka as string;
  let brokers: string | undefined;
  let close: (() => Promise<void>) | undefined;
  test.before('an embedded broker', async () => {
    const broker = await startEmbeddedBroker();
    brokers = broker.bootstrapServers;
    close = () => broker.close();
  });
  test.after.always('the embedded broker ends', () => close?.());
  return () => {
    if (brokers === undefined) throw new Error('the broker is not there before the tests begin');
    return brokers;
  };
}

/** A namespace of its own for a test, so that tests share a broker and nothing else. */
export function newNamespace(): string {
  return `test-${randomBytes(6).toString('hex')}`;
}
