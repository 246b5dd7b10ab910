import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Dependencies } from '../manifest.js';
import type { ServiceName } from './service-name.js';

/** The folder with the files of a new project. It is packed with the command. */
const templates = fileURLToPath(new URL('../../templates/service/', import.meta.url));

/** The package.json of the command itself. */
const own = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
};

/** The folder for generated code, in the project. */
export const generatedFolder = 'src/gen';

/**
 * Makes the files of a new project for a service, by their paths with slashes. Generated code is not among them.
 *
 * @param installed packages that the project has already. They keep their versions, which may be tarballs.
 */
export function serviceProject(name: ServiceName, installed: Dependencies = {}): ReadonlyMap<string, string> {
  const files = new Map<string, string>([
    ['package.json', json(manifest(name, installed))],
    ['tsconfig.json', json(tsconfig)],
    ['.gitignore', 'node_modules/\ndist/\n'],
  ]);
  const paths = readdirSync(templates, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  for (const path of paths.sort()) {
    const place = path.slice(templates.length).split(sep).join('/');
    const target = place === 'proto/service.proto' ? `proto/${name.path}.proto` : place;
    files.set(target, filled(readFileSync(path, 'utf8'), name));
  }
  return files;
}

/** Fills the names of the service into a template. */
function filled(text: string, name: ServiceName): string {
  return text
    .replaceAll('__package__', name.package)
    .replaceAll('__Service__', name.service)
    .replaceAll('__service__', name.camel)
    .replaceAll('__name__', name.kebab)
    .replaceAll('__path__', name.path);
}

function manifest({ kebab, package: packageName, service }: ServiceName, installed: Dependencies): object {
  const wherry = (...names: string[]): Record<string, string> =>
    Object.fromEntries(names.map((name) => [`@wherry/${name}`, `^${own.version}`]));
  const dependencies = {
    '@grpc/grpc-js': own.dependencies['@grpc/grpc-js'] ?? '',
    ...wherry('client', 'codegen', 'gateway', 'kafka', 'worker'),
  };
  const devDependencies = { '@types/node': '^20.19.0', ...wherry('cli'), typescript: '^5.9.3' };
  return {
    name: kebab,
    version: '0.1.0',
    private: true,
    description: `The gRPC service ${packageName}.${service}, over Apache Kafka`,
    type: 'module',
    scripts: {
      gen: `wherry gen --out ${generatedFolder} proto`,
      lint: 'wherry lint proto',
      build: 'tsc',
      start: 'npm run build && exec node dist/laptop.js',
      dev: 'exec wherry dev',
      preworker: 'npm run build',
      worker: 'exec node dist/worker.js',
      call: 'npm run build && exec node dist/call.js',
      test: 'npm run build && node --test dist/service.test.js',
    },
    dependencies: sorted({ ...dependencies, ...installed }, (one) => !(one in devDependencies)),
    devDependencies: sorted({ ...devDependencies, ...installed }, (one) => one in devDependencies),
    // The install script of node-rdkafka compiles it, and npm asks for consent.
    allowScripts: { 'node-rdkafka': true, protobufjs: false },
  };
}

const tsconfig = {
  compilerOptions: {
    target: 'es2022',
    lib: ['es2023', 'esnext.disposable'],
    module: 'nodenext',
    types: ['node'],
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    verbatimModuleSyntax: true,
    skipLibCheck: true,
    rootDir: 'src',
    outDir: 'dist',
    sourceMap: true,
    // Most scripts build first. Files that have not changed are not checked again.
    incremental: true,
    tsBuildInfoFile: 'dist/.tsbuildinfo',
  },
  include: ['src'],
};

/** Selects dependencies, and sorts them by name as npm does. */
function sorted(all: Dependencies, wanted: (name: string) => boolean): Dependencies {
  return Object.fromEntries(
    Object.entries(all)
      .filter(([name]) => wanted(name))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

function json(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
