import type { Command } from 'commander';
import { addLogOptions, type LogFlags } from '../options/log-options.js';

/** Adds `wherry broker`, which runs an embedded broker alone. */
export function addBroker(program: Command): void {
  const command = program
    .command('broker')
    .summary('run an embedded broker')
    .description(
      'Run an embedded broker, for a laptop or a test. It keeps everything in memory, and loses it when it ends. ' +
        'It takes a free port. The first line that it prints is bootstrap.servers=HOST:PORT.',
    );
  addLogOptions(command)
    .addHelpText('after', '\nExample:\n  $ wherry broker\n  bootstrap.servers=127.0.0.1:41575')
    .action(async (flags: LogFlags) => (await import('../actions/broker.js')).runBroker(flags));
}
