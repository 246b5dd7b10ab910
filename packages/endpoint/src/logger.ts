/**
 * Where Wherry says what a person should know. pino, bunyan and `console` fit as they are: fields come first, as pino has
 * them; `console` prints them before the text, where pino would drop fields that come behind it. The text alone says what
 * happened, fields are for programs.
 */
export interface Logger {
  /** What is of use when something is looked into. */
  debug?: LogMethod;
  /** What is worth a line where all is well. */
  info?: LogMethod;
  /** What goes on without anyone's doing, but should not be often. */
  warn: LogMethod;
  /** What failed for good, or needs somebody. */
  error: LogMethod;
}

/** Writes a line of one level. */
export interface LogMethod {
  /** A line that is text alone. */
  (message: string): void;
  /** A line with fields beside its text. */
  (fields: LogFields, message: string): void;
}

/** `err` is an Error; all else is short, and nothing of a message's contents. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Used where no logger is given: `console`, which shows warnings and errors alone. */
export const defaultLogger: Logger = {
  warn: (...line: unknown[]) => console.warn(...line),
  error: (...line: unknown[]) => console.error(...line),
};
