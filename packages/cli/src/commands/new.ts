import type { Command } from 'commander';
import { parseServiceName, type ServiceName } from '../new/service-name.js';
import { argument } from '../options/option-parsers.js';

const details = `
The project type-checks, runs and passes its test as it is. It has these files:

  proto/inventory/v1/inventory.proto  the service, with two example methods to replace
  src/service.ts                      the handlers, and a function that starts a worker with them
  src/service.test.ts                 a test of the service, on an embedded broker
  src/call.ts                         a program that calls the service with its typed client
  src/laptop.ts                       broker, gateway and worker in one process
  src/worker.ts                       the worker for an existing Kafka
  src/gen/                            the code that wherry gen makes from the .proto file
  package.json, tsconfig.json, .gitignore, README.md

If this folder is empty, the project goes into it. If this folder is an npm, yarn or pnpm workspace, the project goes where the
workspace keeps its packages: with the pattern "packages/*", into packages/inventory. Otherwise it goes into a folder with the
name of the service. A folder also counts as empty if it has only hidden files and the files that npm install writes. The new
package.json keeps the dependencies that npm installed. If one of the project's own files already exists, the command fails and
writes nothing.

Examples:
  $ wherry new service inventory.v1.Inventory
  $ npm install
  $ npm start             # broker, gateway and worker in one process
  $ npm run call          # in another terminal
  $ npm test`;

interface NewFlags {
  readonly dir: string | undefined;
}

/** Adds `wherry new`, which makes new projects. */
export function addNew(program: Command): void {
  const command = program
    .command('new')
    .summary('make a new service: .proto file, worker, client and test')
    .description('Make a new project.')
    .addHelpText('after', '\nExample:\n  $ wherry new service inventory.v1.Inventory\n  $ wherry new service --help');
  command
    .command('service')
    .summary('make a new service: .proto file, worker, client and test')
    .description('Make a new service. Prints the files that it wrote.')
    .argument('<service>', 'its name: package.Service, such as inventory.v1.Inventory', argument(parseServiceName))
    .option('--dir <folder>', 'the folder of the project')
    .addHelpText('after', details)
    .action(async (name: ServiceName, { dir }: NewFlags) => (await import('../actions/new.js')).newService(name, dir));
}
