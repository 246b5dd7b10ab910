import { parseArgs } from 'node:util';
import { type Compression, compressions } from '@wherry/kafka';
import { isSystemName, type SystemName, systemNames } from './systems.js';

export const HELP = `Measures calls over Kafka beside what they are to be compared with, in one run, in rounds taken in turn.

  npm run bench -- [options]

  --quick            about two minutes instead of eight: less certain
  --only LIST        some of the systems: ${systemNames.join(',')}
  --callers LIST     how many calls are kept under way; 1,16,256 by default
  --rounds N         how often each is measured; 7 by default, 3 with --quick
  --brokers LIST     a Kafka that runs already, HOST:PORT[,HOST:PORT...]; otherwise one is started (needs Java 17)
  --embedded         the embedded broker instead of Kafka
  --body BYTES       how much each call sends, and gets back; 98 by default, a message of 100 bytes
  --compression NAME how Wherry's records are compressed: ${compressions.join(', ')}; none by default
  --markdown         the table as Markdown
  --json FILE        machine, plan, every measurement and the summary
  --profile DIR      CPU profiles of every process, what its threads take of a call, and which functions
  --help             this text`;

export interface BenchOptions {
  readonly systems: readonly SystemName[];
  /** How many calls are kept under way, one measurement for each. */
  readonly callers: readonly number[];
  readonly rounds: number;
  /** Once for each system before the first round, at the highest number of callers: code is compiled, heaps are grown. */
  readonly firstWarmUpMs: number;
  /** Before each measurement. */
  readonly warmUpMs: number;
  readonly measureMs: number;
  /** How long the body of each message is. */
  readonly bodyBytes: number;
  readonly compression: Compression;
  readonly brokers: string | undefined;
  readonly embedded: boolean;
  readonly markdown: boolean;
  readonly json: string | undefined;
  readonly profile: string | undefined;
}

/** @throws Error that names the option that is wrong, and what would be right. */
export function readOptions(args?: string[]): BenchOptions | 'help' {
  const { values } = parseArgs({
    ...(args && { args }),
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', default: systemNames.join(',') },
      callers: { type: 'string', default: '1,16,256' },
      rounds: { type: 'string' },
      body: { type: 'string', default: '98' },
      compression: { type: 'string', default: 'none' },
      brokers: { type: 'string' },
      embedded: { type: 'boolean', default: false },
      markdown: { type: 'boolean', default: false },
      json: { type: 'string' },
      profile: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  if (values.embedded && values.brokers !== undefined) throw new Error('--embedded and --brokers exclude each other');
  const pace = values.quick
    ? { rounds: 3, firstWarmUpMs: 2500, warmUpMs: 400, measureMs: 2000 }
    : { rounds: 7, firstWarmUpMs: 5000, warmUpMs: 500, measureMs: 4000 };
  const rounds = values.rounds === undefined ? pace.rounds : wholeNumber('--rounds', values.rounds, 100);
  return {
    ...pace,
    rounds,
    systems: values.only.split(',').map(systemName),
    callers: values.callers.split(',').map((number) => wholeNumber('--callers', number, 10_000)),
    bodyBytes: wholeNumber('--body', values.body, 900_000, 8),
    compression: compressionName(values.compression),
    brokers: values.brokers,
    embedded: values.embedded,
    markdown: values.markdown,
    json: values.json,
    profile: values.profile,
  };
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
