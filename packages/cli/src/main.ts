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
import { isNotCompiled, oneLine, reportError, StoppedError } from './errors.js';

// A command that needs Kafka imports its action when it runs. So help texts, `gen`, `new`, `lint`, `breaking` and `trace` work
// without a compiled node-rdkafka, and start faster.

/** The exit code that a shell reports for a program that SIGPIPE ended: 128 + 13. */
const SIGPIPE_EXIT_CODE = 141;

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** Adds a hint for newcomers, who have no Kafka. */
function withHint(error: string): string {
  if (!error.endsWith("'--brokers <host:port>' not specified")) return error;
  return `${error}, nor is WHERRY_BROKERS set ("npx wherry broker" runs an embedded broker)`;
}

const program = new Command('wherry')
  .description('gRPC calls over Apache Kafka.')
  .version(version)
  .configureOutput({ outputError: (text, write) => write(`${withHint(oneLine(text))}\n`) })
  // commander throws its errors instead of ending the process, so that each command closes everything that it opened.
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

// The commands report each error in one line. grpc-js would add its own lines.
const { GRPC_VERBOSITY } = process.env;
if (GRPC_VERBOSITY === undefined) setLogVerbosity(logVerbosity.NONE);

// Nobody reads the output any more (`wherry call ... | head -1`, a closed terminal). Without a listener Node would print a stack.
let unread = false;
process.stdout.on('error', () => {
  unread = true;
});
process.stderr.on('error', () => undefined);
process.once('exit', () => {
  if (unread) process.exitCode = SIGPIPE_EXIT_CODE;
});

/** How long, in milliseconds, a command that has ended may keep its process. */
const LINGER_MS = 2000;

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = reportError(error);
  // A CommonJS module throws the error about a missing node-rdkafka, so Node would report it again, with its stack. After a StoppedError,
  // the connection for which the command does not wait may take seconds more.
  if (isNotCompiled(error) || error instanceof StoppedError) process.exit();
} finally {
  // If no broker answers the last commit of a consumer, that consumer stays connected, and would keep the process for as long as Kafka is
  // away.
  setTimeout(() => process.exit(), LINGER_MS).unref();
}
