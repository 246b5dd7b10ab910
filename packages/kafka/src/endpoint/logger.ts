/** Where an endpoint says what a person should know. `console`, pino and most loggers fit. */
export interface Logger {
  warn(message: string): void;
  error(message: string): void;
}
