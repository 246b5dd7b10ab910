import { parseArgs } from 'node:util';
import { type Compression, compressions } from '@wherry/kafka';
import { ownParts, type PartName, partNames, roundParts } from './parts.js';
import { isSystemName, type SystemName, systemNames, systemOf } from './systems.js';

const parts = [
  ...Object.entries(roundParts).map(([name, { title }]) => [name, title]),
  ...Object.entries(ownParts),
] as const;

export const HELP = `Measures calls over Kafka beside what they are to be compared with, in one run, in rounds taken in turn.

  npm run bench -- [options]

  --quick            under three minutes instead of under twenty: less certain, and without tracing
  --what LIST        some of the parts, below; all by default
  --only LIST        some of the systems: ${systemNames.filter((name) => !systemOf(name).peer).join(',')}
  --peers            others' systems too, as far as they can be installed here: ${systemNames.filter((name) => systemOf(name).peer).join(',')}
  --callers LIST     how many calls closed loops keep under way; 1,16,256 by default, 1,256 with --quick
  --rates LIST       how many calls a second arrive in open loops; 1000,4000,16000,32000 by default, 4000 with --quick
  --rounds N         how often each is measured; 5 by default, 2 with --quick
  --seconds N        how long each measurement takes; 1.5 by default, 0.4 with --quick
  --brokers LIST     a Kafka that runs already, HOST:PORT[,HOST:PORT...]; otherwise one is started (needs Java 17)
  --embedded         the embedded broker instead of Kafka
  --body BYTES       how much each call sends, and gets back; 98 by default, a message of 100 bytes
  --compression NAME how Wherry's records are compressed: ${compressions.join(', ')}; none by default
  --markdown         the tables as Markdown
  --json FILE        machine, plan, every measurement and the summary
  --picture FILE     an SVG of the results; \`npm run bench:picture\` draws one from --json's file
  --profile DIR      CPU profiles of every process, what its threads take of a call, and which functions
  --help             this text

Parts:
${parts.map(([name = '', title]) => `  ${name.padEnd(18)} ${title}`).join('\n')}`;

export interface BenchOptions {
  readonly parts: readonly PartName[];
  readonly systems: readonly SystemName[];
  /** How many calls closed loops keep under way, one measurement for each. */
  readonly callers: readonly number[];
  /** How many calls a second arrive in open loops, one measurement for each. */
  readonly rates: readonly number[];
  readonly rounds: number;
  /** Once for each system before the first round, at the highest number of callers: code is compiled, heaps are grown. */
  readonly firstWarmUpMs: number;
  /** Before each measurement. */
  readonly warmUpMs: number;
  readonly measureMs: number;
  /** How long the body of each message is, where a part does not say otherwise. */
  readonly bodyBytes: number;
  readonly compression: Compression;
  readonly brokers: string | undefined;
  readonly embedded: boolean;
  readonly markdown: boolean;
  readonly json: string | undefined;
  readonly picture: string | undefined;
  readonly profile: string | undefined;
}

/** @throws Error that names the option that is wrong, and what would be right. */
export function readOptions(args?: string[]): BenchOptions | 'help' {
  const { values } = parseArgs({
    ...(args && { args }),
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
  const leftOut: readonly SystemName[] = quick ? ['untraced', 'sampled', 'by-hand', 'direct-generated'] : ['by-hand'];
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
  if (compression === undefined) throw new Error(`--compression has ${name}; it is one of ${compressions.join(', ')}`);
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
