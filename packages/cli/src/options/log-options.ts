import { type Command, Option } from 'commander';

/** The options that {@link addLogOptions} adds, as commander gives them. */
export interface LogFlags {
  readonly logLevel: string;
  readonly logFormat: 'json' | 'pretty' | undefined;
}

/** The options that {@link addCallLogOptions} adds to those of {@link LogFlags}. */
export interface CallLogFlags {
  readonly logCalls: boolean | undefined;
  readonly logPayloads: boolean | undefined;
}

const levels = ['debug', 'info', 'warn', 'error', 'silent'];

/** Adds the options of every command that runs until it is stopped. Such a command logs to stderr. */
export function addLogOptions(command: Command): Command {
  return command
    .addOption(new Option('--log-level <level>', 'the lowest level to log, on stderr').choices(levels).default('info'))
    .addOption(
      new Option(
        '--log-format <format>',
        'one JSON object a line, or text (default: "pretty" on a terminal, else "json")',
      ).choices(['json', 'pretty']),
    );
}

/** Adds the options of every command that carries calls. */
export function addCallLogOptions(command: Command): Command {
  return addLogOptions(command)
    .option('--log-calls', 'log one line for each call: method, status, duration, record and trace; no contents')
    .option('--log-payloads', 'also log one line for each message of a call, with its contents in base64');
}
