import { parseArgs } from 'node:util';
import { type Compression, compressions } from '@wherry/kafka';
import {
  isSystemName,
  otherParts,
  type PartName,
  partNames,
  roundParts,
  type SystemName,
  systemNames,
  systemOf,
} from './plan.js';

const line = (name: string, about: string) => `  ${name.padEnd(18)} ${about}`;
const systemLines = (peers: boolean) =>
  systemNames
    .filter((name) => (systemOf(name).peer ?? false) === peers)
    .map((name) => line(name, systemOf(name).about));
const partLines = [
  ...Object.entries(roundParts).map(([name, { title }]) => line(name, title)),
  ...Object.entries(otherParts).map(([name, title]) => line(name, title)),
];

export const HELP = `Measures the cost of a call over Kafka, and compares it with other systems. Each round measures every system in turn.

  npm run bench -- [options]

  --quick            takes under three minutes instead of under twenty; its figures are less certain; it omits untraced, sampled and direct-generated
  --what LIST        the parts to measure, separated by commas; all by default
  --only LIST        the systems to measure, separated by commas; by default, all under Systems below except traced-by-hand
  --peers            also other people's systems; installs those that it can on this machine
  --callers LIST     how many calls a closed loop keeps under way at once; 1,16,256 by default, 1,256 with --quick
  --rates LIST       how many calls a second arrive in an open loop; 1000,4000,16000,32000 by default, 4000 with --quick
  --rounds N         how many times everything is measured; 5 by default, 2 with --quick
  --seconds N        how long each measurement takes; 1.5 by default, 0.4 with --quick
  --brokers LIST     a Kafka that already runs, HOST:PORT[,HOST:PORT...]; otherwise one is started (needs Java 17)
  --embedded         the embedded broker instead of Kafka
  --body BYTES       how many bytes the body of each request and response has; 98 by default, so that a message has 100
  --compression NAME how Wherry's records are compressed: ${compressions.join(', ')}; none by default
  --markdown         prints the tables as Markdown
  --json FILE        writes machine, options, every measurement and the summary
  --picture FILE     draws the results as SVG; \`npm run bench:picture\` draws them later from the file of --json
  --profile DIR      writes a CPU profile of every process, and prints the CPU time of its threads and functions
  --help             this text

Parts:
${partLines.join('\n')}

Systems:
${systemLines(false).join('\n')}

Systems of other people, with --peers or named by --only:
${systemLines(true).join('\n')}`;

export interface BenchOptions {
  readonly parts: readonly PartName[];
  readonly systems: readonly SystemName[];
  /** How many calls closed loops keep under way: a measurement for each. */
  readonly callers: readonly number[];
  /** How many calls a second arrive in open loops: a measurement for each. */
  readonly rates: readonly number[];
  readonly rounds: number;
  /** Once for each system before the first round, with the most callers: until code is compiled and heaps have grown. */
  readonly firstWarmUpMs: number;
  /** Before each measurement. */
  readonly warmUpMs: number;
  readonly measureMs: number;
  /** The length of each message's body, unless a part says otherwise. */
  readonly bodyBytes: number;
  readonly compression: Compression;
  readonly brokers: string | undefined;
  readonly embedded: boolean;
  readonly markdown: boolean;
  readonly json: string | undefined;
  readonly picture: string | undefined;
  readonly profile: string | undefined;
}

/** @throws Error that names the wrong option and its valid values. */
export function readOptions(args: string[]): BenchOptions | 'help' {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean', default: false },
      what: { type: 'string', default: partNames.join(',') },
      only: { type: 'string' },
      peers: { type: 'boolean', default: false },
      callers: { type: 'string' },
      rates: { type: 'string' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      body: { type: 'string', default: '98' },
      compression: { type: 'string', default: 'none' },
      brokers: { type: 'string' },
      embedded: { type: 'boolean', default: false },
      markdown: { type: 'boolean', default: false },
      json: { type: 'string' },
      picture: { type: 'string' },
      profile: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  if (values.embedded && values.brokers !== undefined) throw new Error('--embedded and --brokers exclude each other');
  const { quick } = values;
  const pace = quick
    ? { callers: '1,256', rounds: '2', firstWarmUpMs: 1000, warmUpMs: 150, seconds: '0.4', rates: '4000' }
    : {
        callers: '1,16,256',
        rounds: '5',
        firstWarmUpMs: 5000,
        warmUpMs: 300,
        seconds: '1.5',
        rates: '1000,4000,16000,32000',
      };
  const wholeNumbers = (option: string, list: string, max: number) =>
    list.split(',').map((number) => wholeNumber(option, number, max));
  return {
    parts: values.what.split(',').map(partName),
    systems: values.only?.split(',').map(systemName) ?? defaultSystems(quick, values.peers),
    callers: wholeNumbers('--callers', values.callers ?? pace.callers, 10_000),
    rates: wholeNumbers('--rates', values.rates ?? pace.rates, 100_000),
    rounds: wholeNumber('--rounds', values.rounds ?? pace.rounds, 100),
    firstWarmUpMs: pace.firstWarmUpMs,
    warmUpMs: pace.warmUpMs,
    measureMs: milliseconds('--seconds', values.seconds ?? pace.seconds),
    bodyBytes: wholeNumber('--body', values.body, 900_000, 8),
    compression: compressionName(values.compression),
    brokers: values.brokers,
    embedded: values.embedded,
    markdown: values.markdown,
    json: values.json,
    picture: values.picture,
    profile: values.profile,
  };
}

function defaultSystems(quick: boolean, peers: boolean): SystemName[] {
  const leftOut: readonly SystemName[] = quick
    ? ['untraced', 'sampled', 'traced-by-hand', 'direct-generated']
    : ['traced-by-hand'];
  return systemNames.filter((name) => !leftOut.includes(name) && (peers || !systemOf(name).peer));
}

function partName(name: string): PartName {
  const part = partNames.find((known) => known === name);
  if (part === undefined) throw new Error(`--what has ${name}; the parts are ${partNames.join(', ')}`);
  return part;
}

function systemName(name: string): SystemName {
  if (!isSystemName(name)) throw new Error(`--only has ${name}; the systems are ${systemNames.join(', ')}`);
  return name;
}

function compressionName(name: string): Compression {
  const compression = compressions.find((known) => known === name);
  if (compression === undefined)
    throw new Error(`--compression has ${name}; it must be one of ${compressions.join(', ')}`);
  return compression;
}

function wholeNumber(option: string, text: string, max: number, min = 1): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < min || number > max) {
    throw new Error(`${option} has ${text}; it must be a whole number from ${min} to ${max}`);
  }
  return number;
}

function milliseconds(option: string, seconds: string): number {
  const number = Number(seconds);
  if (!(number >= 0.1 && number <= 60)) throw new Error(`${option} has ${seconds}; it must be from 0.1 to 60`);
  return number * 1000;
}
