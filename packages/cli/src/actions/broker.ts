import { startEmbeddedBroker } from '@wherry/kafka';
import { createLogger } from '../logging.js';
import type { LogFlags } from '../options/log-options.js';
import { type Service, serveUntilStopped } from '../serve.js';

export async function runBroker(flags: LogFlags): Promise<void> {
  const logger = await createLogger(flags, 'broker');
  await serveUntilStopped((line) => logger.info?.(line), startBroker);
}

async function startBroker(): Promise<Service> {
  const broker = await startEmbeddedBroker();
  process.stdout.write(`bootstrap.servers=${broker.bootstrapServers}\nCtrl-C stops the broker.\n`);
  const close = (): Promise<void> => broker.close();
  return { drain: close, close };
}
