import { exitCodeOf, logTo, StoppedError, serveUntilStopped, UsageError } from '@wherry/cli/internal';

/**
 * Starts a server, announces it, and runs it until Ctrl-C or SIGTERM, as the servers of `wherry` run: see `serveUntilStopped`. What the
 * server has started ends with this process.
 *
 * @param name of the server, in the lines of the log.
 */
export async function runInTerminal<Server extends AsyncDisposable>(
  name: string,
  start: (log: (line: string) => void) => Promise<Server>,
  announce: (server: Server) => void,
): Promise<void> {
  const log = logTo(name);
  await serveUntilStopped(log, async () => {
    const server = await start(log);
    announce(server);
    const close = async (): Promise<void> => server[Symbol.asyncDispose]();
    return { drain: close, close };
  });
}

/** Reads the command line by `read`. Every error of `read` becomes a UsageError. */
export function readCommandLine<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

/** An option that is a port. */
export function portOption(name: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`--${name} is ${text}; it must be a port number such as 9092`);
  return Number(text);
}

/** Runs a command's main function. Prints an error without its stack trace. The exit codes are those of `wherry`. */
export function runMain(main: () => Promise<void>): void {
  main().catch((error: unknown) => {
    process.exitCode = exitCodeOf(error);
    // What the command was starting may go on.
    if (error instanceof StoppedError) process.exit();
    console.error(error instanceof Error ? error.message : error);
  });
}
