import { readFileSync } from 'node:fs';
import { logVerbosity, setLogVerbosity } from '@grpc/grpc-js';
import { Command } from 'commander';
import { addBreaking } from './commands/breaking.js';
import { addBroker } from './commands/broker.js';
import { addCall } from './commands/call.js';
import { addDev } from './commands/dev.js';
import { addEgress } from './commands/egress.js';
import { addGateway } from './commands/gateway.js';
import { addGen } from './commands/gen.js';
import { addLint } from './commands/lint.js';
import { addNew } from './commands/new.js';
import { addSweep } from './commands/sweep.js';
import { addTrace } from './commands/trace.js';
import { oneLine, reportError } from './errors.js';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** Who begins has no Kafka at hand, and need not have one. */
function withHint(error: string): string {
  if (!error.endsWith("'--brokers <host:port>' not specified")) return error;
  return `${error}, nor is WHERRY_BROKERS set ("wherry broker" runs an embedded broker)`;
}

const program = new Command('wherry')
  .description('gRPC calls over Apache Kafka.')
  .version(version)
  .configureOutput({ outputError: (text, write) => write(`${withHint(oneLine(text))}\n`) })
  // Errors come to reportError, so that no command ends the process before it has closed what it opened.
  .exitOverride()
  .addHelpText('after', '\nExample:\n  $ wherry dev\n  $ wherry help call');

for (const add of [
  addBroker,
  addDev,
  addGateway,
  addEgress,
  addCall,
  addGen,
  addNew,
  addLint,
  addBreaking,
  addSweep,
  addTrace,
])
  add(program);

// What goes wrong is said in one line, and grpc-js would add some of its own.
const { GRPC_VERBOSITY } = process.env;
if (GRPC_VERBOSITY === undefined) setLogVerbosity(logVerbosity.NONE);

// Nobody reads what is printed any more (`wherry call ... | head -1`, a terminal that was closed): no reason for a stack trace.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = reportError(error);
}
