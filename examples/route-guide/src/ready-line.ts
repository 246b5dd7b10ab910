/** What a worker process says on standard output once it takes calls. `inbox` is the topic of its own. */
export function readyLine(inbox: string): string {
  return `ready inbox=${inbox}`;
}

/** The inbox that a ready line tells; undefined for any other line. */
export function readReadyLine(line: string): string | undefined {
  return /^ready inbox=(\S+)$/.exec(line)?.[1];
}
