import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import test from 'ava';

const repository = new URL('../../', import.meta.url);
const require = createRequire(import.meta.url);

interface Rule {
  readonly name: string;
  readonly to: { readonly pathNot?: string | readonly string[] };
}

/** The packages that each package may import, by the rules of `npm run graph`. */
function importsOfRules(): Record<string, string[]> {
  const { forbidden } = require('../../.dependency-cruiser.cjs') as { forbidden: readonly Rule[] };
  const rules = forbidden.filter(({ name }) => name.endsWith('-imports'));
  return Object.fromEntries(
    rules.map(({ name, to }) => {
      const own = name.replace('-imports', '');
      const allowed = [to.pathNot ?? []].flat().map((path) => path.replace(/^\^packages\/|\/$/g, ''));
      return [own, allowed.filter((other) => other !== own)];
    }),
  );
}

/** The same, by the table of DESIGN.md. */
function importsOfDesign(): Record<string, string[]> {
  const rows = readFileSync(new URL('DESIGN.md', repository), 'utf8').matchAll(
    /^\| \[(\w+)\]\(packages\/\w+\) +\|[^|]*\|([^|]*)\|$/gm,
  );
  return Object.fromEntries([...rows].map(([, name = '', list = '']) => [name, list.match(/\w+/g) ?? []]));
}

test('the import table of DESIGN.md is the one that npm run graph holds the packages to', (t) => {
  const rules = importsOfRules();
  t.true(Object.keys(rules).length > 8);
  t.deepEqual(importsOfDesign(), rules);
});
