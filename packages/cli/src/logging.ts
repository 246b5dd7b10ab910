import type { Logger } from '@wherry/endpoint';
import type { CallLogOptions } from '@wherry/otel';
import { destination, pino, stdTimeFunctions } from 'pino';
import type { CallLogFlags, LogFlags } from './options/log-options.js';

const STDERR = 2;

/**
 * Makes the logger of a command. It writes each line at once, so that no line is lost if the process dies. Each line has the time, the
 * component and the message.
 *
 * @param component who writes, such as `gateway`.
 * @param fields gives fields for each line, such as `traceFields` of `@wherry/otel`.
 */
export async function createLogger(
  { logLevel, logFormat }: LogFlags,
  component: string,
  fields?: () => object,
): Promise<Logger> {
  const options = {
    level: logLevel,
    base: { component },
    timestamp: stdTimeFunctions.isoTime,
    ...(fields && { mixin: fields }),
  };
  const pretty = logFormat === undefined ? process.stderr.isTTY : logFormat === 'pretty';
  const stderr = destination({ dest: STDERR, sync: true });
  let logger: Logger;
  if (pretty) {
    const { PinoPretty } = await import('pino-pretty');
    const colorize = process.stderr.isTTY && process.env['NO_COLOR'] === undefined;
    logger = pino(
      options,
      PinoPretty({
        colorize,
        destination: stderr,
        sync: true,
        singleLine: true,
        translateTime: "UTC:yyyy-mm-dd'T'HH:MM:ss.l'Z'",
        messageFormat: '{component}: {msg}',
        ignore: 'component',
      }),
    );
  } else {
    logger = pino({ ...options, formatters: { level: (level) => ({ level }) } }, stderr);
  }
  return logger;
}

/** Turns the flags into the `callLog` option of openTelemetry(); undefined: calls are not logged. */
export function callLogOptions({ logCalls, logPayloads }: CallLogFlags, logger: Logger): CallLogOptions | undefined {
  return logCalls || logPayloads ? { logger, payloads: logPayloads } : undefined;
}
