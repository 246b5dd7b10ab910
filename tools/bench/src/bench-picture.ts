import { readFile, writeFile } from 'node:fs/promises';
import { runMain } from '@wherry/tools/local';
import { type PictureSource, pictureOf } from './picture.js';

const HELP = `Draws the results of the benchmarks.

  npm run bench:picture -- RESULTS.json PICTURE.svg

RESULTS.json is what \`npm run bench -- --json RESULTS.json\` wrote.`;

runMain(async () => {
  const [from, to, ...more] = process.argv.slice(2);
  if (from === undefined || to === undefined || more.length > 0 || from.startsWith('-')) {
    console.log(HELP);
    return;
  }
  const results = JSON.parse(await readFile(from, 'utf8')) as PictureSource;
  if (!Array.isArray(results.summary)) throw new Error(`${from} has no results of \`npm run bench -- --json\``);
  await writeFile(to, pictureOf(results));
});
