import type { EndpointOptions } from '@wherry/endpoint';
import type { Compression } from '@wherry/kafka';
import { type Command, Option } from 'commander';
import { addLibrdkafkaOption } from './librdkafka-option.js';
import { addRequiredOption, append, argument } from './option-parsers.js';

/** The options that {@link addKafkaOptions} adds, as commander gives them. */
export interface KafkaFlags {
  readonly brokers: string;
  readonly namespace: string | undefined;
  readonly compression: Compression | undefined;
  readonly sharedInbox?: readonly string[] | undefined;
  readonly X: Record<string, string> | undefined;
}

/**
 * The codecs in the help text: those of node-rdkafka as npm compiles it. A command that runs checks the codec against those that are built
 * in. A help text cannot, because it needs no compiled node-rdkafka.
 */
export const offeredCompressions = ['none', 'lz4', 'snappy', 'gzip'] as const satisfies readonly Compression[];

/** Adds the options of every command that connects to Kafka. */
export function addKafkaOptions(command: Command): Command {
  const brokers = new Option('--brokers <host:port>', 'address of Kafka; several separated by commas');
  return addNamespaceOption(addRequiredOption(command, brokers.env('WHERRY_BROKERS')))
    .option('--compression <name>', `how to compress records: ${offeredCompressions.join(', ')} (default: none)`)
    .option(
      '-X <name=value>',
      "an option of librdkafka, such as security.protocol=ssl; may be repeated (see librdkafka's CONFIGURATION.md)",
      argument(addLibrdkafkaOption),
    );
}

/** Adds the options of every command that takes or makes calls over Kafka. */
export function addEndpointOptions(command: Command): Command {
  return addKafkaOptions(command).option(
    '--shared-inbox <topic>',
    'take records of instances whose inbox is this topic, which several share; may be repeated',
    append,
  );
}

/** Adds the option that names the topics. */
export function addNamespaceOption(command: Command): Command {
  return command.option(
    '--namespace <name>',
    'the prefix of all topic names; callers and workers meet only if theirs are the same (default: "wherry")',
    argument(parseNamespace),
  );
}

/** Turns the flags into the options of a channel or a worker. */
export function kafkaOptions({ brokers, namespace, compression, sharedInbox, X }: KafkaFlags): EndpointOptions {
  return { brokers, namespace, compression, inbox: { sharedTopics: sharedInbox }, kafka: X };
}

/** Checks Kafka's rule for topic names here, because not every command opens something that would check it. */
function parseNamespace(text: string): string {
  if (!/^[\w.-]{1,100}$/.test(text)) {
    throw new RangeError(`${JSON.stringify(text)} is not 1 to 100 letters, digits, dots, dashes and underscores`);
  }
  return text;
}
