import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseDuration } from './durations.js';

/**
 * Adds an option that a command cannot do without. commander's own check for such options comes before its check for unknown
 * ones, so a misspelt option would be reported as a missing one. This check comes last.
 */
export function addRequiredOption(command: Command, option: Option): Command {
  return command.addOption(option).hook('preAction', (_program, action) => {
    if (action.getOptionValue(option.attributeName()) !== undefined) return;
    action.error(`error: required option '${option.flags}' not specified`, {
      code: 'commander.missingMandatoryOptionValue',
    });
  });
}

/** Makes an option whose value is a time, in milliseconds. */
export function durationOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser(argument(parseDuration));
}

/** Makes an option whose value is a whole number above 0. */
export function countOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser(argument(parseCount));
}

/** Makes the option of commands that receive messages. */
export function maxMessageBytesOption(): Option {
  const description = 'the largest message to accept, in bytes; -1: any size (default: 4194304)';
  return new Option('--max-message-bytes <n>', description).argParser(argument(parseBytes));
}

/** Makes the option of commands that drain when they are stopped. */
export function drainTimeoutOption(): Option {
  return durationOption(
    '--drain-timeout <time>',
    'how long to wait for the calls under way when it is stopped; then they end with UNAVAILABLE (default: 30s)',
  );
}

/** Makes the option of commands that make calls. Without this option, `discovery` is true. */
export function noDiscoveryOption(): Option {
  return new Option(
    '--no-discovery',
    'do not follow the registry topic: a service counts as served if it has a request topic, even if no worker is alive',
  );
}

/** Wraps a parser that throws a RangeError for a wrong value: commander expects its own kind of error. */
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

/** Collects the values of an option that may be repeated. */
export function append(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
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
