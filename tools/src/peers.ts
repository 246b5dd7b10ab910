import { parseArgs } from 'node:util';
import { installPeers, peerKits } from './bench/peers/kits.js';
import { runMain } from './local/in-terminal.js';

const HELP = `What the benchmarks can compare with (\`npm run bench -- --peers\`), and whether it is installed.

  npm run peers -- [options]

  --install  installs what is missing, into tools/peers, .peers and ~/.cache/wherry
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
