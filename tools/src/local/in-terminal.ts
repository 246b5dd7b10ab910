/** Starts a server, announces it, and runs it until Ctrl-C or SIGTERM. A second signal ends it at once. */
export async function runInTerminal<Server extends AsyncDisposable>(
  start: () => Promise<Server>,
  announce: (server: Server) => void,
): Promise<void> {
  // While the server starts, and at a second signal, the process exits at once. Everything that it has started ends with it.
  const exitNow = () => process.exit(130);
  process.once('SIGINT', exitNow).once('SIGTERM', exitNow);
  await using server = await start();
  process.off('SIGINT', exitNow).off('SIGTERM', exitNow);

  const asked = new Promise<void>((resolve) => {
    process.once('SIGINT', resolve).once('SIGTERM', resolve);
  });
  announce(server);
  await asked;
  process.once('SIGINT', exitNow).once('SIGTERM', exitNow);
  console.error('stopping');
}

/** An option that is a port. */
export function portOption(name: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`--${name} is ${text}; it must be a port number such as 9092`);
  return Number(text);
}

/** Runs a command's main function. Prints an error without its stack trace. */
export function runMain(main: () => Promise<void>): void {
  main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
