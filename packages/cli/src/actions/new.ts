import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { generate, writeGenerated } from '@wherry/codegen';
import { installedIn, projectFolder } from '../new/project-folder.js';
import type { ServiceName } from '../new/service-name.js';
import { generatedFolder, serviceProject } from '../new/service-project.js';

/** Writes the project of a new service. */
export function newService(name: ServiceName, folder = projectFolder('.', name.kebab)): void {
  const installed = installedIn(folder);
  const files = serviceProject(name, installed);
  const generated = `${generatedFolder}/${name.path}.ts`;
  const own = [...files.keys(), generated].filter((file) => file !== 'package.json' || installed === undefined);
  const existing = own.map((file) => join(folder, file)).find((path) => existsSync(path));
  if (existing !== undefined)
    throw new Error(`${existing} already exists; nothing was written (choose another folder with --dir)`);
  for (const [file, text] of files) write(join(folder, file), text, own.includes(file));
  const made = generate({ files: [join(folder, 'proto', `${name.path}.proto`)] });
  for (const file of writeGenerated(join(folder, generatedFolder), made)) print(join(folder, generatedFolder, file));
  const enter = folder === '.' ? '' : `  cd ${folder}\n`;
  process.stderr.write(
    `next:\n${enter}  npm install\n  npm start          # broker, gateway and worker in one process\n` +
      '  npm run call       # in another terminal\n  npm test\n',
  );
}

function write(path: string, text: string, isNew: boolean): void {
  mkdirSync(dirname(path), { recursive: true });
  // The flag `wx` fails if somebody has made the file in the meantime.
  writeFileSync(path, text, { flag: isNew ? 'wx' : 'w' });
  print(path);
}

function print(path: string): void {
  process.stdout.write(`${path}\n`);
}
