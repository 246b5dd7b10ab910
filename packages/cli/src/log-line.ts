/** Returns a function that writes a line on stderr, in the form of all logs: the time, who writes, and the message. */
export function logTo(component: string): (message: string) => void {
  return (message) => void process.stderr.write(`${new Date().toISOString()} ${component}: ${message}\n`);
}
