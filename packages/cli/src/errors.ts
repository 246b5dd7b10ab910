import { CommanderError } from 'commander';

/** The command line itself is wrong, whatever the world looks like. The command ends with exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** `text` on one line: what a command says on stderr is one line an error. */
export function oneLine(text: string): string {
  return text.trim().replace(/\s*\n\s*/g, ' ');
}

/**
 * Says on stderr, in one line, why the command failed.
 *
 * @returns the exit code: 2 for a wrong command line, 1 for what went wrong with a right one, 0 for a help text.
 */
export function reportError(error: unknown): number {
  // commander has printed these itself.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`error: ${oneLine(message)}\n`);
  return error instanceof UsageError ? 2 : 1;
}

/**
 * Opens something of Wherry's with options from the command line. What it refuses about them, a TypeError by its
 * contract, is a wrong command line.
 */
export async function openWithOptions<T>(open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    // librdkafka's own complaint is the cause of the TypeError; here its options come by `-X`.
    const { cause } = error;
    const message = cause instanceof Error ? `option '-X': ${cause.message}` : error.message;
    throw new UsageError(message, { cause: error });
  }
}
