import type { TypeName } from './model.js';
import type { Names } from './names.js';

/** Collects the imports of a generated file while that file is written. */
export class Imports {
  readonly #files = new Map<string, Map<string, { local: string; value: boolean }>>();

  constructor(
    private readonly from: string,
    private readonly names: Names,
  ) {}

  /** The local name of a type. */
  type({ file, name }: TypeName): string {
    return this.#add(file, name, false);
  }

  /** The local name of a message's codec. */
  codec({ file, name }: TypeName): string {
    return this.#add(file, name, true);
  }

  /** The local name of another file's `protoFile`. */
  protoFile(file: string): string {
    return this.#add(file, 'protoFile', true, `${fileStem(file)}File`);
  }

  isLocal({ file }: TypeName): boolean {
    return file === this.from;
  }

  #add(file: string, name: string, value: boolean, wanted = name): string {
    if (file === this.from) return name;
    let names = this.#files.get(file);
    if (names === undefined) {
      names = new Map();
      this.#files.set(file, names);
    }
    let found = names.get(name);
    if (found === undefined) {
      found = { local: this.names.take(wanted), value };
      names.set(name, found);
    }
    found.value ||= value;
    return found.local;
  }

  lines(): string[] {
    return [...this.#files]
      .map(([file, names]) => ({ from: modulePath(this.from, file), names: [...names] }))
      .sort((one, other) => (one.from < other.from ? -1 : 1))
      .map(({ from, names }) => {
        const imported = names
          .sort(([one], [other]) => (one < other ? -1 : 1))
          .map(([name, { local, value }]) => `${value ? '' : 'type '}${name}${local === name ? '' : ` as ${local}`}`);
        return `import { ${imported.join(', ')} } from '${from}';`;
      });
  }
}

/** The path of the TypeScript file for a .proto file. */
export function outputName(file: string): string {
  return file.replace(/\.proto$/, '.ts');
}

function modulePath(from: string, to: string): string {
  const here = from.split('/').slice(0, -1);
  const there = to.replace(/\.proto$/, '.js').split('/');
  while (here.length > 0 && there.length > 1 && here[0] === there[0]) {
    here.shift();
    there.shift();
  }
  return `${here.length === 0 ? './' : '../'.repeat(here.length)}${there.join('/')}`;
}

function fileStem(file: string): string {
  const stem = file.slice(file.lastIndexOf('/') + 1).replace(/\.proto$/, '');
  return stem.replace(/[^a-zA-Z0-9]+([a-zA-Z0-9]?)/g, (_all, next: string) => next.toUpperCase());
}
