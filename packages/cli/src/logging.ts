import type { Logger } from '@wherry/endpoint';
import { type CallLogOptions, traceFields } from '@wherry/otel';
import { type Command, Option } from 'commander';

/** What {@link addLogOptions} puts into a command's options. */
export interface LogFlags {
  readonly logLevel: string;
  readonly logFormat: 'json' | 'pretty' | undefined;
}

/** What {@link addCallLogOptions} puts into a command's options. */
export interface CallLogFlags {
  readonly logCalls: boolean | undefined;
  readonly logPayloads: boolean | undefined;
}

const levels = ['debug', 'info', 'warn', 'error', 'silent'];
const STDERR = 2;

/** Adds the options of every command that runs until it is stopped: what it has to say goes to stderr. */
export function addLogOptions(command: Command): Command {
  return command
    .addOption(new Option('--log-level <level>', 'the least that is logged, to stderr').choices(levels).default('info'))
    .addOption(
      new Option(
        '--log-format <format>',
        'a JSON object a line, or text (default: "pretty" on a terminal, else "json")',
      ).choices(['json', 'pretty']),
    );
}

/** Adds the options of every command that carries calls. */
export function addCallLogOptions(command: Command): Command {
  return addLogOptions(command)
    .option('--log-calls', 'a line for each call: method, status, duration, its record and its trace; no contents')
    .option('--log-payloads', 'a line for each message of a call too, with its contents in base64');
}

/**
 * What a command logs with. Each line is written at once, so that none is lost where the process dies. Loaded here, as commands that
 * do not log should not wait for it.
 */
export async function createLogger({ logLevel, logFormat }: LogFlags): Promise<Logger> {
  const { destination, pino, stdTimeFunctions } = await import('pino');
  const options = { level: logLevel, base: null, timestamp: stdTimeFunctions.isoTime, mixin: traceFields };
  const pretty = logFormat === undefined ? process.stderr.isTTY : logFormat === 'pretty';
  const stderr = destination({ dest: STDERR, sync: true });
  let logger: Logger;
  if (pretty) {
    const { PinoPretty } = await import('pino-pretty');
    const colorize = process.stderr.isTTY && process.env['NO_COLOR'] === undefined;
    logger = pino(options, PinoPretty({ colorize, destination: stderr, sync: true, singleLine: true }));
  } else {
    logger = pino({ ...options, formatters: { level: (level) => ({ level }) } }, stderr);
  }
  return logger;
}

/** What openTelemetry() is to log of calls; undefined where nothing. */
export function callLogOptions({ logCalls, logPayloads }: CallLogFlags, logger: Logger): CallLogOptions | undefined {
  return logCalls || logPayloads ? { logger, payloads: logPayloads } : undefined;
}
