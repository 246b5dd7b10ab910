import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { generate, writeGenerated } from '@wherry/codegen';
import type { Command } from 'commander';
import { installedIn, projectFolder } from '../new/project-folder.js';
import { parseServiceName, type ServiceName } from '../new/service-name.js';
import { generatedFolder, serviceProject } from '../new/service-project.js';
import { argument } from '../options.js';

const details = `
It makes a project that type-checks, runs and passes its test as it is:

  proto/inventory/v1/inventory.proto  the service, with two methods to replace
  src/service.ts                      its handlers, and what starts a worker with them
  src/service.test.ts                 its test, on an embedded broker
  src/call.ts                         a program that calls it by its typed client
  src/laptop.ts, src/worker.ts        the worker with all it needs; the worker on a Kafka that is there
  src/gen/                            what wherry gen makes of the .proto file
  package.json, tsconfig.json, .gitignore, README.md

It goes into this folder where that is empty, into the workspace's folder for packages where this folder has a workspace
("packages/*" gives packages/inventory), and else into a folder of its name. Hidden files, and what npm install leaves in an empty folder,
do not count: its dependencies stay. Any other file that is there already is an error, and nothing is written.

Examples:
  $ wherry new service inventory.v1.Inventory
  $ npm install
  $ npm start             # a broker, a gateway and the worker in one process
  $ npm run call          # in another terminal
  $ npm test`;

interface NewFlags {
  readonly dir: string | undefined;
}

/** `wherry new`: projects to begin with. */
export function addNew(program: Command): void {
  const command = program
    .command('new')
    .summary('make a new service: .proto, worker, client and test')
    .description('Make something new.')
    .addHelpText('after', '\nExample:\n  $ wherry new service inventory.v1.Inventory\n  $ wherry new service --help');
  command
    .command('service')
    .summary('make a new service: .proto, worker, client and test')
    .description('Make a new service. Prints the files that it wrote.')
    .argument('<service>', 'its name: package.Service, such as inventory.v1.Inventory', argument(parseServiceName))
    .option('--dir <folder>', 'where it goes')
    .addHelpText('after', details)
    .action((name: ServiceName, { dir }: NewFlags) => newService(name, dir ?? projectFolder('.', name.kebab)));
}

function newService(name: ServiceName, folder: string): void {
  const installed = installedIn(folder);
  const files = serviceProject(name, installed);
  const generated = `${generatedFolder}/${name.path}.ts`;
  const own = [...files.keys(), generated].filter((file) => file !== 'package.json' || installed === undefined);
  const there = own.map((file) => join(folder, file)).find((path) => existsSync(path));
  if (there !== undefined)
    throw new Error(`${there} is there already; nothing was written (--dir names another folder)`);
  for (const [file, text] of files) write(join(folder, file), text, own.includes(file));
  const made = generate({ files: [join(folder, 'proto', `${name.path}.proto`)] });
  for (const file of writeGenerated(join(folder, generatedFolder), made)) tell(join(folder, generatedFolder, file));
  const enter = folder === '.' ? '' : `  cd ${folder}\n`;
  process.stderr.write(
    `next:\n${enter}  npm install\n  npm start          # a broker, a gateway and the worker in one process\n` +
      '  npm run call       # in another terminal\n  npm test\n',
  );
}

function write(path: string, text: string, isNew: boolean): void {
  mkdirSync(dirname(path), { recursive: true });
  // Whoever was faster keeps what they wrote.
  writeFileSync(path, text, { flag: isNew ? 'wx' : 'w' });
  tell(path);
}

function tell(path: string): void {
  process.stdout.write(`${path}\n`);
}
