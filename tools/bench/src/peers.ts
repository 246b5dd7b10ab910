import { parseArgs } from 'node:util';
import { runMain } from '@wherry/tools/local';
import { installPeers, peerKits } from './peers/kits.js';

const HELP = `What the benchmarks can compare with (\`npm run bench -- --peers\`), and whether it is installed.

  npm run peers -- [options]

  --install  installs what is missing, into tools/bench/peers, .peers and .servers
  --help     this text`;

runMain(async () => {
  const { values } = parseArgs({
    options: { install: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h', default: false } },
  });
  if (values.help) {
    console.log(HELP);
    return;
  }
  if (values.install) {
    const all = peerKits.flatMap(({ systems }) => systems);
    await installPeers(all, (line) => console.error(line));
  }
  for (const { title, systems, installed } of peerKits) {
    console.log(`${installed() ? 'installed' : 'missing  '}  ${systems.join(', ')}: ${title}`);
  }
});
