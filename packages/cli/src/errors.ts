import { status as Status } from '@grpc/grpc-js';
import { CommanderError } from 'commander';

/** The command line itself is wrong. The command ends with exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A command could not do its work for the reason that a gRPC status names. It ends as a call with that status does. */
export class StatusError extends Error {
  override readonly name = 'StatusError';

  /** @param details follow the code's name in the line on stderr. */
  constructor(
    readonly code: Status,
    details: string,
  ) {
    super(details);
  }
}

/**
 * A command was asked to stop while it opened something, such as its connection to Kafka. The command has said what there is to say. The
 * opening may continue, so the process must exit.
 */
export class StoppedError extends Error {
  override readonly name = 'StoppedError';

  constructor(readonly exitCode: number) {
    super('stopped while it opened');
  }
}

/** Added to a gRPC status code, it gives the exit code. Failures of the command itself have lower exit codes. */
const STATUS_EXIT_CODE = 64;

/** The exit code of a call that ended with this status code. */
export function statusExitCode(code: Status): number {
  return code === Status.OK ? 0 : STATUS_EXIT_CODE + code;
}

/** A status other than OK in one line. */
export function statusLine(code: Status, details: string): string {
  return oneLine(`${Status[code] ?? code}: ${details}`);
}

/** Puts `text` on one line: commands print each error as one line on stderr. */
export function oneLine(text: string): string {
  return text.trim().replace(/\s*\n\s*/g, ' ');
}

/**
 * Prints on stderr, in one line, why the command failed.
 *
 * @returns the exit code, as {@link exitCodeOf} says.
 */
export function reportError(error: unknown): number {
  const code = exitCodeOf(error);
  // commander has printed its own errors.
  if (error instanceof CommanderError || error instanceof StoppedError) return code;
  if (error instanceof StatusError) {
    process.stderr.write(`${statusLine(error.code, error.message)}\n`);
    return code;
  }
  const message = isNotCompiled(error) ? NOT_COMPILED : error instanceof Error ? error.message : String(error);
  process.stderr.write(`error: ${oneLine(message)}\n`);
  return code;
}

/**
 * The exit code of a command that failed: 2 for a wrong command line, 64 + the code for a gRPC status, 1 for any other failure. It is 0
 * for a help text, and for a server that was stopped while it opened.
 */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof StatusError) return statusExitCode(error.code);
  if (error instanceof StoppedError) return error.exitCode;
  return error instanceof UsageError ? 2 : 1;
}

const NOT_COMPILED =
  'this command needs node-rdkafka, which is not compiled for this Node: run "npm rebuild node-rdkafka" (needs Python 3, make ' +
  'and a C++ compiler), with "allowScripts": { "node-rdkafka": true } in package.json if npm asks for consent';

/** Whether npm did not run the install script of node-rdkafka, or ran it for another version of Node. */
export function isNotCompiled(error: unknown): boolean {
  return /Could not locate the bindings file|NODE_MODULE_VERSION/.test(String(error));
}

/**
 * Calls `open`, which takes options from the command line. A TypeError means that it refuses an option, so the command line
 * is wrong.
 */
export async function openWithOptions<T>(open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    // If librdkafka complained, its error is the cause of the TypeError. Its options come from `-X`.
    const { cause } = error;
    const message = cause instanceof Error ? `option '-X': ${cause.message}` : error.message;
    throw new UsageError(message, { cause: error });
  }
}
