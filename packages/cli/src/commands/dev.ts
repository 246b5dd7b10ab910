import type { Command } from 'commander';
import type { DevFlags } from '../actions/dev.js';
import { addGatewayOptions } from '../options/gateway-options.js';
import { addNamespaceOption } from '../options/kafka-options.js';
import { addCallLogOptions } from '../options/log-options.js';
import { addTelemetryOptions } from '../options/telemetry-options.js';

const details = `
A worker is the script "worker" of a package.json, or else src/worker.ts, worker.ts, dist/worker.js, src/worker.js or worker.js.
TypeScript files need tsx, or a Node that runs TypeScript. Without arguments, dev runs the worker of this folder, and those of
the npm workspaces that have such a script. Workers find the address of the broker in WHERRY_BROKERS, and that of the gateway
in WHERRY_GATEWAY.

When a source file in a worker's folder changes, dev stops the worker, runs the script "preworker" if it exists, and starts the
worker again. When a .proto file changes, dev first generates code: it runs the script "gen". If package.json has no such
script, but src/gen and proto exist, it runs "wherry gen --out src/gen proto". If a program fails, dev shows the last lines
of its output, and runs it again after the next change.

On a terminal, dev shows one screen with the state of everything. Elsewhere it prints one line for each event: the first is
bootstrap.servers=HOST:PORT, and the second has the address of the gateway.

Examples:
  $ wherry dev
  $ wherry dev services/orders services/stock --listen 127.0.0.1:8080`;

/** Adds `wherry dev`, which runs everything that a service needs on a laptop. */
export function addDev(program: Command): void {
  const command = program
    .command('dev')
    .summary('run an embedded broker, a gateway and your workers, for a laptop')
    .description(
      'Run an embedded broker, a gateway to it with reflection, and the workers of this folder. Each worker starts again when a ' +
        'file changes. Nothing is kept at the end.',
    )
    .argument('[workers...]', 'folders with a worker, or worker files (default: this folder)')
    .option('--no-workers', 'run only broker and gateway');
  addCallLogOptions(addTelemetryOptions(addGatewayOptions(addNamespaceOption(command))))
    .addHelpText('after', details)
    .action(async (paths: readonly string[], flags: DevFlags) =>
      (await import('../actions/dev.js')).runDev(paths, flags),
    );
}
