import type { EndpointOptions } from '@wherry/endpoint';
import { type Compression, compressions } from '@wherry/kafka';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseDuration } from './durations.js';
import { addKafkaOption } from './kafka-options.js';

/** What {@link addKafkaOptions} puts into a command's options. */
export interface KafkaFlags {
  readonly brokers: string;
  readonly namespace: string | undefined;
  readonly compression: Compression | undefined;
  readonly X: Record<string, string> | undefined;
}

/** Adds the options of every command that speaks to Kafka. */
export function addKafkaOptions(command: Command): Command {
  return addNamespaceOption(
    command.addOption(
      new Option('--brokers <host:port>', 'where Kafka is; several separated by commas')
        .env('WHERRY_BROKERS')
        .makeOptionMandatory(),
    ),
  )
    .addOption(new Option('--compression <name>', 'how records are compressed (default: "none")').choices(compressions))
    .option(
      '-X <name=value>',
      "an option of librdkafka, such as security.protocol=ssl; may be repeated (see librdkafka's CONFIGURATION.md)",
      argument(addKafkaOption),
    );
}

export function addNamespaceOption(command: Command): Command {
  return command.option(
    '--namespace <name>',
    'how the names of all topics begin; callers and workers that are to meet have the same (default: "wherry")',
    argument(parseNamespace),
  );
}

/** Wherry's options for these flags. */
export function kafkaOptions({ brokers, namespace, compression, X }: KafkaFlags): EndpointOptions {
  return { brokers, namespace, compression, kafka: X };
}

/** An option that is a time. */
export function durationOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser(argument(parseDuration));
}

/** An option that is a whole number above 0. */
export function countOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser(argument(parseCount));
}

/** An option of those who call; without it `discovery` is true. */
export function noDiscoveryOption(): Option {
  return new Option(
    '--no-discovery',
    'do not follow the registry topic: a service is served if it has a request topic, be a worker alive or not',
  );
}

export function maxMessageBytesOption(): Option {
  const description = 'the largest message taken, in bytes; -1: any (default: 4194304)';
  return new Option('--max-message-bytes <n>', description).argParser(argument(parseBytes));
}

/** A parser that tells of a wrong value by throwing a RangeError, as commander wants one. */
export function argument<T>(parse: (text: string, before?: T) => T): (text: string, before?: T) => T {
  return (text, before) => {
    try {
      return parse(text, before);
    } catch (error) {
      if (error instanceof RangeError) throw new InvalidArgumentError(error.message);
      throw error;
    }
  };
}

function parseBytes(text: string): number {
  const bytes = Number(text);
  if (!/^-?\d+$/.test(text) || bytes < -1 || bytes > 2 ** 31 - 1) {
    throw new RangeError(`${JSON.stringify(text)} is not a whole number of bytes below 2 GiB, or -1 for no limit`);
  }
  return bytes;
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1 || !Number.isSafeInteger(count)) {
    throw new RangeError(`${JSON.stringify(text)} is not a whole number above 0`);
  }
  return count;
}

/** Kafka's rule for names of topics. What is opened checks it too, but not every command opens something. */
function parseNamespace(text: string): string {
  if (!/^[\w.-]{1,100}$/.test(text)) {
    throw new RangeError(`${JSON.stringify(text)} is not 1 to 100 letters, digits, dots, dashes and underscores`);
  }
  return text;
}
