/** Starts something, says what it is, and keeps it until Ctrl-C or SIGTERM; a second one ends it at once. */
export async function runInTerminal<Server extends AsyncDisposable>(
  start: () => Promise<Server>,
  announce: (server: Server) => void,
): Promise<void> {
  // Before the server is up there is nothing to stop in good order: exiting takes all that was started along. The same for
  // whoever asks a second time.
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

/** Runs a command's main function, and says what went wrong without a stack trace. */
export function runMain(main: () => Promise<void>): void {
  main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
