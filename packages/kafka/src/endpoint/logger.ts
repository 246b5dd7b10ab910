/** Where an endpoint says what a person should know. `console`, pino and most loggers fit. */
export interface Logger {
  /** What goes on, but not as it should. */
  warn(message: string): void;
  /** What does not go on. */
  error(message: string): void;
}
