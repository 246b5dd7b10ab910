import { startEmbeddedBroker } from '@wherry/kafka';
import type { Command } from 'commander';
import { addLogOptions, createLogger, type LogFlags } from '../logging.js';
import { serveUntilStopped } from '../serve.js';

/** `wherry broker`: the embedded broker alone. */
export function addBroker(program: Command): void {
  const command = program
    .command('broker')
    .summary('run an embedded broker')
    .description(
      'Run an embedded broker, for a laptop or a test: it keeps everything in memory, and forgets it when it ends. ' +
        'The first line it prints is bootstrap.servers=HOST:PORT; the port is a free one.',
    );
  addLogOptions(command)
    .addHelpText('after', '\nExample:\n  $ wherry broker\n  bootstrap.servers=127.0.0.1:41575')
    .action(async (flags: LogFlags) => serveUntilStopped(await createLogger(flags), runBroker));
}

async function runBroker() {
  const broker = await startEmbeddedBroker();
  process.stdout.write(`bootstrap.servers=${broker.bootstrapServers}\nCtrl-C stops the broker.\n`);
  const close = (): Promise<void> => broker.close();
  return { drain: close, close };
}
