/**
 * Takes the messages that Wherry writes for people. pino, bunyan and `console` fit unchanged. Fields come before the text: `console` prints
 * them there, and pino would drop fields that come after the text. The text alone says what happened; fields are for programs.
 */
export interface Logger {
  /** Details that help to investigate a problem. */
  debug?: LogMethod;
  /** Events of normal operation that are worth a line. */
  info?: LogMethod;
  /** Problems that Wherry recovers from by itself, but that should be rare. */
  warn: LogMethod;
  /** Permanent failures, and problems that a person must solve. */
  error: LogMethod;
}

/** Writes a line of one level. */
export interface LogMethod {
  /** Writes a line that has only a text. */
  (message: string): void;
  /** Writes a line that has fields and a text. */
  (fields: LogFields, message: string): void;
}

/** The fields of a line. `err` is an Error. Every other field is short, and has nothing of a message's contents. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * Makes the logger of an instance that was given none. It writes warnings and errors to `console`, and nothing else. Each line has the
 * time, the component and the message. The fields follow.
 *
 * @param component who writes: `channel`, `worker`, `gateway` or `egress`.
 */
export function consoleLogger(component: string): Logger {
  const lineOf = (line: readonly unknown[]): unknown[] => [
    `${new Date().toISOString()} ${component}: ${line.at(-1)}`,
    ...line.slice(0, -1),
  ];
  return {
    warn: (...line: unknown[]) => console.warn(...lineOf(line)),
    error: (...line: unknown[]) => console.error(...lineOf(line)),
  };
}
