import { parseArgs } from 'node:util';
import { checkKafkaVersion, defaultKafkaVersion, type KafkaVersion, kafkaVersions } from '@wherry/tools/kafka';

export const HELP = `Makes faults in a running system on a real Kafka of three brokers, and accounts for every call.

  npm run campaign -- [--seed N] [--minutes M] [--report FILE] [--calls N] [--only TEXT] [--version V] [--keep]

  --seed     decides the faults, their targets and their durations. Default: a random seed, after the seeds that failed before
  --minutes  how long faults are made, 3 by default. Starting and ending take a minute more
  --report   a file for the report, which is also printed
  --only     only faults whose kind contains this text, such as --only broker. With --only none, no fault is made, so that the report shows
             the use of memory, files and threads under a steady load. Such a run and its seed are not remembered
  --version  Kafka's version: ${kafkaVersions.join(', ')}. Default: ${defaultKafkaVersion}
  --keep     keep the ledgers and logs of all processes even if the campaign passes
  --calls    how many calls each of the three callers has under way at once, 24 by default
  --help     this text

It fails (exit code 1) if a call hangs, ends twice, gets a wrong answer or is lost, if the system does not become healthy again after a fault, or
if a process ends by itself. Ctrl-C ends it early, with its report.`;

const MAX_SEED = 2 ** 32 - 1;
const MAX_MINUTES = 24 * 60;
const MAX_CALLS = 1000;

export interface Options {
  /** Undefined if none was given. */
  readonly seed: number | undefined;
  readonly minutes: number;
  readonly report: string | undefined;
  /** How many calls each caller has under way at once. */
  readonly inFlight: number;
  /** A part of the names of the kinds of faults that are made. Empty: all kinds. `none`: no faults. */
  readonly only: string;
  /** Kafka's. */
  readonly version: KafkaVersion;
  /** Whether the ledgers and logs are kept in any case. */
  readonly keep: boolean;
}

/** @throws RangeError for a wrong value; TypeError for an unknown option. */
export function readOptions(args: readonly string[]): Options | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string' },
      minutes: { type: 'string', default: '3' },
      report: { type: 'string' },
      calls: { type: 'string', default: '24' },
      only: { type: 'string', default: '' },
      version: { type: 'string', default: defaultKafkaVersion },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  const minutes = Number(values.minutes);
  if (!(minutes > 0 && minutes <= MAX_MINUTES)) {
    throw new RangeError(`--minutes is ${values.minutes}; it must be a number above 0 and up to ${MAX_MINUTES}`);
  }
  return {
    seed: values.seed === undefined ? undefined : wholeNumber('--seed', values.seed, 0, MAX_SEED),
    minutes,
    report: values.report,
    inFlight: wholeNumber('--calls', values.calls, 1, MAX_CALLS),
    only: values.only,
    version: checkKafkaVersion(values.version),
    keep: values.keep,
  };
}

function wholeNumber(name: string, text: string, min: number, max: number): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= min && number <= max) return number;
  throw new RangeError(`${name} is ${text}; it must be a whole number from ${min} to ${max}`);
}
