import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { contestants } from './codec/contestants.js';
import { type CodecResult, measureCodec } from './codec/measure.js';

const HELP = `Measures how fast messages are written and read: generated code against other codecs, each in a process of its own.

  npm run bench:codec -- [--rounds N]

  --rounds  how many times each is measured; 7 by default
  --help    this text

Prints microseconds of CPU time for a message, in the fastest round, and the ratio to generated code (above 1: slower).`;

const proto = fileURLToPath(new URL('../proto/order.proto', import.meta.url));

function main(): void {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '7' },
      // For the processes that this one starts.
      one: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return;
  }
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new TypeError(`--rounds is ${values.rounds}; it must be 1 or more`);
  if (values.one === undefined) printTable(contestants(proto).map((_one, at) => inProcess(at, rounds)));
  else console.log(JSON.stringify(measureOne(Number(values.one), rounds)));
}

function measureOne(at: number, rounds: number): CodecResult {
  const all = contestants(proto);
  const [first] = all;
  const one = all[at];
  if (first === undefined || one === undefined) throw new TypeError(`--one is ${at}; there are ${all.length}`);
  return measureCodec(one, first.encode(), rounds);
}

/** What one codec makes the compiler assume does not slow down the next. */
function inProcess(at: number, rounds: number): CodecResult {
  const script = fileURLToPath(import.meta.url);
  const out = execFileSync(process.execPath, [script, '--one', String(at), '--rounds', String(rounds)], {
    encoding: 'utf8',
  });
  return JSON.parse(out) as CodecResult;
}

function printTable(results: readonly CodecResult[]): void {
  const [first] = results;
  if (first === undefined) return;
  const column = (us: number, base: number): string =>
    `${us.toFixed(2).padStart(6)} us ${(us / base).toFixed(2).padStart(5)} x`;
  console.log(`a message of ${first.bytes} bytes, Node ${process.versions.node}\n`);
  console.log(`${'codec'.padEnd(24)}${'encode'.padStart(17)}${'decode'.padStart(19)}`);
  for (const { name, encodeUs, decodeUs } of results) {
    console.log(`${name.padEnd(24)}${column(encodeUs, first.encodeUs)}  ${column(decodeUs, first.decodeUs)}`);
  }
}

main();
