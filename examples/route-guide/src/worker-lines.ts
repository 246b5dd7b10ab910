/** The line that a worker process prints when calls can reach it. `inbox` is the topic of its own inbox. */
export function readyLine(inbox: string): string {
  return `ready inbox=${inbox}`;
}

/** Returns the inbox in a ready line; undefined for any other line. */
export function readReadyLine(line: string): string | undefined {
  return /^ready inbox=(\S+)$/.exec(line)?.[1];
}

/** The line that a worker process prints when its group gives it partitions of the request topic. */
export function shareLine(partitions: readonly number[]): string {
  return `share partitions=${[...partitions].sort((a, b) => a - b).join(',')}`;
}

/** Whether a line is one of {@link shareLine}. */
export function isShareLine(line: string): boolean {
  return /^share partitions=\d/.test(line);
}
